"""The page that officers begin at: what waits for them, the late first, and nothing of anybody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from accounts.models import Upt
from inventory.models import Product, Variant
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.models import Enquiry, Fulfilment, Order, Problem
from orders.rules.allocation import Wish
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.factories.problems import make_problem
from tests.queries import CountedQueries


@dataclass(frozen=True)
class Morning:
    """Three parcels of Garut and one of Ciamis; of the breads two are left, of the nets plenty."""

    garut: int
    ciamis: int
    directorate: int
    numbers: tuple[str, ...]
    other: str
    net_id: int
    garut_id: int


@pytest.fixture
def morning(app: Flask, at: datetime) -> Morning:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(90, 50), breads=3)
        officers = make_officer(session, shop.garut), make_officer(session, shop.ciamis)
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        orders = [make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at) for _ in range(2)]
        orders.append(make_paid_order(session, Wish(1, shop.bread.id, 1), at=at))
        other = make_paid_order(session, Wish(1, shop.net.id, 1, shop.ciamis.id), at=at)
        return Morning(
            officers[0].id,
            officers[1].id,
            directorate.id,
            tuple(parcel_of(session, order, shop.garut).number for order in orders),
            parcel_of(session, other, shop.ciamis).number,
            shop.net.id,
            shop.garut.id,
        )


@pytest.fixture
def officer(client: FlaskClient, morning: Morning) -> FlaskClient:
    sign_in(client, morning.garut)
    return client


def change(app: Flask, number: str, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Fulfilment).where(Fulfilment.number == number).values(**values))


def tiles(page: str) -> dict[str, int]:
    """The figures, by the list they lead to."""
    found = re.findall(r'href="/staff/paket\?status=(\w+)">.*?tile__count">(\d+)<', page)
    return {name: int(count) for name, count in found}


def named(page: str) -> list[str]:
    """The parcels that are named, from top to bottom."""
    return re.findall(r'class="errand" href="/staff/paket/([^"]+)"', page)


class TestParcels:
    def test_counts_each_step_and_names_the_late_first(
        self, officer: FlaskClient, app: Flask, morning: Morning
    ) -> None:
        first, second, third = morning.numbers
        far = jakarta_day(now()) + timedelta(days=9000)
        change(app, first, state="accepted", promised_from=far, promised_until=far)
        change(app, second, state="packed", promised_from=date(2001, 1, 1))
        change(app, third, promised_from=far, promised_until=far)
        page = officer.get("/staff").text
        assert tiles(page) == {"late": 1, "new": 1, "accepted": 1, "packed": 1}
        assert named(page)[0] == second
        assert sorted(named(page)) == sorted(morning.numbers)

    def test_says_when_it_was_ordered_and_what_was_promised(
        self, client: FlaskClient, app: Flask, morning: Morning
    ) -> None:
        sign_in(client, morning.ciamis)
        change(app, morning.other, promised_from=date(2030, 1, 2), promised_until=date(2030, 1, 5))
        page = client.get("/en/staff").text
        assert "Ordered on 21 November 2026, promised from 2 January 2030 to 5 January 2030" in page
        assert "Wanted by" not in page

    def test_says_what_was_asked_for_beside_what_was_promised(
        self, client: FlaskClient, app: Flask, morning: Morning
    ) -> None:
        sign_in(client, morning.ciamis)
        change(app, morning.other, promised_from=date(2030, 1, 2), promised_until=date(2030, 1, 5))
        with app.app_context(), transaction() as session:
            session.execute(update(Order).values(wanted_by=date(2029, 12, 24)))
        asked, promised = "24 December 2029", "5 January 2030"
        for address in ("/en/staff", "/en/staff/paket", f"/en/staff/paket/{morning.other}"):
            page = client.get(address).text
            assert asked in page, address
            assert promised in page, address
        assert "2029-12-24" in client.get("/staff/paket/unduh.csv", buffered=True).text

    def test_only_what_is_theirs(self, client: FlaskClient, morning: Morning) -> None:
        sign_in(client, morning.ciamis)
        assert named(client.get("/staff").text) == [morning.other]
        sign_in(client, morning.directorate)
        page = client.get("/staff").text
        assert morning.other in named(page)
        assert "Lapas Kelas IIB Ciamis" in page, "those above see whose each is"

    def test_nothing_left_to_do_is_said(self, officer: FlaskClient, app: Flask, morning: Morning) -> None:
        for number in morning.numbers:
            change(app, number, state="cancelled")
        page = officer.get("/en/staff").text
        assert tiles(page.replace("/en/", "/")) == {"late": 0, "new": 0, "accepted": 0, "packed": 0}
        assert "No parcel waits" in page


class TestWhatElseWaits:
    def test_problems_and_those_whose_time_is_over(
        self, officer: FlaskClient, client: FlaskClient, app: Flask, morning: Morning, at: datetime
    ) -> None:
        assert '/staff/masalah">' in officer.get("/staff").text, "the way there stands above"
        assert "problems to answer" not in officer.get("/en/staff").text
        with app.app_context(), transaction() as session:
            for number in morning.numbers[:2]:
                parcel = session.query(Fulfilment).where(Fulfilment.number == number).one()
                make_problem(session, parcel, at=at)
            session.execute(update(Problem).values(answer_due_at=now() + timedelta(days=1)))
            session.execute(
                update(Problem).where(Problem.fulfilment_id == parcel.id).values(answer_due_at=at)
            )
        page = officer.get("/en/staff").text
        assert "<strong>1</strong> reported problems to answer" in page
        assert "<strong>1</strong> reported problems whose time to answer is over" in page
        sign_in(client, morning.ciamis)
        assert "reported problems" not in client.get("/en/staff").text

    def test_questions_to_answer(
        self, officer: FlaskClient, client: FlaskClient, app: Flask, morning: Morning, at: datetime
    ) -> None:
        assert "questions and requests" not in officer.get("/en/staff").text
        with app.app_context(), transaction() as session:
            garut = session.get_one(Upt, morning.garut_id)
            for _ in range(2):
                answered = make_enquiry(
                    session, at=at, slot=make_slot(session, make_service(session, garut), garut)
                )
            session.execute(update(Enquiry).where(Enquiry.number == answered.number).values(state="answered"))
        words = '/en/staff/permintaan"><span><strong>1</strong> questions and requests to answer'
        assert words in officer.get("/en/staff").text
        sign_in(client, morning.ciamis)
        assert "questions and requests" not in client.get("/en/staff").text


class TestRunningOut:
    def test_names_what_is_nearly_sold_out(self, officer: FlaskClient, app: Flask, morning: Morning) -> None:
        page = officer.get("/staff").text
        (low,) = re.findall(r'<a class="errand errand--line" href="/staff/stok/[^"]+">(.*?)</a>', page)
        assert "Roti" in low
        assert ">2 " in low
        with app.app_context(), transaction() as session:
            session.execute(update(Product).where(Product.name == "Roti").values(is_withdrawn=True))
        assert "/staff/stok/LPS" not in officer.get("/staff").text, "what is offered no more need not be made"

    def test_names_what_keeps_not_much_longer(
        self, officer: FlaskClient, client: FlaskClient, app: Flask, morning: Morning, at: datetime
    ) -> None:
        today = jakarta_day(now())
        with app.app_context(), transaction() as session:
            net, garut = session.get_one(Variant, morning.net_id), session.get_one(Upt, morning.garut_id)
            for code, days in (("SEGERA", 3), ("NANTI", 90)):
                make_batch(
                    session, net, garut, at=at, code=code, expires_on=today + timedelta(days=days), passed=7
                )
        page = officer.get("/en/staff").text
        assert "SEGERA</span> · 7 pieces" in page
        assert "NANTI" not in page
        sign_in(client, morning.ciamis)
        assert "SEGERA" not in client.get("/staff").text

    def test_says_how_many_batches_more_end_soon(
        self, officer: FlaskClient, app: Flask, morning: Morning, at: datetime
    ) -> None:
        def end_soon(count: int) -> None:
            with app.app_context(), transaction() as session:
                net, garut = session.get_one(Variant, morning.net_id), session.get_one(Upt, morning.garut_id)
                for _ in range(count):
                    day = jakarta_day(now()) + timedelta(days=3)
                    make_batch(session, net, garut, at=at, expires_on=day, passed=1)

        end_soon(6)
        assert "more</a>" not in officer.get("/en/staff").text
        end_soon(2)
        assert (
            '<a class="button button--quiet" href="/en/staff/stok">and 2 more</a>'
            in officer.get("/en/staff").text
        )

    def test_is_not_told_of_anothers_shelf(self, client: FlaskClient, morning: Morning) -> None:
        sign_in(client, morning.ciamis)
        assert "Roti" not in client.get("/staff").text


def test_asks_as_much_however_much_waits(
    officer: FlaskClient, app: Flask, morning: Morning, at: datetime, count_queries: CountedQueries
) -> None:
    with app.app_context():
        engine = db.engine
    officer.get("/staff")
    with count_queries(engine) as few:
        officer.get("/staff")
    with app.app_context(), transaction() as session:
        for _ in range(8):
            order = make_paid_order(session, Wish(1, morning.net_id, 1, morning.garut_id), at=at)
        make_problem(session, session.get_one(Fulfilment, order.id), at=at)
    with count_queries(engine) as many:
        officer.get("/staff")
    assert len(many) == len(few)


def test_is_the_first_page_and_the_first_link(officer: FlaskClient) -> None:
    page = officer.get("/staff")
    assert page.headers["Cache-Control"] == "no-store"
    assert re.findall(r'<li><a href="([^"]+)"( aria-current="page")?>', page.text)[:2] == [
        ("/staff", ' aria-current="page"'),
        ("/staff/paket", ""),
    ]
