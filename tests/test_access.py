"""Every route, asked for by everybody, for what is theirs, what is not, and what is missing.

The table is tests/access_table.py. What lies outside a scope must look as if it did not exist, nothing of it
may change, and nothing private of it may stand on any page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from accounts.models import AccountLink, Handover, Membership, SavedFilter, Upt, User, UserSession
from accounts.rules import ROLE_PERMISSIONS, ROLE_SCOPES, Actor, system_actor
from accounts.services.addresses import Place as SavedPlace
from accounts.services.addresses import add_address
from accounts.services.links import ask_link, mint
from accounts.services.sessions import open_session
from accounts.web.limits import limiter
from inventory.models import (
    CountLine,
    Location,
    LocationStock,
    Pause,
    PermitRule,
    PhotographFile,
    PlaceSale,
    RestockRequest,
    SheetImport,
    SheetImportRow,
    Stock,
    StockCount,
    Transfer,
    TransferLine,
)
from inventory.services.stock import receive
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from orders.events import OrderPaid
from orders.links import enquiry_path, order_token
from orders.models import Takeover
from orders.queries.invoices import papers_of_order
from orders.rules.allocation import Wish
from orders.services.invoicing import issue_invoices
from orders.services.placing import Contact
from privacy.models import DataExport
from privacy.services.exporting import LIFE, file_key
from reporting.invariants import violations
from tests.access_table import A_COLLEAGUES_LIST, LEFT_TO_AN_OFFICE, RULED_CATEGORY, TABLE, Line, Things
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.inventory import (
    make_category,
    make_draft,
    make_kanwil,
    make_permit,
    make_product,
    make_upt,
    make_variant,
)
from tests.factories.parcels import make_carton, make_paid_order, make_refund, parcel_of
from tests.factories.photographs import make_photograph
from tests.factories.problems import make_problem
from tests.factories.reviews import make_delivered_order, make_published_review, sent_picture
from tests.factories.shipping import make_rates
from tests.inventory.pictures import jpeg

STAFF_LINES = [line for line in TABLE if line.kind == "staff"]
CUSTOMER_LINES = [line for line in TABLE if line.kind == "customer"]
OTHER_LINES = [line for line in TABLE if line.kind not in ("staff", "customer")]

_PRIVATE_TABLES = (
    *("orders", "order_lines", "order_events", "fulfilments", "fulfilment_lines", "payments", "refunds"),
    *("invoices", "invoice_series", "photographs", "problems", "problem_entries", "problem_pictures"),
    *("enquiries", "enquiry_messages", "bookings", "permits", "reviews", "review_pictures"),
    *(
        "addresses",
        "stocks",
        "batches",
        "pauses",
        "locations",
        "place_sales",
        "transfers",
        "transfer_lines",
        "stock_counts",
        "count_lines",
        "sheet_imports",
        "sheet_import_rows",
        "ledger_entries",
        "reservations",
        "audit_entries",
        "outbox_events",
        "memberships",
        "account_links",
        "handovers",
        "products",
        "product_drafts",
        "saved_filters",
    ),
)


@dataclass(frozen=True)
class Person:
    """Somebody who knocks: their id, their role, and the UPTs they may see."""

    user_id: int | None
    role: str | None
    upts: frozenset[str]
    is_let_in: bool = True


PEOPLE = (
    ("anonymous", "customer", "disabled", "dismissed", "officer U1", "officer U2", "officer U3"),
    ("head U1", "kanwil K2"),
    ("kanwil K1",),
    ("directorate",),
)
"""Everybody; those who change nothing of each other's share a world."""


@dataclass(frozen=True)
class World:
    """Two Kanwil: K1 with U1 and U2, K2 with U3; each UPT with a parcel, a shelf and secrets of its own."""

    things: dict[str, Things]
    people: dict[str, Person]
    canaries: dict[str, tuple[str, ...]]
    owners: dict[str, Person]


