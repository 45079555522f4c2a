"""What staff's lists show can be kept as a file: the same rows under the same filters, nobody else's."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor
from inventory.models import (
    Category,
    Location,
    LocationStock,
    Pause,
    PermitRule,
    Product,
    Stock,
    Variant,
)
from inventory.services.counting import close_count, open_count
from inventory.services.locations import open_place
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from orders.services.taking_over import ask
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.enquiries import make_enquiry
from tests.factories.inventory import make_category, make_pause, make_permit, make_product
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.photographs import make_photograph
from tests.factories.placing import make_shop
from tests.factories.problems import make_problem
from tests.factories.reviews import make_delivered_order, make_published_review
from tests.queries import CountedQueries

LISTS = ("masalah", "ulasan", "permintaan", "izin", "orang", "stok/hitung", "stok/jeda", "stok/tempat")
EVERYTHING = "?status=all&show=all"


@dataclass(frozen=True)
class Desk:
    """Who reads, by user id; what of Garut and what of Ciamis its lists name."""

    officer: int
    directorate: int
    garut: str
    ciamis: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 10), breads=0)
        officers = [_work(session, upt, shop.net, at) for upt in (shop.garut, shop.ciamis)]
        head = make_user(session)
        make_membership(session, head, "directorate")
        return Desk(officers[0], head.id, shop.garut.name, shop.ciamis.name)


def _work(session: Session, upt: Upt, net: Variant, at: datetime) -> int:
    """Two of everything that is listed, of one UPT, one problem and sheet closed; gives an officer of it."""
    product = session.get_one(Product, net.product_id)
    people = [make_officer(session, upt, name=f"Petugas {number} {upt.code}") for number in range(2)]
    actor = actor_of(session, people[0].id, people[0].name)
    for is_first in (True, False):
        order = make_delivered_order(session, Wish(1, net.id, 1, upt.id), at=at)
        parcel = session.scalars(select(Fulfilment).where(Fulfilment.order_id == order.id)).one()
        problem, _ = make_problem(session, parcel, at=at)
        if not is_first:
            problem.state, problem.closed_at = "closed", at
        order.buyer_email = f"{order.number.lower()}@example.com"  # each buyer reviews a thing once
        make_published_review(session, order, at=at)
        make_enquiry(session, at=at, product=product, upts=(upt,), name=f"Sari {upt.code}")
        make_permit(session, upt, product, expires_on=date(2126, 5, 1) if is_first else None)
        _count(session, upt, actor, at, stays_open=is_first)
    for product_id in (product.id, None):
        make_pause(session, upt, until=date(2126, 5, 1), product_id=product_id)
    shelf = session.scalars(select(Stock).filter_by(upt_id=upt.id, variant_id=net.id)).one()
    for kind, name in (("fair", "Alun-alun"), ("gallery", "Galeri")):
        open_place(session, upt.code, kind, name, key=uuid4(), actor=actor, at=at)
    fair = session.scalars(select(Location.id).filter_by(upt_id=upt.id, kind="fair")).one()
    session.add(LocationStock(location_id=fair, stock_id=shelf.id, on_hand=3))
    return people[0].id


def _count(session: Session, upt: Upt, actor: Actor, at: datetime, *, stays_open: bool) -> None:
    key = open_count(session, upt.code, words="", key=uuid4(), actor=actor, at=at)
    if not stays_open:
        close_count(session, key, actor=actor, at=at)


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """A CSV's rows by its headings."""
    answer = client.get(address, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix(BEGINNING)), delimiter=";"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_kept_with_its_scope_in_portions(
    app: Flask, desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch, count_queries: CountedQueries
) -> None:
    address = f"/staff/{name}/unduh.csv{EVERYTHING}"
    officer, head = browser(app, desk.officer), browser(app, desk.directorate)
    mine, every = rows(officer, address), rows(head, address)
    assert len(mine) == 2
    assert desk.ciamis not in str(mine)
    assert len(every) == (9 if name == "orang" else 4), "with five of the directorate, who publish reviews"
    assert all(row in every for row in mine)
    with app.app_context():
        engine = db.engine
    with count_queries(engine) as statements:
        rows(head, address)
    assert len(statements) <= 4, statements
    monkeypatch.setattr("kernel.db._READ_AT_ONCE", 1)
    assert rows(head, address) == every, "in portions as at once"
    page = f"/staff/{name}{EVERYTHING}"
    assert f'href="/staff/{name}/unduh.xlsx' in officer.get(page).text
    assert officer.get(f"/staff/{name}/unduh.xlsx", buffered=True).status_code == 200


