"""Lists as files for spreadsheets: the same rows as the page, nobody else's, nothing a program would run."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from inventory.models import Category
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from orders.rules.allocation import Wish
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_product, make_stock, make_variant
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

FORMULA = '=HYPERLINK("http://jahat.example";"Klik")'


@dataclass(frozen=True)
class Desk:
    """Who reads, by user id: Garut with nets and bread, the nation."""

    officer: int
    directorate: int


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 5), breads=3)
        odd = make_variant(session, make_product(session, FORMULA, makers=(shop.garut,)), sku="ANEH-1")
        make_stock(session, odd, shop.garut, 0)
        make_batch(session, shop.net, shop.garut, at=at, code="JULI-1", expires_on=date(2027, 1, 31))
        make_paid_order(session, Wish(1, shop.net.id, 2, shop.garut.id), at=at)
        make_paid_order(session, Wish(1, shop.net.id, 1, shop.ciamis.id), at=at)
        office = make_user(session)
        make_membership(session, office, "directorate")
        return Desk(make_officer(session, shop.garut).id, office.id)


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """A CSV's rows by its headings."""
    answer = client.get(address, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    assert answer.text.startswith(BEGINNING)
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix(BEGINNING)), delimiter=";"))


def book(client: FlaskClient, address: str) -> list[tuple[object, ...]]:
    """An XLSX's rows, the headings first."""
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


class TestShelves:
    def test_holds_what_the_list_shows(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        every = rows(client, "/staff/stok/unduh.csv")
        assert [(row["SKU"], row["Di rak"]) for row in every if row["SKU"] == "ANEH-1"] == [("ANEH-1", "0")]
        assert {row["SKU"] for row in rows(client, "/staff/stok/unduh.csv?show=empty")} == {"ANEH-1"}
        assert rows(client, "/staff/stok/unduh.csv?q=tidak-ada") == []
        sign_in(client, desk.directorate)
        assert len(rows(client, "/staff/stok/unduh.csv")) > len(every)

    def test_a_formula_stays_a_text_in_both(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        (row,) = rows(client, "/staff/stok/unduh.csv?show=empty")
        assert row["Produk"] == f"'{FORMULA}"
        answer = client.get("/staff/stok/unduh.xlsx?show=empty", buffered=True)
        cells = [
            cell for row in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0] for cell in row
        ]
        assert FORMULA in [cell.value for cell in cells]
        assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula"

    def test_is_read_in_portions_by_few_queries(
        self,
        client: FlaskClient,
        app: Flask,
        desk: Desk,
        count_queries: CountedQueries,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("kernel.db._READ_AT_ONCE", 2)
        sign_in(client, desk.directorate)
        whole = book(client, "/staff/stok/unduh.xlsx")
        monkeypatch.undo()
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            assert book(client, "/staff/stok/unduh.xlsx") == whole
        assert len(statements) <= 4, statements


class TestBatchesAndPrices:
    def test_batches_with_their_days(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        batches = rows(client, "/staff/stok/produksi/unduh.csv")
        (row,) = [row for row in batches if row["Kode produksi"] == "JULI-1"]
        assert (row["Baik sampai"], row["Lulus"]) == ("2027-01-31", "4")
        headings, *lines = book(client, "/staff/stok/produksi/unduh.xlsx")
        keeps = lines[0][headings.index("Baik sampai")]
        assert isinstance(keeps, datetime)
        assert keeps.date() == date(2027, 1, 31)

    def test_prices_as_numbers(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        headings, *lines = book(client, "/staff/stok/harga/unduh.xlsx?q=aneh")
        assert dict(zip(headings, lines[0], strict=True))["Harga (rupiah)"] == 25_000

    @pytest.mark.parametrize("table", ["stok/harga", "produk"])
    def test_a_category_is_told_in_the_readers_language(
        self, client: FlaskClient, app: Flask, desk: Desk, table: str
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Category).values(name_id="Roti", name_en="Bread"))
        sign_in(client, desk.officer)
        for prefix, heading, said in (("", "Kategori", "Roti"), ("/en", "Category", "Bread")):
            found = rows(client, f"{prefix}/staff/{table}/unduh.csv")
            assert {row[heading] for row in found} == {said}


class TestParcels:
    def test_the_same_narrowing_and_scope_as_the_list(
        self, client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(client, desk.officer)
        assert len(rows(client, "/staff/paket/unduh.csv")) == 1
        assert rows(client, "/staff/paket/unduh.csv?status=shipped") == []
        sign_in(client, desk.directorate)
        both = rows(client, "/staff/paket/unduh.csv?status=new")
        assert len(both) == 2
        monkeypatch.setattr("orders.queries.parcels._EXPORTED_AT_ONCE", 1)
        assert rows(client, "/staff/paket/unduh.csv?status=new") == both


class TestLength:
    def test_a_workbook_has_an_end_and_a_csv_has_none(
        self, client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kernel.sheets.MOST_LINES", 1)
        sign_in(client, desk.officer)
        refused = client.get("/staff/stok/unduh.xlsx")
        assert refused.status_code == 422
        assert "CSV" in refused.text
        assert len(rows(client, "/staff/stok/unduh.csv")) > 1