def make_things(
    session: Session, name: str, upt: Upt, number: int, owner: User, secret_key: str, at: datetime
) -> tuple[Things, tuple[str, ...]]:
    """A UPT's product, shelf and paid parcel, bought by `owner`; and what nobody else may read of them."""
    kanwil_slug = upt.kanwil.slug
    product = make_product(session, f"Barang {name}", makers=(upt,))
    variant = make_variant(session, product)
    on_hand = 70_300 + 1000 * number
    keeper = system_actor(f"kenari-gudang-{name}")
    receive(session, variant.id, upt.id, on_hand, reason="made", actor=keeper, at=at)
    contact = Contact(f"kenari-{name}@example.id", f"Kenari Pembeli {name}", f"08127310{number}")
    order = make_paid_order(session, Wish(1, variant.id, 2), at=at, contact=contact)
    order.user_id = owner.id
    issue_invoices(session, OrderPaid(order.id), at=at)
    (invoice,) = papers_of_order(session, order.id)
    export = DataExport(
        key=uuid4(), user_id=owner.id, asked_at=at, ready_at=at, expires_at=now() + LIFE, size=1
    )
    session.add(export)
    files().put(file_key(export.key), f"Kenari salinan {name}".encode())
    problem, picture = make_problem(
        session, parcel_of(session, order, upt), at=at, body=f"Kenari masalah {name}"
    )
    files().put(f"problems/{picture}.jpg", jpeg(9, 7))
    asker = f"Kenari Penanya {name}"
    permit = make_permit(
        session, upt, product, refusal=f"Kenari izin {name}", scan_file=f"permits/{uuid4()}.pdf"
    )
    files().put(permit.scan_file, f"Kenari pindaian {name}".encode())
    photograph = make_photograph(session, product, at=at, state="waiting")
    file = session.scalars(
        select(PhotographFile.key).where(PhotographFile.key.contains(str(photograph)))
    ).first()
    assert file is not None
    files().put(file, b"a picture")
    slot = make_slot(session, make_service(session, upt), upt)
    view = make_enquiry(
        session,
        at=at,
        name=asker,
        email=f"kenari-tanya-{name.lower()}@example.id",
        body=f"Kenari kata {name}",
        slot=slot,
    )
    street = f"Jalan Kenari {name} 8"
    place = SavedPlace("", contact.name, contact.phone, street, "32.73.19.1001", "40111")
    address = add_address(session, place, actor=Actor(owner.name, user_id=owner.id), at=at)
    restock = RestockRequest(
        variant_id=variant.id,
        user_id=owner.id,
        email=owner.email,
        locale="id",
        asked_at=at,
        confirmed_at=at,
    )
    session.add(restock)
    session.flush()
    open_session(session, owner.id, device="", at=now())
    device = session.scalars(select(UserSession.id).where(UserSession.user_id == owner.id)).one()
    new_address = f"baru-{name.lower()}@example.id"
    ask_link(session, "change_email", email=new_address, user_id=owner.id, locale="id", at=now())
    link = session.scalars(select(AccountLink).where(AccountLink.user_id == owner.id)).one()
    reviewer = Contact(f"ulas-{name}@example.id", f"Pengulas {name}", f"08127320{number}")
    other = make_delivered_order(session, Wish(1, variant.id, 1), at=at, contact=reviewer)
    review_picture = sent_picture("reviews")
    files().put(review_picture.file_key, jpeg(9, 7))
    reviewed = make_published_review(session, other, at=at, pictures=[review_picture])
    buyer = Contact(f"kenari-tiba-{name}@example.id", f"Kenari Penerima {name}", f"08127330{number}")
    arrived = make_delivered_order(session, Wish(1, variant.id, 2), at=at, contact=buyer)
    make_carton(session, parcel_of(session, arrived, upt).id, f"JNE00100000{number}", at=at)
    colleague = make_officer(
        session, upt, name=f"Kenari Rekan {name}", email=f"rekan-{name.lower()}@upt.example"
    )
    membership = session.scalars(select(Membership.key).where(Membership.user_id == colleague.id)).one()
    invited, invitation = f"kenari-undangan-{name.lower()}@example.id", uuid4()
    wanted = {"key": str(invitation), "role": "upt_officer", "upt_id": upt.id, "kanwil_id": None}
    details = {**wanted, "office": f"upt:{upt.code}", "by": colleague.id}
    ask_link(session, "invite", email=invited, user_id=None, locale="id", details=details, at=now())
    left = f"Kenari titipan {name}"
    handover = Handover(upt_id=upt.id, about="Sari", body=left, written_by="Budi", at=at)
    session.add(handover)
    session.flush()
    count = StockCount(key=uuid4(), upt_id=upt.id, words="", actor_label=keeper.label, opened_at=at)
    session.add(count)
    session.flush()
    line = {"position": 1, "variant_id": variant.id, "expected": 5, "counted": 4, "noted_label": left}
    session.add(CountLine(count_id=count.id, mark=0, state="waiting", seen_at=at, **line))
    pause = Pause(key=uuid4(), upt_id=upt.id, until=date(2126, 1, 1), at=at, actor_label=keeper.label)
    pause.text_id, pause.ended_at, pause.ended_label = f"Kenari jeda {name}", None, None
    session.add(pause)
    session.flush()
    table = SheetImport(
        key=uuid4(),
        kind="stock",
        state="discarded",
        user_id=owner.id,
        user_label=keeper.label,
        upt_ids=[upt.id],
        file_name=left,
        file_key="",
        sent_at=at,
    )
    session.add(table)
    session.flush()
    session.add(SheetImportRow(import_id=table.id, line=2, written={"sku": left}, errors=[["sku", "x", {}]]))
    elsewhere = make_upt(session, f"Lapas Tetangga {name}")
    net = make_variant(session, make_product(session, f"Jala {name}", makers=(elsewhere,)))
    receive(session, net.id, elsewhere.id, 9, reason="made", actor=keeper, at=at)
    bought_there = make_paid_order(session, Wish(1, net.id, 1), at=at)
    asking = {"state": "asked", "pieces": {"1": 1}, "reason": "other", "asked_label": "x", "asked_at": at}
    theirs = parcel_of(session, bought_there, elsewhere).id
    asked_of = Takeover(key=uuid4(), fulfilment_id=theirs, to_upt_id=upt.id, **asking)
    mine = parcel_of(session, order, upt).id
    asked_by = Takeover(key=uuid4(), fulfilment_id=mine, to_upt_id=elsewhere.id, **asking)
    session.add_all([asked_of, asked_by])
    session.flush()
    transfer = Transfer(key=uuid4(), from_upt_id=upt.id, to_upt_id=upt.id, actor_label=keeper.label, at=at)
    stall = Location(key=uuid4(), upt_id=upt.id, kind="fair", name=f"Kenari tempat {name}")
    session.add(stall)
    session.flush()
    transfer.to_location_id = stall.id
    session.add(transfer)
    session.flush()
    make_refund(session, arrived, parcel_of(session, arrived, upt), at=at)
    batch = make_batch(session, variant, upt, at=at, code=f"KENARI-{name}")
    shelf = session.scalars(select(Stock.id).filter_by(upt_id=upt.id, variant_id=variant.id)).one()
    session.add(TransferLine(transfer_id=transfer.id, variant_id=variant.id, pieces=1))
    session.add(PlaceSale(key=uuid4(), location_id=stall.id, actor_label=keeper.label, at=at))
    session.add(LocationStock(location_id=stall.id, stock_id=shelf))
    saved = SavedFilter(user_id=colleague.id, page="permits.permits", saved_at=at)
    saved.key, saved.name, saved.choices = uuid4(), f"Kenari daftar {name}", {"show": "ended"}
    session.add(saved)
    session.flush()
    things = Things(
        upt_code=upt.code,
        upt_slug=upt.slug,
        kanwil_slug=kanwil_slug,
        parcel=parcel_of(session, order, upt).number,
        order=order.number,
        token=order_token(order.number, secret_key=secret_key),
        sku=variant.sku,
        product_slug=product.slug,
        draft=make_draft(session, upt, f"Usulan {name}", description_id=f"Kenari usulan {name}").slug,
        enquiry=view.number,
        invoice=str(invoice.key),
        problem=problem.number,
        picture=str(picture),
        photograph=str(photograph),
        permit=str(permit.key),
        photograph_file=file.rpartition("/")[2],
        review=reviewed.number,
        review_picture=str(review_picture.key),
        reviewed=other.number,
        reviewed_token=order_token(other.number, secret_key=secret_key),
        arrived=arrived.number,
        arrived_token=order_token(arrived.number, secret_key=secret_key),
        enquiry_token=enquiry_path(view.number, view.link_key, secret_key=secret_key).rpartition("/")[2],
        copy=str(export.key),
        session=str(device),
        email_token=mint(session, link, at=now()),
        address=str(address),
        restock=str(restock.key),
        member=str(membership),
        invitation=str(invitation),
        handover=str(handover.key),
        count=str(count.key),
        pause=str(pause.key),
        stock_table=str(table.key),
        saved_list=str(saved.key),
        asked_of=str(asked_of.key),
        asked_by=str(asked_by.key),
        transfer=str(transfer.key),
        stall=str(stall.key),
    )
    canaries = (
        *(colleague.name, colleague.email, invited, left),
        f"Kenari masalah {name}",
        f"Kenari izin {name}",
        saved.name,
        batch.code,
        f"Kenari pindaian {name}",
        f"Kenari usulan {name}",
        asker,
        view.email,
        view.messages[0].body,
        street,
    )
    return things, (
        str(on_hand),
        keeper.label,
        buyer.name,
        buyer.email,
        contact.name,
        contact.email,
        contact.phone,
        *canaries,
    )


