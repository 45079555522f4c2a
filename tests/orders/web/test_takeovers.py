"""Pages of parcels between UPTs: who is asked, what is refused beside the field, who may answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from kernel.db import db, transaction
from orders.links import order_token
from orders.models import Fulfilment, Takeover
from orders.rules.allocation import Wish
from orders.services import taking_over
from orders.services.fulfilling import cannot_supply
from orders.services.parcel_asking import ask_about_parcel
from orders.services.taking_over import ask
from reporting.invariants import violations
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.inventory import make_upt
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

SECRET = "a-secret-for-tests-that-is-long-enough"
LIST = "/staff/alih-paket"


@dataclass(frozen=True)
class Desks:
    """Three nets and two breads at Garut; Ciamis makes nets and has five; Tasik makes neither."""

    garut: int
    ciamis: int
    tasik: int
    kanwil: int
    order: str
    number: str
    code: str
    net: int
    garut_upt: int
    ciamis_upt: int

    @property
    def ask_page(self) -> str:
        return f"/staff/paket/{self.number}/alihkan"


@pytest.fixture
def desks(app: Flask, at: datetime) -> Desks:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(60, 50), breads=9)
        officers = [make_officer(session, upt) for upt in (shop.garut, shop.ciamis, make_upt(session))]
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=shop.ciamis.kanwil)
        wishes = (Wish(1, shop.net.id, 3, shop.garut.id), Wish(2, shop.bread.id, 2, shop.garut.id))
        order = make_paid_order(session, *wishes, at=at)
        garut, ciamis, tasik = (officer.id for officer in officers)
        number = parcel_of(session, order, shop.garut).number
        return Desks(
            garut,
            ciamis,
            tasik,
            kanwil.id,
            order.number,
            number,
            shop.ciamis.code,
            shop.net.id,
            shop.garut.id,
            shop.ciamis.id,
        )


@pytest.fixture(autouse=True)
def _invariants_hold(app: Flask, desks: Desks, at: datetime) -> Iterator[None]:
    yield
    with app.app_context():
        assert violations(db.session(), at=at) == {}


@pytest.fixture
def garut(app: Flask, desks: Desks) -> FlaskClient:
    return browser(app, desks.garut)


@pytest.fixture
def ciamis(app: Flask, desks: Desks) -> FlaskClient:
    return browser(app, desks.ciamis)


def send(client: FlaskClient, desks: Desks, **changes: str) -> TestResponse:
    form = {"pieces-1": "2", "pieces-2": "0", "upt": desks.code, "reason": "too_busy", **changes}
    return client.post(desks.ask_page, data=form)


def key_of(app: Flask) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Takeover.key)).one())


def asked(app: Flask, client: FlaskClient, desks: Desks, **changes: str) -> str:
    assert send(client, desks, **changes).status_code == 303
    return key_of(app)


class TestAsking:
    def test_offers_those_who_can_and_says_so_on_the_parcel(
        self, app: Flask, garut: FlaskClient, desks: Desks
    ) -> None:
        parcel = f"/staff/paket/{desks.number}"
        assert f'href="{desks.ask_page}"' in garut.get(parcel).text
        page = garut.get(f"/en{desks.ask_page}").text
        assert "Lapas Kelas IIB Ciamis, Kabupaten Ciamis (3 pieces of it)" in page
        key = asked(app, garut, desks)
        page = garut.get(f"/en{parcel}").text
        assert "Lapas Kelas IIB Ciamis is asked to send pieces of this parcel" in page
        assert f'action="/en{LIST}/{key}/tarik"' in page
        assert f'href="/en{desks.ask_page}"' not in page

    def test_wrong_forms_are_refused_beside_the_field(
        self, app: Flask, garut: FlaskClient, desks: Desks
    ) -> None:
        before = snapshot_of(app)
        for changes, words in (
            ({"pieces-1": "4"}, "Enter a whole number from 0 to 3."),
            ({"pieces-1": "-1"}, "Enter a whole number from 0 to 3."),
            ({"pieces-1": "x" * 10_000}, "Enter a whole number from 0 to 3."),
            ({"pieces-1": "0"}, "Say of at least one product"),
            ({"upt": "NONE"}, "Choose a UPT from the list."),
            ({"upt": ""}, "Choose a UPT from the list."),
            ({"reason": "not_fetched"}, "Choose a reason from the list."),
            ({"reason": "<b>"}, "Choose a reason from the list."),
        ):
            form = {"pieces-1": "2", "pieces-2": "0", "upt": desks.code, "reason": "other", **changes}
            answer = garut.post(f"/en{desks.ask_page}", data=form)
            assert (answer.status_code, words in answer.text) == (422, True), changes
        answer = send(garut, desks, **{"pieces-2": "1"})
        assert answer.status_code == 409, "Ciamis makes no bread"
        assert snapshot_of(app) == before

    def test_a_second_request_waits_for_the_first(self, app: Flask, garut: FlaskClient, desks: Desks) -> None:
        asked(app, garut, desks)
        before = snapshot_of(app)
        assert send(garut, desks).status_code == 409
        for step, form in (
            ("tidak-tersedia", {"pieces-1": "1", "reason": "damaged", "seen": "0"}),
            ("alihkan", {"pieces-1": "1", "upt": desks.code, "reason": "other"}),
        ):
            answer = garut.post(f"/en/staff/paket/{desks.number}/{step}", data=form)
            assert answer.status_code == 409
            assert "Another UPT is asked for pieces of this parcel." in answer.text
        assert snapshot_of(app) == before

    def test_where_nobody_has_it_there_is_no_form(
        self, app: Flask, garut: FlaskClient, desks: Desks, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            everything = Wish(1, desks.net, 50, desks.ciamis_upt)
            make_paid_order(session, everything, at=at)
        page = garut.get(f"/en{desks.ask_page}").text
        assert "No other UPT makes these goods and has free pieces of them now." in page
        assert desks.ask_page not in page.split("<main")[1]


class TestAnswering:
    def test_the_asked_one_takes_it_from_its_morning_page(
        self, app: Flask, garut: FlaskClient, ciamis: FlaskClient, desks: Desks
    ) -> None:
        key = asked(app, garut, desks)
        assert f'href="{LIST}"' in ciamis.get("/staff").text
        page = ciamis.get(LIST)
        assert f'action="{LIST}/{key}/terima"' in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "Sari" not in page.text, "whose it is, they learn when it is theirs"
        answer = ciamis.post(f"{LIST}/{key}/terima")
        with app.app_context():
            second = db.session.scalars(select(Fulfilment).where(Fulfilment.number != desks.number)).one()
        assert answer.headers["Location"] == f"/staff/paket/{second.number}"
        assert "Jalan Asia Afrika 8" in ciamis.get(answer.headers["Location"]).text
        before = snapshot_of(app)
        assert ciamis.post(f"{LIST}/{key}/terima").headers["Location"] == answer.headers["Location"]
        assert ciamis.post(f"{LIST}/{key}/tolak").status_code == 409
        assert snapshot_of(app) == before
        assert garut.get(f"/staff/paket/{second.number}").status_code == 404
        assert "2 with another UPT" in garut.get(f"/en/staff/paket/{desks.number}").text

    def test_the_customer_sees_who_sends_what(
        self, app: Flask, garut: FlaskClient, ciamis: FlaskClient, desks: Desks
    ) -> None:
        key = asked(app, garut, desks)
        address = f"/en/pesanan/{desks.order}/{order_token(desks.order, secret_key=SECRET)}"
        assert "Ciamis" not in garut.get(address).text, "not before it is so"
        ciamis.post(f"{LIST}/{key}/terima")
        page = garut.get(address).text
        assert "Some pieces are sent by another unit" in page
        assert "Sent in place of Lapas Kelas IIA Garut" in page

    def test_the_customer_still_sees_what_does_not_come_and_their_thread(
        self, app: Flask, client: FlaskClient, desks: Desks, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            here, there = actor_of(session, desks.garut, "Asep"), actor_of(session, desks.ciamis, "Budi")
            numbers = [desks.order]
            for _ in range(2):
                order = make_paid_order(session, Wish(1, desks.net, 3, desks.garut_upt), at=at)
                numbers.append(order.number)
            missing = partial(cannot_supply, reason="damaged", seen_cancelled=0)
            missing(session, desks.number, {2: 2}, actor=here, at=at)
            ask_about_parcel(
                session, numbers[1], f"{numbers[1]}-1", "Kapan?", key=str(uuid4()), actor=CUSTOMER, at=at
            )
            for number in numbers:
                key = ask(session, f"{number}-1", desks.code, {1: 3}, reason="other", actor=here, at=at)
                taking_over.accept(session, key, actor=there, at=at)
        pages = [
            client.get(f"/en/pesanan/{number}/{order_token(number, secret_key=SECRET)}").text
            for number in numbers
        ]
        assert [">Parcel 2 of 2<" in page for page in pages] == [True, True, False]
        assert [f"{number}-1</span>" in page for number, page in zip(numbers, pages, strict=True)] == [
            True,
            True,
            False,
        ]
        assert "2 pieces of Roti cannot be supplied." in pages[0]
        assert "Your conversation with Lapas Kelas IIA Garut" in pages[1]

    @pytest.mark.parametrize(("step", "is_asked"), [("tolak", True), ("tarik", False)])
    def test_it_ends_once(
        self, app: Flask, garut: FlaskClient, ciamis: FlaskClient, desks: Desks, step: str, is_asked: bool
    ) -> None:
        key = asked(app, garut, desks)
        person = ciamis if is_asked else garut
        assert person.post(f"{LIST}/{key}/{step}").status_code == 303
        before = snapshot_of(app)
        again = person.post(f"/en{LIST}/{key}/{step}", follow_redirects=True)
        assert "nothing was done twice" in again.text
        assert ciamis.post(f"{LIST}/{key}/terima").status_code == 409
        assert key not in again.text
        assert snapshot_of(app) == before

    def test_the_pieces_may_be_gone_meanwhile(
        self, app: Flask, garut: FlaskClient, ciamis: FlaskClient, desks: Desks, at: datetime
    ) -> None:
        key = asked(app, garut, desks)
        with app.app_context(), transaction() as session:
            make_paid_order(session, Wish(1, desks.net, 49, desks.ciamis_upt), at=at)
        before = snapshot_of(app)
        answer = ciamis.post(f"/en{LIST}/{key}/terima")
        assert (answer.status_code, "That UPT cannot send all of it now" in answer.text) == (409, True)
        assert snapshot_of(app) == before

    def test_only_each_side_answers_and_others_see_nothing(
        self, app: Flask, garut: FlaskClient, ciamis: FlaskClient, desks: Desks
    ) -> None:
        key = asked(app, garut, desks)
        garut.get(LIST)  # what was said of the request is read
        tasik, kanwil = browser(app, desks.tasik), browser(app, desks.kanwil)
        before = snapshot_of(app)
        for client, step in (
            *((tasik, step) for step in ("terima", "tolak", "tarik")),
            *((garut, step) for step in ("terima", "tolak")),
            (ciamis, "tarik"),
        ):
            foreign = client.post(f"{LIST}/{key}/{step}")
            unknown = client.post(f"{LIST}/{uuid4()}/{step}")
            assert (foreign.status_code, unknown.status_code) == (404, 404)
            assert foreign.text == unknown.text
        assert kanwil.post(f"{LIST}/{key}/terima").status_code == 403
        assert snapshot_of(app) == before
        assert "Coir Net" not in tasik.get(LIST).text
        shown = kanwil.get(LIST).text
        assert "Coir Net" in shown
        assert f"{key}/terima" not in shown, "who only looks on is offered no answer"


def test_the_list_is_asked_for_as_often_however_long(
    app: Flask, ciamis: FlaskClient, desks: Desks, at: datetime, count_queries: CountedQueries
) -> None:
    def ask_once() -> None:
        with app.app_context(), transaction() as session:
            order = make_paid_order(session, Wish(1, desks.net, 2, desks.garut_upt), at=at)
            number = session.scalars(select(Fulfilment.number).where(Fulfilment.order_id == order.id)).one()
            officer = actor_of(session, desks.garut, "Asep")
            ask(session, number, desks.code, {1: 1}, reason="other", actor=officer, at=at)

    ask_once()
    with app.app_context():
        engine = db.engine
    ciamis.get(LIST)
    with count_queries(engine) as few:
        ciamis.get(LIST)
    for _ in range(4):
        ask_once()
    with count_queries(engine) as many:
        assert ciamis.get(LIST).text.count("/terima") == 5
    assert len(many) == len(few)
