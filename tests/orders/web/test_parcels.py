"""The officers' list of parcels: what it shows to whom, its pages, and several accepted at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from accounts.models import AuditEntry
from accounts.rules import Actor
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.models import Fulfilment, OrderEvent
from orders.queries import parcels
from orders.queries.parcels import Narrowing, Sort, Turn, parcels_for
from orders.rules.allocation import Wish
from orders.rules.handling import OPEN_STATES
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_placed_order, make_shop
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Desk:
    """Three parcels of Garut, the first for Sari, and one of Ciamis."""

    officer: int
    directorate: int
    upt_id: int
    upt_code: str
    variant_id: int
    numbers: tuple[str, ...]
    other: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(90, 50), breads=9)
        officer = make_officer(session, shop.garut, name="Asep")
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        orders = [make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at) for _ in range(3)]
        other = make_paid_order(session, Wish(1, shop.net.id, 1, shop.ciamis.id), at=at)
        return Desk(
            officer.id,
            directorate.id,
            shop.garut.id,
            shop.garut.code,
            shop.net.id,
            tuple(parcel_of(session, order, shop.garut).number for order in orders),
            parcel_of(session, other, shop.ciamis).number,
        )


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def change(app: Flask, number: str, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Fulfilment).where(Fulfilment.number == number).values(**values))


def shown(client: FlaskClient, query: str = "") -> list[str]:
    """The numbers of the list, from top to bottom."""
    answer = client.get(f"/staff/paket{query}")
    assert answer.status_code == 200
    return re.findall(r'row-link code" href="/staff/paket/([^"]+)"', answer.text)


def states(app: Flask, *numbers: str) -> list[str]:
    with app.app_context():
        query = select(Fulfilment.number, Fulfilment.state).where(Fulfilment.number.in_(numbers))
        found = {row.number: row.state for row in db.session.execute(query)}
        return [found[number] for number in numbers]


class TestList:
    def test_shows_only_what_is_theirs(self, officer: FlaskClient, desk: Desk) -> None:
        assert sorted(shown(officer)) == sorted(desk.numbers)

    def test_those_above_see_whose_each_is_and_may_choose_one_upt(
        self, client: FlaskClient, desk: Desk
    ) -> None:
        sign_in(client, desk.directorate)
        assert desk.other in shown(client)
        page = client.get("/staff/paket").text
        assert "Lapas Kelas IIB Ciamis" in page
        assert 'name="parcel"' not in page, "they accept nothing"
        assert sorted(shown(client, f"?upt={desk.upt_code}")) == sorted(desk.numbers)

    def test_unpaid_orders_are_not_there(
        self, officer: FlaskClient, app: Flask, at: datetime, desk: Desk
    ) -> None:
        with app.app_context(), transaction() as session:
            unpaid = make_placed_order(session, Wish(1, desk.variant_id, 1), at=at)
        assert unpaid not in officer.get("/staff/paket?status=all").text

    def test_the_late_stand_first_and_alone(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        third, first, second = desk.numbers
        long_ago = date(2001, 1, 1)
        change(app, first, promised_from=long_ago)
        change(app, second, promised_from=long_ago + DAY)
        tomorrow = jakarta_day(now()) + DAY
        change(app, third, promised_from=tomorrow, promised_until=tomorrow)
        assert shown(officer) == [first, second, third]
        assert shown(officer, "?status=late") == [first, second]
        assert shown(officer, "?sort=oldest") == [third, first, second]
        assert shown(officer, "?sort=newest") == [second, first, third]

    @pytest.mark.parametrize(
        ("query", "is_there"),
        [
            ("?status=new", True),
            ("?status=packed", False),
            ("?status=all", True),
            ("?status=all&sort=urgent", True),
            ("?status=nonsense", True),
            ("?sort=nonsense", True),
            ("?upt=LPS-CIAMIS", True),
            ("?courier=nonsense", True),
            ("?courier=Lion+Parcel", False),
            ("?q=sari", True),
            ("?q=SAR", True),
            ("?q=s", True),
            ("?q=%25", True),
            ("?q=%25%25%25", False),
            ("?q=_ari", False),
            ("?q=///", False),
            ("?q=---", False),
            ("?q=budi", False),
            ("?after=LP-NONSENSE-1", True),
            ("?before=" + "9" * 5000, True),
            ("?q=" + "x" * 5000, False),
        ],
    )
    def test_filters_and_bad_filters(
        self, officer: FlaskClient, desk: Desk, query: str, is_there: bool
    ) -> None:
        assert (desk.numbers[0] in shown(officer, query)) is is_there

    def test_finds_a_parcel_by_its_own_number_and_by_its_courier(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        sent, number, _ = desk.numbers
        values = {
            "state": "shipped",
            "shipped_courier": "TIKI",
            "tracking_number": "TK001234",
            "shipped_at": at,
        }
        change(app, sent, **values)
        assert shown(officer, f"?q={number[3:9].lower()}") == [number]
        for query in ("?status=shipped", "?q=tk+001-234", "?status=all&courier=TIKI"):
            assert shown(officer, query) == [sent]
        assert shown(officer, "?status=new&q=tk001234") == []
        page = officer.get("/staff/paket?status=new").text
        assert 'name="status" value="new"' in page
        assert 'name="status"' not in officer.get("/staff/paket?q=tk001234").text

    def test_a_word_too_short_to_search_is_said(self, officer: FlaskClient, desk: Desk) -> None:
        page = officer.get("/en/staff/paket?q=sa").text
        assert "at least 3 letters" in page
        assert 'name="q" value="sa"' in page
        assert sorted(shown(officer, "?q=sa")) == sorted(desk.numbers), "it narrows nothing"

    def test_figures_stand_only_beside_the_list_they_belong_to(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.directorate)

        def figures(query: str) -> list[str]:
            return re.findall(r'chip__count">(\d+)<', client.get(f"/staff/paket{query}").text)

        assert figures("")[0] == "4"
        assert figures(f"?upt={desk.upt_code}")[0] == "3"
        assert figures("?q=sari") == figures("?courier=JNE") == []

    def test_a_foreign_parcel_is_no_page_to_turn_to(self, officer: FlaskClient, desk: Desk) -> None:
        assert (
            shown(officer, f"?after={desk.other}")
            == shown(officer, "?after=LP-0000000000-1")
            == shown(officer)
        )


class TestPages:
    @pytest.mark.parametrize("sort", ["urgent", "newest", "oldest"])
    def test_every_parcel_stands_on_one_page_forth_and_back(
        self, app: Flask, desk: Desk, at: datetime, sort: Sort
    ) -> None:
        with app.app_context():
            actor = Actor("Asep", roles=frozenset({"upt_officer"}), upt_ids=frozenset({desk.upt_id}))
            narrowing, today = Narrowing(OPEN_STATES), at.date()

            def page(turn: Turn | None, most: int = 1) -> parcels.ParcelPage:
                return parcels_for(
                    db.session(), actor, narrowing, sort=sort, today=today, turn=turn, most=most
                )

            whole = [row.number for row in page(None, 9).rows]
            pages = [page(None)]
            while pages[-1].has_next:
                pages.append(page(Turn("after", pages[-1].rows[-1].number)))
            assert [row.number for each in pages for row in each.rows] == whole
            assert [each.has_previous for each in pages] == [False, True, True]
            back = page(Turn("before", whole[-1]), 2)
            assert [row.number for row in back.rows] == whole[:2]
            assert (back.has_previous, back.has_next) == (False, True)
            first = page(Turn("before", whole[0]), 2)
            assert [row.number for row in first.rows] == whole[:2], "where nothing is any more"
            assert (first.has_previous, first.has_next) == (False, True)

    def test_the_page_links_to_its_neighbours(
        self, officer: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orders.web.parcels.PAGE_SIZE", 2)
        first = officer.get("/staff/paket?q=sari")
        following = re.findall(r'rel="next" href="([^"]+)"', first.text)[0].replace("&amp;", "&")
        second = officer.get(following)
        assert "q=sari" in following
        assert 'rel="next"' not in second.text
        previous = re.findall(r'rel="prev" href="([^"]+)"', second.text)[0].replace("&amp;", "&")
        assert shown(officer, previous.removeprefix("/staff/paket")) == shown(officer, "?q=sari")

    def test_asks_as_much_however_many_there_are(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        officer.get("/staff/paket")
        with count_queries(engine) as few:
            officer.get("/staff/paket")
        with app.app_context(), transaction() as session:
            for _ in range(5):
                make_paid_order(session, Wish(1, desk.variant_id, 1, desk.upt_id), at=at)
        with count_queries(engine) as many:
            officer.get("/staff/paket")
        assert len(many) == len(few)


class TestAcceptChosen:
    def send(self, client: FlaskClient, *numbers: str) -> Any:
        return client.post("/staff/paket/terima", data={"parcel": list(numbers)})

    def test_accepts_them_and_says_who_did_it(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        first, second, third = desk.numbers
        answer = self.send(officer, first, second, first)
        assert (answer.status_code, answer.location) == (303, "/staff/paket?status=accepted")
        assert states(app, first, second, third) == ["accepted", "accepted", "new"]
        with app.app_context():
            done = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "parcel.accept")).all()
            assert sorted(entry.object_key for entry in done) == sorted((first, second))
            assert {(entry.actor_user_id, entry.before["state"], entry.after["state"]) for entry in done} == {
                (desk.officer, "new", "accepted")
            }
            told = select(OrderEvent.actor_label).where(OrderEvent.kind == "fulfilment_accepted")
            assert db.session.scalars(told).all() == ["Asep", "Asep"]

    def test_what_no_longer_waits_is_named_and_left(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        first, second, third = desk.numbers
        change(app, first, state="packed")
        self.send(officer, second)
        self.send(officer, first, second, third)
        assert states(app, first, second, third) == ["packed", "accepted", "accepted"]
        page = officer.get("/staff/paket").text
        assert f"{first}, {second}" in page

    @pytest.mark.parametrize("strange", ["LP-0000000000-1", "", "x" * 500])
    def test_one_that_does_not_exist_accepts_none(
        self, officer: FlaskClient, app: Flask, desk: Desk, strange: str
    ) -> None:
        before = snapshot_of(app)
        assert self.send(officer, desk.numbers[0], strange).status_code == 404
        assert snapshot_of(app) == before

    def test_one_of_another_upt_looks_like_a_missing_one(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        before = snapshot_of(app)
        foreign, missing = (self.send(officer, desk.numbers[0], each) for each in (desk.other, "LP-0-1"))
        assert (foreign.status_code, foreign.text) == (missing.status_code, missing.text)
        assert foreign.status_code == 404
        assert snapshot_of(app) == before

    def test_nothing_chosen_is_said(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        before = snapshot_of(app)
        answer = self.send(officer)
        assert answer.location == "/staff/paket?status=new"
        assert "alert--warn" in officer.get(answer.location).text
        assert snapshot_of(app) == before

    def test_a_reader_may_not(self, client: FlaskClient, app: Flask, desk: Desk) -> None:
        sign_in(client, desk.directorate)
        before = snapshot_of(app)
        assert self.send(client, desk.numbers[0]).status_code == 403
        assert snapshot_of(app) == before