@pytest.fixture
def world(app: Flask, at: datetime) -> World:
    secret_key = app.extensions["lapak"].secret_key
    with app.app_context(), transaction() as session:
        make_rates(session)
        ruled = make_category(session, RULED_CATEGORY)
        session.add(PermitRule(category_id=ruled.id, kinds=["other"], since=date(2126, 1, 1)))
        k1, k2 = make_kanwil(session), make_kanwil(session)
        upts = {
            "U1": make_upt(session, kanwil=k1),
            "U2": make_upt(session, kanwil=k1),
            "U3": make_upt(session, kanwil=k2),
        }
        owners = {name: make_user(session) for name in upts}
        made = {
            name: make_things(session, name, upt, number, owners[name], secret_key, at)
            for number, (name, upt) in enumerate(upts.items(), start=1)
        }
        disabled = make_officer(session, upts["U1"], is_active=False)
        kanwil_1, kanwil_2, directorate = (make_user(session) for _ in range(3))
        make_membership(session, kanwil_1, "kanwil_officer", kanwil=k1)
        make_membership(session, kanwil_2, "kanwil_officer", kanwil=k2)
        make_membership(session, directorate, "directorate")
        head = make_user(session)
        make_membership(session, head, "upt_head", upt=upts["U1"])
        dismissed = make_officer(session, upts["U1"])
        session.execute(text("DELETE FROM memberships WHERE user_id = :id"), {"id": dismissed.id})
        people = {
            "anonymous": Person(None, None, frozenset(), is_let_in=False),
            "customer": person(make_user(session)),
            "disabled": replace(person(disabled), is_let_in=False),
            "dismissed": person(dismissed),
            "officer U1": person(make_officer(session, upts["U1"]), "upt_officer", "U1"),
            "officer U2": person(make_officer(session, upts["U2"]), "upt_officer", "U2"),
            "officer U3": person(make_officer(session, upts["U3"]), "upt_officer", "U3"),
            "head U1": person(head, "upt_head", "U1"),
            "kanwil K1": person(kanwil_1, "kanwil_officer", "U1", "U2"),
            "kanwil K2": person(kanwil_2, "kanwil_officer", "U3"),
            "directorate": person(directorate, "directorate", "U1", "U2", "U3"),
        }
        return World(
            {name: things for name, (things, _) in made.items()},
            people,
            {name: canaries for name, (_, canaries) in made.items()},
            {name: person(owner) for name, owner in owners.items()},
        )


