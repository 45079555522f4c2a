"""Production batches from a spreadsheet: looked at, then all noted at once or none."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.models import AuditEntry, Upt
from inventory.models import Batch, LedgerEntry, SheetImport, Stock, Variant
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from reporting.invariants import violations
from tests.factories.accounts import make_officer, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_category, make_product, make_variant
from tests.factories.placing import make_shop
from tests.inventory.web.sent_tables import PAGE, book, sent, work
from tests.queries import CountedQueries

BATCHES = f"{PAGE}/produksi"
HEADINGS = "Kode UPT;SKU;Dibuat pada;Baik sampai;Lulus;Lolos setelah diperbaiki;Gagal;Kode produksi;Jam kerja"


@dataclass(frozen=True)
class Desk:
    """Garut with ten nets and no cakes, which are food; Ciamis next door."""

    officer: int
    neighbour: int
    garut: str
    ciamis: str
    net: str
    cake: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 5), breads=0)
        food = make_category(session, "makanan_ringan")
        cake = make_variant(session, make_product(session, "Kue", makers=(shop.garut,), category=food))
        officers = make_officer(session, shop.garut).id, make_officer(session, shop.ciamis).id
        return Desk(*officers, shop.garut.code, shop.ciamis.code, shop.net.sku, cake.sku)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


@pytest.fixture
def days() -> dict[str, str]:
    """Today and days around it, as Indonesians write them."""
    today = jakarta_day(now())
    ahead = {"last": 30, "soon": 3, "yesterday": -1, "tomorrow": 2, "past": -900}
    return {"today": f"{today:%d/%m/%Y}"} | {
        name: f"{today + timedelta(days=days):%d/%m/%Y}" for name, days in ahead.items()
    }


def table(*rows: str) -> str:
    return "\n".join([HEADINGS, *rows, ""])


def kept(app: Flask) -> tuple[int, int, int]:
    """Pieces on all shelves, lines of the ledger, batches."""
    with app.app_context():
        counts = (func.sum(Stock.on_hand), func.count(LedgerEntry.id), func.count(Batch.id))
        tables = (Stock, LedgerEntry, Batch)
        pieces, lines, batches = (
            db.session.scalar(select(each).select_from(of)) or 0
            for each, of in zip(counts, tables, strict=True)
        )
        return int(pieces), lines, batches


def test_batches_are_looked_at_then_noted_once_with_their_days(
    officer: FlaskClient, app: Flask, desk: Desk, days: dict[str, str]
) -> None:
    rows = (
        f"{desk.garut};{desk.cake};{days['yesterday']};{days['last']};20;2;1;KUE-1;8",
        f"{desk.garut};{desk.cake};{days['today']};{days['last']};1.000;;;;",
        f"{desk.garut};{desk.net};{days['today']};;5;;;;",
        f"{desk.garut};{desk.net};;;;;;;",
    )
    before = kept(app)
    address = sent(officer, table(*rows), page=BATCHES)
    page = officer.get(address).text
    assert kept(app) == before, "nothing is noted before somebody said yes"
    assert "KUE-1" in page
    assert "3 baris" in page
    for _ in range(2):
        officer.post(f"{address}/terapkan")
        work(app)
    pieces, lines, batches = before
    assert kept(app) == (pieces + 1027, lines + 3, batches + 3)
    with app.app_context():
        first = db.session.scalars(select(Batch).where(Batch.code == "KUE-1")).one()
        assert (first.passed, first.reworked, first.failed, first.remaining) == (20, 2, 1, 22)
        assert (first.hours, first.people, first.actor_user_id) == (8, None, desk.officer)
        audit = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "stock.batches")).one()
        assert (audit.before["on_hand"], audit.after["on_hand"], audit.after["rows"]) == (10, 1037, 3)
        assert violations(db.session(), at=now()) == {}
    assert "/balik" not in officer.get(address).text
    assert officer.post(f"{address}/balik").status_code == 409, "of stock alone tables are taken back"


def test_the_template_comes_back_with_real_days(officer: FlaskClient, app: Flask, desk: Desk) -> None:
    answer = officer.get(f"/en{BATCHES}/templat.xlsx", buffered=True)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    row = next(row for row in rows if desk.cake in row)
    today = jakarta_day(now())
    row[headings.index("Made on")], row[headings.index("Passed")] = today, 7
    row[headings.index("Keeps until")] = today + timedelta(days=20)
    address = sent(officer, book(headings, *rows), page=BATCHES)
    officer.post(f"{address}/terapkan")
    work(app)
    with app.app_context():
        found = db.session.execute(select(Batch.made_on, Batch.expires_on, Batch.passed)).one()
        assert tuple(found) == (today, today + timedelta(days=20), 7)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{garut};{cake};{tomorrow};{last};5;;;;", "Hari ini belum tiba"),
        ("{garut};{cake};{today};{yesterday};5;;;;", "Tanggal ini sudah lewat"),
        ("{garut};{cake};{today};;5;;;;", "Makanan memerlukan tanggal"),
        ("{garut};{cake};{past};{last};5;;;;", "terlalu lama"),
        ("{garut};{cake};31/02/2026;{last};5;;;;", "hari yang ada"),
        ("{garut};{cake};{today};{last};1,5;;;;", "bilangan bulat"),
        ("{garut};{cake};{today};{last};;;;;", "Sebutkan berapa buah"),
        ("{garut};{cake};;{last};5;;;;", "Sel ini kosong"),
        ("{garut};{cake};{today};{last};5;;;-;", "huruf dan angka"),
        ("{garut};{cake};{today};{last};5;;;A1;\n{garut};{cake};{today};{last};5;;;a1;", "kode ini"),
        ("{garut};TIDAK-ADA;{today};{last};5;;;;", "Stok ini tidak ada"),
        ("{ciamis};{net};{today};;5;;;;", "Stok ini tidak ada"),
    ],
)
def test_a_wrong_row_is_told_with_its_column_and_nothing_counts(
    officer: FlaskClient, app: Flask, desk: Desk, days: dict[str, str], row: str, said: str
) -> None:
    names = {"garut": desk.garut, "ciamis": desk.ciamis, "net": desk.net, "cake": desk.cake, **days}
    right = f"{desk.garut};{desk.net};{days['today']};;5;;;;"
    before = kept(app)
    address = sent(officer, table(row.format(**names), right), page=BATCHES)
    page = officer.get(address).text
    assert said.lower() in page.lower()
    assert officer.post(f"{address}/terapkan").status_code == 409
    work(app)
    assert kept(app) == before


def test_what_is_wrong_by_then_refuses_all_of_it(
    officer: FlaskClient, app: Flask, desk: Desk, days: dict[str, str]
) -> None:
    """A colleague notes a batch of the same code between the look and the booking."""
    rows = (
        f"{desk.garut};{desk.cake};{days['today']};{days['last']};5;;;KUE-1;",
        f"{desk.garut};{desk.net};{days['today']};;5;;;;",
    )
    address = sent(officer, table(*rows), page=BATCHES)
    officer.post(f"{address}/terapkan")
    with app.app_context(), transaction() as session:
        cake = session.scalars(select(Variant).where(Variant.sku == desk.cake)).one()
        upt = session.scalars(select(Upt).where(Upt.code == desk.garut)).one()
        last = jakarta_day(now()) + timedelta(days=30)
        make_batch(session, cake, upt, at=now(), code="KUE-1", expires_on=last)
    before = kept(app)
    work(app)
    assert kept(app) == before
    assert "kode ini" in officer.get(address).text
    with app.app_context():
        states = db.session.execute(select(SheetImport.state, SheetImport.error_count)).one()
        assert tuple(states) == ("refused", 1)


def test_nobody_elses_table_is_there(
    officer: FlaskClient, app: Flask, desk: Desk, days: dict[str, str]
) -> None:
    address = sent(officer, table(f"{desk.garut};{desk.net};{days['today']};;5;;;;"), page=BATCHES)
    sign_in(officer, desk.neighbour)
    for step in ("", "/terapkan", "/buang"):
        answer = officer.post(f"{address}{step}") if step else officer.get(address)
        assert answer.status_code == 404
    assert address not in officer.get(BATCHES).text
    with app.app_context():
        assert db.session.scalars(select(SheetImport.state)).one() == "ready"


def test_pages_ask_as_much_however_many_rows(
    officer: FlaskClient, app: Flask, desk: Desk, days: dict[str, str], count_queries: CountedQueries
) -> None:
    row = f"{desk.garut};{desk.net};{days['today']};;5;;;;"
    addresses = [sent(officer, table(*[row] * rows), page=BATCHES) for rows in (1, 30)]
    with app.app_context():
        engine = db.engine
    counts = []
    for address in (*addresses, BATCHES):
        with count_queries(engine) as statements:
            assert officer.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert max(counts) <= 7
