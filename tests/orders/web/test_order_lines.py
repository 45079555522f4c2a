"""Orders as a file, a row for each line: the goods and the money of the parcels that the list shows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.queries import actor_of
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from orders.models import OrderLine
from orders.rules.allocation import Wish
from orders.services.fulfilling import cannot_supply
from orders.services.taking_over import accept, ask
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

ADDRESS = "/staff/paket/rincian"
ALL = f"{ADDRESS}.csv?status=all&sort=oldest"


@dataclass(frozen=True)
class Desk:
    """Who reads, by user id; a parcel of nets and breads of which Ciamis took over some, and another."""

    officer: int
    neighbour: int
    directorate: int
    numbers: tuple[str, str, str]
    order: str
    variant_id: int
    upt_id: int


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(60, 50), breads=9)
        garut, ciamis = (make_officer(session, upt) for upt in (shop.garut, shop.ciamis))
        asep, sari = (actor_of(session, each.id, each.name) for each in (garut, ciamis))
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        nets, breads = (Wish(1, shop.net.id, 3, shop.garut.id), Wish(2, shop.bread.id, 2, shop.garut.id))
        order = make_paid_order(session, nets, breads, at=at)
        first = parcel_of(session, order, shop.garut).number
        cannot_supply(session, first, {2: 1}, seen_cancelled=0, reason="damaged", actor=asep, at=at)
        key = ask(session, first, shop.ciamis.code, {1: 1}, reason="too_busy", actor=asep, at=at)
        second = accept(session, key, actor=sari, at=at)
        other = make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
        numbers = (first, second, parcel_of(session, other, shop.garut).number)
        people = (garut.id, ciamis.id, directorate.id)
        return Desk(*people, numbers, order.number, shop.net.id, shop.garut.id)


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(f"/en{address}", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix(BEGINNING)), delimiter=";"))


def figures(row: dict[str, str]) -> list[str]:
    names = ("Pieces", "Cancelled", "With another UPT", "Price (rupiah)", "Total (rupiah)")
    return [row[name] for name in names]


def test_an_order_can_be_reckoned_from_its_rows(app: Flask, desk: Desk) -> None:
    mine = rows(browser(app, desk.officer), ALL)
    assert [row["Parcel"] for row in mine] == [desk.numbers[0], desk.numbers[0], desk.numbers[2]]
    nets, breads, _ = mine
    assert (nets["Order"], nets["Product"], breads["Product"]) == (desk.order, "Coir Net", "Roti")
    assert figures(nets) == ["3", "0", "1", "90000", "180000"]
    assert figures(breads) == ["2", "1", "0", "15000", "15000"]
    assert int(nets["Shipping of the parcel (rupiah)"]) > 0
    assert breads["Shipping of the parcel (rupiah)"] == "", "once a parcel: a column can be added up"
    (theirs,) = rows(browser(app, desk.neighbour), ALL)
    assert (theirs["Parcel"], theirs["State"], *figures(theirs)) == (
        *(desk.numbers[1], "Accepted"),
        *("1", "0", "0", "90000", "90000"),
    )
    assert theirs["Shipping of the parcel (rupiah)"] == "0", "it stays where it was charged"


def test_a_cancelled_parcel_tells_what_of_its_shipping_went_back(
    app: Flask, desk: Desk, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        asep = actor_of(session, desk.officer, "Asep")
        cannot_supply(session, desk.numbers[2], {1: 1}, seen_cancelled=0, reason="damaged", actor=asep, at=at)
    (row,) = rows(browser(app, desk.officer), f"{ADDRESS}.csv?status=cancelled")
    assert (row["State"], row["Total (rupiah)"]) == ("Cancelled", "0")
    assert row["Shipping given back (rupiah)"] == row["Shipping of the parcel (rupiah)"] != "0"


def test_the_lists_filters_and_scope_in_portions(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, count_queries: CountedQueries
) -> None:
    officer, head = browser(app, desk.officer), browser(app, desk.directorate)
    assert {row["Parcel"] for row in rows(officer, f"{ADDRESS}.csv?status=new")} == {*desk.numbers[::2]}
    assert rows(officer, f"{ADDRESS}.csv?status=shipped") == []
    assert rows(officer, f"{ADDRESS}.csv?q={desk.numbers[1]}") == []
    every = rows(head, ALL)
    assert len(every) == 4
    page = officer.get("/staff/paket?status=new&courier=JNE").text
    assert 'href="/staff/paket/rincian.xlsx?courier=JNE&amp;status=new&amp;sort=urgent"' in page
    with app.app_context():
        engine = db.engine
    with count_queries(engine) as statements:
        rows(head, ALL)
    assert len(statements) <= 5, statements
    monkeypatch.setattr("orders.queries.parcels._EXPORTED_AT_ONCE", 1)
    assert rows(head, ALL) == every


def test_what_a_buyer_wrote_stays_a_text_in_both(app: Flask, desk: Desk, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        evil = Wish(1, desk.variant_id, 1, desk.upt_id)
        order = make_paid_order(session, evil, at=at)
        number = order.number
        bought = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        bought.own_text = "=HYPERLINK(1)"
    officer = browser(app, desk.officer)
    (row,) = (each for each in rows(officer, ALL) if each["Order"] == number)
    assert row["Own text"] == "'=HYPERLINK(1)"
    answer = officer.get(ALL.replace(".csv", ".xlsx"), buffered=True)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value == "=HYPERLINK(1)"]
    assert [cell.data_type for cell in cells] == ["s"]