def person(user: User, role: str | None = None, *upts: str) -> Person:
    return Person(user.id, role, frozenset(upts))


def knock(client: FlaskClient, line: Line, address: str) -> TestResponse:
    """Ask for a page as its link or form would."""
    if line.method == "GET":
        return client.get(address, buffered=True)
    return client.post(address, data=dict(line.form), buffered=True)


def browser_of(app: Flask, knocker: Person) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    if knocker.user_id:
        sign_in(client, knocker.user_id)
    return client


def rows(app: Flask) -> dict[str, list[Any]]:
    """Every row of the tables that hold what is private, to show that nothing changed."""
    tables = db.metadata.tables
    with app.app_context():
        return {
            name: [
                tuple(row)
                for row in db.session.execute(select(tables[name]).order_by(*tables[name].primary_key))
            ]
            for name in _PRIVATE_TABLES
        }


def told(world: World, answer: TestResponse, upts: frozenset[str]) -> list[str]:
    """The secrets of UPTs outside `upts` that an answer gives away."""
    said = answer.get_data().decode("utf-8", "replace") + str(answer.headers)
    foreign = [secret for name, secrets in world.canaries.items() if name not in upts for secret in secrets]
    found = (secret for secret in foreign if secret in said)  # quicker than the pattern, which few reach
    return [secret for secret in found if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", said)]


def same(one: TestResponse, other: TestResponse) -> bool:
    """Whether two answers cannot be told apart, but for the number each request has."""
    headers = [[(k, v) for k, v in each.headers if k != "X-Request-Id"] for each in (one, other)]
    # a refused reading links to itself in the other language
    bodies = [each.data.replace(each.request.path.encode(), b"") for each in (one, other)]
    return one.status_code == other.status_code and bodies[0] == bodies[1] and headers[0] == headers[1]


class TestTable:
    def test_names_every_route_once_and_no_other(self, app: Flask) -> None:
        routes = sorted(
            (method, str(rule))
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        )
        assert sorted((line.method, line.rule) for line in TABLE) == routes

    def test_every_staff_route_has_a_permission_some_role_carries(self) -> None:
        carried = frozenset[str]().union(*ROLE_PERMISSIONS.values())
        assert all(line.permission in carried for line in STAFF_LINES)

    def test_what_lies_under_staff_is_for_staff(self) -> None:
        """Only the doors themselves are open."""
        opened = {line.rule for line in OTHER_LINES if line.rule.startswith("/staff")}
        doors = {"/staff/masuk", "/staff/masuk/kode", "/staff/masuk/kode-contoh", "/staff/keluar"}
        assert opened == doors


class TestStaffRoutes:
    def test_what_is_not_theirs_looks_missing_and_stays_as_it_is(self, app: Flask, world: World) -> None:
        """One world for all who knock: nothing in it may change."""
        assert sorted(name for people in PEOPLE for name in people) == sorted(world.people)
        before = rows(app)
        problems = [
            f"{name}: {problem}"
            for name, knocker in world.people.items()
            for problem in knocking_elsewhere(app, world, knocker)
        ]
        assert problems == []
        assert rows(app) == before

    @pytest.mark.parametrize("people", PEOPLE, ids=lambda people: people[-1])
    def test_what_is_theirs_opens_and_tells_nothing_of_others(
        self, app: Flask, world: World, people: tuple[str, ...]
    ) -> None:
        for name in people:
            limiter.reset()
            knocker = world.people[name]
            before = of_others(rows(app), world, app, knocker)
            assert list(knocking_at_own_doors(app, world, knocker)) == [], name
            assert of_others(rows(app), world, app, knocker) == before, name
        with app.app_context():
            assert violations(db.session(), at=now(), names={"I22", "I23"}) == {}


class TestOtherRoutes:
    def test_open_pages_are_the_same_for_all_and_keep_secrets(self, app: Flask, world: World) -> None:
        of_each_role = {
            (each.role, each.is_let_in, each.user_id is None): each for each in world.people.values()
        }
        problems = []
        for line in OTHER_LINES:
            if line.kind != "open" or line.rule.startswith("/staff"):
                continue
            for things in (world.things["U1"], None) if line.place else (None,):
                address = line.address(things)
                answers = []
                for each in of_each_role.values():
                    if line.method == "POST":
                        limiter.reset()  # more people knock here than one link may be guessed at
                    answers.append(knock(browser_of(app, each), line, address))
                statuses = {answer.status_code for answer in answers}
                if len(statuses) != 1 or max(statuses) >= 500:
                    problems.append(f"{line.method} {address}: {sorted(statuses)}")
                secrets = {secret for answer in answers for secret in told(world, answer, frozenset())}
                problems += [f"{address} tells {secret}" for secret in secrets]
        assert problems == []

    @pytest.mark.parametrize("name", ["anonymous", "customer", "officer U3"])
    def test_a_link_opens_its_own_order_only(self, app: Flask, world: World, name: str) -> None:
        client = browser_of(app, world.people[name])
        own, other = world.things["U1"], world.things["U3"]
        tokens = ("token", "enquiry_token", "arrived_token", "reviewed_token")
        wrong = [
            replace(own, **{name: getattr(other, name) for name in tokens}),
            replace(own, **dict.fromkeys(tokens, "x")),
            replace(own, order="LP-0", enquiry="PM-0", arrived="LP-0", reviewed="LP-0"),
            None,
        ]
        problems = []
        for line in OTHER_LINES:
            if line.kind != "signed":
                continue
            before = rows(app)
            for things in wrong:
                answer = knock(client, line, line.address(things))
                if answer.status_code != 404 or told(world, answer, frozenset()):
                    problems.append(f"{line.method} {line.rule} by a wrong link: {answer.status_code}")
            if rows(app) != before:
                problems.append(f"{line.method} {line.rule} by a wrong link changed something")
            answer = knock(client, line, line.address(own))
            if answer.status_code not in (200, 303, 409, 422) or told(world, answer, frozenset({"U1"})):
                problems.append(f"{line.method} {line.rule} by its own link: {answer.status_code}")
        assert problems == []


class TestTheDoors:
    def test_open_for_visitors_and_lead_the_others_on(self, app: Flask, world: World) -> None:
        doors = [line for line in OTHER_LINES if line.kind == "door"]
        for name, knocker in world.people.items():
            for line in doors:
                answer = knock(browser_of(app, knocker), line, line.rule)
                expected = (303, "/akun") if knocker.is_let_in else (200, None)
                assert (answer.status_code, answer.location) == expected, (name, line)


class TestTheCustomersHome:
    def test_what_is_anothers_looks_missing_and_stays_as_it_is(self, app: Flask, world: World) -> None:
        """Visitors are sent to sign in; whoever is signed in finds nothing of what others own."""
        before = rows(app)
        problems = [
            f"{name}: {problem}"
            for name, knocker in world.people.items()
            for problem in knocking_at_homes(app, world, knocker)
        ]
        assert problems == []
        assert rows(app) == before

    @pytest.mark.parametrize("upt", ["U1", "U3"])
    def test_its_owner_is_let_in_and_told_nothing_of_others(self, app: Flask, world: World, upt: str) -> None:
        problems = []
        for line in CUSTOMER_LINES:
            address = line.address(world.things[upt])
            answer = knock(browser_of(app, world.owners[upt]), line, address)
            if answer.status_code not in (200, 303, 409, 422) or "/masuk" in str(answer.location):
                problems.append(f"{line.method} {address}: gave {answer.status_code}")
            if answer.headers["Cache-Control"] != "no-store":
                problems.append(f"{line.method} {address} may be kept")
            problems += [f"{address} tells {secret}" for secret in told(world, answer, frozenset({upt}))]
        assert problems == []

    @pytest.mark.parametrize("name", ["anonymous", "disabled"])
    def test_a_visitor_is_sent_to_sign_in(self, app: Flask, world: World, name: str) -> None:
        client = browser_of(app, world.people[name])
        before = rows(app)
        for line in CUSTOMER_LINES:
            answer = knock(client, line, line.address(world.things["U1"]))
            assert (answer.status_code, str(answer.location).partition("?")[0]) == (303, "/masuk"), line
        assert rows(app) == before


def knocking_elsewhere(app: Flask, world: World, knocker: Person) -> Iterator[str]:
    """What a person finds amiss at staff routes with what is missing, and with what is not theirs."""
    client = browser_of(app, knocker)
    for line in STAFF_LINES:
        if line.place is None:
            continue
        nothing = knock(client, line, line.address(None))
        if nothing.status_code != expected_for_missing(line, knocker):
            yield f"{line.method} {line.rule}: missing gave {nothing.status_code}"
        for upt, things in world.things.items():
            if upt in knocker.upts:
                continue
            answer = knock(client, line, line.address(things))
            if not looks_alike(answer, nothing):
                yield f"{line.method} {line.rule} of {upt}: gave {answer.status_code}"
            yield from (
                f"{line.rule} of {upt} tells {secret}" for secret in told(world, answer, knocker.upts)
            )


def knocking_at_own_doors(app: Flask, world: World, knocker: Person) -> Iterator[str]:
    """What a person finds amiss at every staff route with what is theirs."""
    client = browser_of(app, knocker)
    for line in STAFF_LINES:
        own = sorted(knocker.upts)
        theirs = [world.things[upt] for upt in own] if line.place else [None]
        for address in map(line.address, theirs):
            answer = knock(client, line, address)
            if answer.status_code not in expected_for_own(line, knocker):
                yield f"{line.method} {address}: gave {answer.status_code}"
            yield from (f"{address} tells {secret}" for secret in told(world, answer, knocker.upts))


def knocking_at_homes(app: Flask, world: World, knocker: Person) -> Iterator[str]:
    """What a person finds amiss at customers' routes with what is missing, and with what others own."""
    client = browser_of(app, knocker)
    expected = 404 if knocker.is_let_in else 303
    for line in CUSTOMER_LINES:
        if line.place is None:
            continue
        nothing = knock(client, line, line.address(None))
        if nothing.status_code != expected:
            yield f"{line.method} {line.rule}: missing gave {nothing.status_code}"
        for upt, things in world.things.items():
            answer = knock(client, line, line.address(things))
            if answer.status_code != expected or (knocker.is_let_in and not same(answer, nothing)):
                yield f"{line.method} {line.rule} of {upt}: gave {answer.status_code}"
            yield from (f"{line.rule} tells {secret}" for secret in told(world, answer, frozenset()))


def expected_for_missing(line: Line, knocker: Person) -> int:
    """Visitors are sent to sign in, readers may not write, and for the others there is nothing."""
    if not knocker.is_let_in:
        return 303
    if knocker.role is None:
        return 404
    return 404 if line.permission in ROLE_PERMISSIONS[knocker.role] else 403


def expected_for_own(line: Line, knocker: Person) -> tuple[int, ...]:
    """Own pages open and own forms work, or are told that the parcel is not, or no longer, that far."""
    if knocker.role is None:
        return (expected_for_missing(line, knocker),)
    if line.permission not in ROLE_PERMISSIONS[knocker.role]:
        return (403,)
    if line.rule == A_COLLEAGUES_LIST:
        return (404,)
    if line.rule == LEFT_TO_AN_OFFICE and ROLE_SCOPES[knocker.role] != "upt":
        return (404,)
    return (200, 303) if line.method == "GET" else (303, 409, 422)


def looks_alike(answer: TestResponse, nothing: TestResponse) -> bool:
    """A visitor's way to the sign-in page names the page asked for, and so does the switch of languages on a
    page that is refused before anybody looks; everything else must be equal.
    """
    if answer.status_code == nothing.status_code == 403:
        said = [each.text.replace(each.request.path, "") for each in (answer, nothing)]
        return said[0] == said[1]
    if answer.status_code == nothing.status_code == 303:
        return str(answer.location).startswith("/staff/masuk")
    return same(answer, nothing)


def of_others(found: dict[str, list[Any]], world: World, app: Flask, knocker: Person) -> dict[str, list[Any]]:
    """The rows of parcels and shelves outside a person's scope."""
    codes = [things.upt_code for name, things in world.things.items() if name not in knocker.upts]
    with app.app_context():
        upt_ids = set(db.session.scalars(select(Upt.id).where(Upt.code.in_(codes))))
    places = {
        name: [column.name for column in db.metadata.tables[name].columns].index("upt_id")
        for name in ("fulfilments", "stocks", "audit_entries", "photographs", "permits", "reviews")
    }
    return {name: [row for row in found[name] if row[place] in upt_ids] for name, place in places.items()}