FILTERED: tuple[tuple[str, str, list[str]], ...] = (
    ("masalah/unduh.csv", "Status", ["Menunggu jawaban"]),
    ("masalah/unduh.csv?status=closed", "Status", ["Ditutup"]),
    ("masalah/unduh.csv?q=tidak-ada", "Status", []),
    ("permintaan/unduh.csv?kind=export", "Jenis", []),
    ("permintaan/unduh.csv?kind=question", "Jenis", ["Pertanyaan"] * 2),
    ("izin/unduh.csv?q=tidak-ada", "Nomor", []),
    ("orang/unduh.csv?q=Petugas+1", "Masuk terakhir", [""]),
    ("stok/hitung/unduh.csv?show=waiting", "UPT", []),
)


def test_the_same_filters_as_the_page(app: Flask, desk: Desk) -> None:
    officer = browser(app, desk.officer)
    for address, column, said in FILTERED:
        found = rows(officer, f"/staff/{address}")
        assert [row[column] for row in found] == said, address


def test_products_with_their_photographs(
    app: Flask, desk: Desk, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        garut = session.scalars(select(Upt).where(Upt.name == desk.garut)).one()
        for name, state in (("Anyaman", "published"), ("Sapu", "waiting"), ("Sapu Lidi", "published")):
            make_photograph(session, make_product(session, name, makers=(garut,)), at=at, state=state)
        make_product(session, "Kopi")
    monkeypatch.setattr("kernel.db._READ_AT_ONCE", 1)
    officer = browser(app, desk.officer)
    mine = [list(row.values()) for row in rows(officer, "/staff/foto/unduh.csv")]
    assert mine[0] == ["Sapu", "0", "1"], "what waits for review comes first, as on the page"
    assert mine[1:] == [
        ["Anyaman", "1", "0"],
        ["Coir Net", "0", "0"],
        ["Roti", "0", "0"],
        ["Sapu Lidi", "1", "0"],
    ]
    assert len(rows(browser(app, desk.directorate), "/staff/foto/unduh.csv")) == 6
    assert [row["Produk"] for row in rows(officer, "/staff/foto/unduh.csv?q=sapu")] == ["Sapu", "Sapu Lidi"]
    assert 'href="/staff/foto/unduh.xlsx?q=sapu"' in officer.get("/staff/foto?q=sapu").text


def test_rules_about_permits(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction() as session:
        net = session.scalars(select(Product).where(Product.name == "Coir Net")).one()
        since, kinds = date(2020, 1, 1), ["PIRT", "BPOM_MD"]
        session.add(PermitRule(category_id=net.category_id, kinds=kinds, since=since))
        ruled = session.get_one(Category, net.category_id).name_id
        other = make_category(session)
        make_product(session, category=other)
        other_name = other.name_id
    officer, head = browser(app, desk.officer), browser(app, desk.directorate)
    mine, every = (rows(each, "/staff/izin/aturan/unduh.csv") for each in (officer, head))
    assert list(mine[0].values())[0::2] == [ruled, "2020-01-01", "1"], "nobody has checked the permit yet"
    assert mine[0]["Produk"] == "1"
    assert other_name not in str(mine)
    assert other_name in str(every)
    assert 'href="/staff/izin/aturan/unduh.xlsx"' in officer.get("/staff/izin/aturan").text


def test_upts_with_their_sums(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.queries.oversight.PAGE_SIZE", 1)
    head = browser(app, desk.directorate)
    answer = "laporan masalah yang perlu dijawab"
    *each, together = rows(head, "/staff/upt/unduh.csv")
    assert {desk.garut, desk.ciamis} <= {row["UPT"] for row in each}, "all pages of the list"
    assert [row[answer] for row in each if row["UPT"] in (desk.garut, desk.ciamis)] == [
        "1",
        "1",
    ]
    assert (together["UPT"], together[answer]) == ("Jumlah seluruhnya", "2")
    found = rows(head, "/staff/upt/unduh.csv?q=ciamis")
    assert [row["UPT"] for row in found] == [desk.ciamis, "Jumlah seluruhnya"]
    assert 'href="/staff/upt/unduh.xlsx?q=ciamis"' in head.get("/staff/upt?q=ciamis").text
    assert browser(app, desk.officer).get("/staff/upt/unduh.csv").status_code == 403


def test_what_lies_at_one_place(app: Flask, desk: Desk) -> None:
    officer = browser(app, desk.officer)
    mine = rows(officer, "/staff/stok/tempat/unduh.csv")
    assert [(row["Tempat"], row["Produk"], row["Jumlah"]) for row in mine] == [
        ("Alun-alun", "Coir Net", "3"),
        ("Galeri", "", "0"),
    ]
    with app.app_context(), transaction() as session:
        fairs = select(Upt.name, Location.key).join(Upt).where(Location.kind == "fair")
        keys = {name: key for name, key in session.execute(fairs)}  # noqa: C416  a row is no pair of a dict
    address = f"/staff/stok/tempat/{keys[desk.garut]}"
    assert rows(officer, f"{address}/unduh.csv") == mine[:1]
    assert f'href="{address}/unduh.xlsx"' in officer.get(address).text
    foreign = officer.get(f"/staff/stok/tempat/{keys[desk.ciamis]}/unduh.csv")
    assert foreign.status_code == 404
    assert foreign.text == officer.get(f"/staff/stok/tempat/{uuid4()}/unduh.csv").text


def test_parcels_between_upts_from_both_sides(
    app: Flask, desk: Desk, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        upts = [
            session.scalars(select(Upt).where(Upt.name == name)).one() for name in (desk.garut, desk.ciamis)
        ]
        net = session.scalars(select(Variant).join(Product).where(Product.name == "Coir Net")).one()
        numbers = []
        session.execute(delete(Pause))
        for here, there in (upts, reversed(upts)):
            wishes = (Wish(position, net.id, position, here.id) for position in (1, 2))
            order = make_paid_order(session, *wishes, at=at)
            numbers.append(parcel_of(session, order, here).number)
            person = actor_of(session, make_officer(session, here).id, "Asep")
            ask(session, numbers[-1], there.code, {1: 1, 2: 2}, reason="too_busy", actor=person, at=at)
    monkeypatch.setattr("kernel.db._READ_AT_ONCE", 1)
    officer = browser(app, desk.officer)
    found = [list(row.values()) for row in rows(officer, "/staff/alih-paket/unduh.csv")]
    theirs, ours = found[:2], found[2:]
    assert [row[1:4] for row in theirs] == [[desk.ciamis, desk.garut, ""]] * 2, (
        "their parcel is not ours to know"
    )
    assert [row[1:4] for row in ours] == [[desk.garut, desk.ciamis, numbers[0]]] * 2
    assert [row[7] for row in ours] == ["1", "2"]
    assert len(rows(browser(app, desk.directorate), "/staff/alih-paket/unduh.csv")) == 8
    assert 'href="/staff/alih-paket/unduh.xlsx"' in officer.get("/staff/alih-paket").text
