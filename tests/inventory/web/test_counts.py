"""Officers count on the phone: what is wrong stands beside its row, and others' sheets are not found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from accounts.rules import system_actor
from inventory.models import CountLine, LedgerEntry, Stock, StockCount
from inventory.services.stock import receive
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.accounts import browser, make_membership, make_officer, make_user, sign_in
from tests.factories.inventory import make_upt
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

LIST = "/staff/stok/hitung"


@dataclass(frozen=True)
class Desk:
    """Who works at Garut, whose sheet has the bread (0 pieces) first, then the ten nets."""

    code: str
    officer: int
    colleague: int
    kanwil: int
    net_id: int
    garut_id: int


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(40, 5), breads=0)
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=shop.garut.kanwil)
        people = (make_officer(session, shop.garut).id, make_officer(session, shop.garut).id, kanwil.id)
        return Desk(shop.garut.code, *people, shop.net.id, shop.garut.id)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def begin(client: FlaskClient, desk: Desk, words: str = "") -> str:
    form = {"key": str(uuid4()), "upt": desk.code, "words": words}
    answer = client.post(LIST, data=form)
    assert answer.status_code == 303
    return str(answer.location)


def fields(page: str) -> dict[str, str]:
    """The fields of the sheet as a browser would send them."""
    inputs = re.findall(r'<input[^>]*form="count"[^>]*>', page)
    pairs = [(re.search(r'name="([^"]*)"', each), re.search(r'value="([^"]*)"', each)) for each in inputs]
    return {name[1]: value[1] for name, value in pairs if name and value}


def send(client: FlaskClient, url: str, **typed: str) -> TestResponse:
    page = fields(client.get(url).text)
    return client.post(url, data={**page, **{f"n-{name[1:]}": text for name, text in typed.items()}})


def press_book(client: FlaskClient, url: str, **typed: str) -> TestResponse:
    """Press the button on the page as it is now; what is typed comes along."""
    page = fields(client.get(url).text)
    return client.post(
        f"{url}/buku", data={**page, **{f"n-{name[1:]}": text for name, text in typed.items()}}
    )


def told(page: str) -> list[str]:
    """The numbers that the lines of the sheet show."""
    (shown,) = re.findall(r'<ol class="count">.*?</ol>', page, re.DOTALL)
    return re.findall(r"(?<![\w-])\d+(?![\w-])", re.sub(r"<(?:input|p class=\"code)[^>]*>", " ", shown))


def state(app: Flask) -> list[int]:
    """Pieces on all shelves, lines of the ledger, numbers noted."""
    counts = (func.sum(Stock.on_hand), func.count(LedgerEntry.id), func.sum(CountLine.counted))
    with app.app_context():
        return [int(db.session.scalar(select(count)) or 0) for count in counts]


def net_line(page: str) -> str:
    """The number of the line of the nets."""
    (part,) = (part for part in page.split("<li") if "Coir" in part)
    found = re.search(r'name="n-(\d+)"', part)
    assert found
    return found[1]


class TestSheet:
    def test_from_opening_to_the_ledger(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        url = begin(officer, desk)
        page = officer.get(url).text
        assert "40" not in told(page), "who counts is not told what to find"
        position = net_line(page)
        assert send(officer, url, **{f"p{position}": "38"}).status_code == 303
        page = officer.get(url).text
        assert "−2" in page
        assert "40" in told(page), "told once it is counted"
        assert f'form="count" formaction="{url}/buku"' in page
        before = state(app)
        assert press_book(officer, url).status_code == 303
        assert state(app)[0] == before[0] - 2
        assert "/staff/stok/hitung" in officer.get("/staff/stok").text
        assert url in officer.get(LIST).text

    @pytest.mark.parametrize("text", ["x", "-1", "1.5", "100001", "9" * 5000, "١٢"])
    def test_a_number_that_cannot_be_read_stands_beside_its_row(
        self, officer: FlaskClient, app: Flask, desk: Desk, text: str
    ) -> None:
        url = begin(officer, desk)
        before = state(app)
        answer = send(officer, url, p1=text, p2="7")
        assert answer.status_code == 422
        assert 'id="n-1-error"' in answer.text
        assert 'value="7"' in answer.text, "what was typed stays"
        assert state(app) == before

    def test_a_shelf_that_moved_is_refused_beside_its_row_and_the_others_stand(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        position = net_line(officer.get(url).text)
        other = {"1": "2", "2": "1"}[position]
        with app.app_context(), transaction() as session:
            keeper = system_actor("test")
            receive(session, desk.net_id, desk.garut_id, 5, reason="other", actor=keeper, at=now())
        before = state(app)
        send(officer, url, **{f"p{position}": "39", f"p{other}": "3"})
        page = officer.get(url).text
        assert f'id="n-{position}-error"' in page
        assert f'id="n-{other}-error"' not in page
        assert "45" not in told(page), "nor what to find the second time"
        assert state(app) == [*before[:2], before[2] + 3]

    def test_a_large_difference_is_for_somebody_else(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        position = net_line(officer.get(url).text)
        send(officer, url, **{f"p{position}": "1"})
        before = state(app)
        press_book(officer, url)
        decision = f"{url}/{position}/putusan"
        assert decision not in officer.get(url).text
        assert officer.post(decision, data={"decision": "approve"}).status_code == 403
        assert officer.post(decision, data={"decision": "?"}).status_code == 422
        assert state(app) == before
        other = browser(app, desk.kanwil)
        assert "show=waiting" in other.get("/staff").text
        assert url in other.get(f"{LIST}?show=waiting").text
        assert decision in other.get(url).text
        assert other.post(decision, data={"decision": "approve"}).status_code == 303
        assert state(app)[0] == before[0] - 39
        assert other.post(decision, data={"decision": "approve"}).status_code == 409

    def test_book_notes_what_stands_in_the_fields_first(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        send(officer, url, p1="3", p2="7")
        before = state(app)
        assert press_book(officer, url, p1="4").status_code == 303
        assert state(app) == [*before[:2], before[2] + 1], "noted, not booked"
        assert press_book(officer, url, p2="x").status_code == 422
        assert state(app)[:2] == before[:2]
        assert press_book(officer, url).status_code == 303
        assert state(app)[1] > before[1]

    def test_book_leaves_what_a_colleague_noted_meanwhile(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        position = net_line(officer.get(url).text)
        send(officer, url, **{f"p{position}": "39"})
        old = fields(officer.get(url).text)
        send(officer, url, **{f"p{position}": "38"})
        before = state(app)
        officer.post(f"{url}/buku", data=old)
        assert state(app) == before
        assert f'id="n-{position}-error"' in officer.get(url).text

    def test_a_full_sheet_is_booked_in_parts(
        self, officer: FlaskClient, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inventory.web.counts.LINES_AT_ONCE", 1)
        url = begin(officer, desk)
        position = net_line(officer.get(url).text)
        other = {"1": "2", "2": "1"}[position]
        send(officer, url, **{f"p{position}": "39", f"p{other}": "2"})
        before = state(app)
        press_book(officer, url)
        assert state(app)[:2] == [before[0] + 1, before[1] + 2]
        assert 'form="count"' not in officer.get(url).text, "closed with the last part"

    def test_pressed_twice_it_ends_on_the_sheet(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        url = begin(officer, desk)
        send(officer, url, p1="1", p2="39" if net_line(officer.get(url).text) == "2" else "1")
        page = fields(officer.get(url).text)
        officer.post(f"{url}/buku", data=page)
        before = state(app)
        answer = officer.post(f"{url}/buku", data=page)
        assert (answer.status_code, answer.location) == (303, url)
        assert state(app) == before

    def test_what_was_typed_on_a_closed_sheet_is_shown(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        page = fields(officer.get(url).text)
        officer.post(f"{url}/tutup")
        before = state(app)
        for step in ("", "/buku"):
            answer = officer.post(url + step, data={**page, "n-1": "3141"})
            assert answer.status_code == 409
            assert "<strong>3141</strong>" in answer.text
            assert 'id="typed-title"' in answer.text
        assert state(app) == before

    def test_is_kept_as_a_file_that_tells_what_was_expected_once_it_is_counted(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)

        def nets() -> list[str]:
            answer = officer.get(f"{url}/unduh.csv", buffered=True)
            (line,) = (line for line in answer.text.splitlines() if "Coir Net" in line)
            return line.split(";")[4:8]

        assert nets() == ["", "", "", "Belum dihitung"], "nobody counts towards a number"
        send(officer, url, **{f"n{net_line(officer.get(url).text)}": "38"})
        assert nets() == ["40", "38", "-2", "Dihitung, belum dibukukan"]
        assert f'href="{url}/unduh.xlsx"' in officer.get(url).text
        with app.app_context(), transaction() as session:
            stranger = make_officer(session, make_upt(session)).id
        assert browser(app, stranger).get(f"{url}/unduh.csv").status_code == 404

    def test_sheets_come_by_pages(
        self, officer: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inventory.queries.counts.PAGE_SIZE", 1)
        first, second = begin(officer, desk), begin(officer, desk)
        page = officer.get(LIST).text
        assert second in page
        assert first not in page
        assert "page=2" in page
        assert first in officer.get(f"{LIST}?page=2").text
        assert officer.get(f"{LIST}?page=x").status_code == 200

    def test_an_office_above_looks_but_does_not_count(
        self, client: FlaskClient, app: Flask, desk: Desk, officer: FlaskClient
    ) -> None:
        url = begin(officer, desk)
        sign_in(client, desk.kanwil)
        before = state(app)
        assert 'form="count"' not in client.get(url).text
        for step in ("", "/buku", "/tutup"):
            assert client.post(url + step, data={"n-1": "1"}).status_code == 403
        assert state(app) == before

    def test_closing_with_numbers_unbooked_is_refused(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk)
        send(officer, url, p1="1")
        assert officer.post(f"{url}/tutup").status_code == 409
        send(officer, url, p1="")
        assert officer.post(f"{url}/tutup").status_code == 303
        assert 'form="count"' not in officer.get(url).text

    def test_nothing_fits_or_the_upt_is_not_theirs(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        form = {"key": str(uuid4()), "upt": desk.code, "words": "nothing like it"}
        answer = officer.post(LIST, data=form)
        assert answer.status_code == 409
        assert 'id="words-error"' in answer.text
        assert officer.post(LIST, data={**form, "upt": "UPT-0"}).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count(StockCount.id))) == 0

    def test_queries_do_not_grow_with_the_lines(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        one, all_of_them = begin(officer, desk, "coir"), begin(officer, desk)
        with app.app_context():
            engine = db.engine
        counted = []
        for url in (one, all_of_them):
            with count_queries(engine) as queries:
                officer.get(url)
            counted.append(len(queries))
        assert 0 < counted[0] == counted[1]
