"""Stock from a spreadsheet: read, shown, refused beside its row, booked whole or not at all, taken back."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt, User
from accounts.queries import actor_of
from accounts.rules import system_actor
from inventory.errors import TableMoved
from inventory.events import SheetSent
from inventory.models import Batch, LedgerEntry, SheetImport, SheetImportRow, Stock, Variant
from inventory.rules import MOST_IMPORTED
from inventory.services import tables as service
from inventory.services.stock import adjust
from inventory.services.table_rows import Wrong
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from kernel.outbox import OutboxEvent
from kernel.sheets import BEGINNING
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_category, make_product, make_stock, make_variant
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from tests.inventory.web.sent_tables import PAGE, book, post, sent, work
from tests.queries import CountedQueries
from worker import tables as worker

HEADINGS = "Kode UPT;SKU;Perubahan (+/−);Alasan"


@dataclass(frozen=True)
class Desk:
    """Garut with ten nets, a mat and a cake that is food, Ciamis with five nets; who works where, by id."""

    officer: int
    colleague: int
    neighbour: int
    directorate: int
    garut: str
    ciamis: str
    net: str
    cake: str
    mat: str
    net_id: int


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 5), breads=0)
        food = make_category(session, "makanan_ringan")
        cake = make_variant(session, make_product(session, "Kue", makers=(shop.garut,), category=food))
        mat = make_variant(session, make_product(session, "Keset", makers=(shop.garut,)))
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        return Desk(
            make_officer(session, shop.garut).id,
            make_officer(session, shop.garut).id,
            make_officer(session, shop.ciamis).id,
            directorate.id,
            shop.garut.code,
            shop.ciamis.code,
            shop.net.sku,
            cake.sku,
            mat.sku,
            shop.net.id,
        )


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def table(*rows: str) -> str:
    return "\n".join([HEADINGS, *rows, ""])


def shelves(app: Flask) -> dict[tuple[str, int], int]:
    """What lies where, and how many lines the ledger has under (”“, 0)."""
    with app.app_context():
        rows = db.session.execute(select(Stock.upt_id, Stock.variant_id, Stock.on_hand)).all()
        lines = db.session.scalar(select(func.count(LedgerEntry.id))) or 0
        return {(str(upt), variant): pieces for upt, variant, pieces in rows} | {("", 0): lines}


class TestBooking:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_is_looked_at_then_booked_once(
        self, officer: FlaskClient, app: Flask, desk: Desk, form: str
    ) -> None:
        rows = [desk.garut, desk.net, "1.250", "Dibuat di sini"]
        content: bytes | str = table(";".join(rows))
        if form == "xlsx":
            content = book(HEADINGS.split(";"), [*rows[:2], 1250, rows[3]])
        before = shelves(app)
        address = sent(officer, content)
        page = officer.get(address).text
        assert shelves(app) == before, "nothing is booked before somebody said yes"
        assert "+1250" in page
        assert "<ins>1260</ins>" in page, "what will lie there"
        for _ in range(2):
            officer.post(f"{address}/terapkan")
            work(app)
        after = shelves(app)
        assert after[("", 0)] == before[("", 0)] + 1
        assert sum(after.values()) == sum(before.values()) + 1250 + 1
        with app.app_context():
            entry = db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
            assert entry is not None
            assert (entry.kind, entry.reason, entry.actor_user_id) == ("received", "made", desk.officer)
            audit = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "stock.table")).one()
            assert (audit.before["on_hand"], audit.after["on_hand"]) == (10, 1260)
            assert violations(db.session(), at=now()) == {}

    def test_the_template_comes_back_as_it_was_given(self, officer: FlaskClient, desk: Desk) -> None:
        for language in ("", "/en"):
            answer = officer.get(f"{language}{PAGE}/templat.xlsx", buffered=True)
            workbook = openpyxl.load_workbook(io.BytesIO(answer.data))
            sheet = workbook.worksheets[0]
            headings = [cell.value for cell in sheet[1]]
            row = next(row for row in sheet.iter_rows(min_row=2) if desk.net in [cell.value for cell in row])
            row[len(headings) - 2].value, row[len(headings) - 1].value = (
                -3,
                "Damaged" if language else "Rusak",
            )
            content = io.BytesIO()
            workbook.save(content)
            page = officer.get(sent(officer, content.getvalue())).text
            assert "−3" in page
            assert "/terapkan" in page

    def test_many_portions_are_booked_by_few_statements(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        with app.app_context(), transaction() as session:
            upt_id = session.scalars(select(Stock.upt_id).where(Stock.on_hand == 10)).one()
            product = make_product(session, "Kancing", makers=())
            upt = session.get_one(Upt, upt_id)
            for number in range(300):
                make_stock(
                    session, make_variant(session, product, sku=f"K-{number}", name=f"{number}"), upt, 5
                )
            engine = db.engine
        rows = [f"{desk.garut};K-{number};-1;rusak" for number in range(300)]
        with count_queries(engine) as statements:
            address = sent(officer, table(*rows))
            officer.post(f"{address}/terapkan")
            work(app)
        assert len(statements) < 70, len(statements)
        with app.app_context():
            taken = select(func.count()).where(Stock.on_hand == 4)
            assert db.session.scalar(taken) == 300

    def test_pieces_leave_their_batches(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            stock = session.scalars(select(Stock).where(Stock.on_hand == 10)).one()
            adjust(session, stock.id, -10, reason="lost", actor=system_actor("uji"), at=at)
            make_batch(
                session,
                session.get_one(Variant, stock.variant_id),
                session.get_one(Upt, stock.upt_id),
                at=at,
                code="JULI-1",
                expires_on=date(2027, 1, 31),
            )
        address = sent(officer, table(f"{desk.garut};{desk.net};-4;rusak"))
        officer.post(f"{address}/terapkan")
        work(app)
        with app.app_context():
            assert db.session.scalars(select(Batch.remaining)).one() == 0
            assert violations(db.session(), at=now()) == {}


class TestTakingBack:
    def test_a_colleague_takes_it_back_by_a_table_that_is_looked_at_too(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        before = shelves(app)
        address = sent(
            officer, table(f"{desk.garut};{desk.net};5;sample", f"{desk.garut};{desk.mat};3;bought")
        )
        officer.post(f"{address}/terapkan")
        work(app)
        sign_in(officer, desk.colleague)
        counter = str(officer.post(f"{address}/balik").location)
        assert officer.post(f"{address}/balik").status_code == 409, "once"
        assert "−5" in officer.get(counter).text
        officer.post(f"{counter}/terapkan")
        work(app)
        after = shelves(app)
        assert after.pop(("", 0)) == before.pop(("", 0)) + 4
        assert {each for each in after.items() if each[1]} == set(before.items())
        assert officer.post(f"{counter}/balik").status_code == 409

    def test_the_pieces_go_back_the_way_they_came(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        """Ten nets lie loose beside two batches of four; another correction comes between."""
        with app.app_context(), transaction() as session:
            upt_id = session.scalars(select(Stock.upt_id).where(Stock.on_hand == 10)).one()
            for code, last in (("LAMA", date(2026, 12, 31)), ("BARU", date(2027, 12, 31))):
                net, upt = session.get_one(Variant, desk.net_id), session.get_one(Upt, upt_id)
                make_batch(session, net, upt, at=at, code=code, expires_on=last)

        def remaining() -> list[int]:
            with app.app_context():
                assert violations(db.session(), at=now()) == {}
                return list(db.session.scalars(select(Batch.remaining).order_by(Batch.id)))

        def booked(change: int, reason: str = "sample") -> str:
            return confirmed(sent(officer, table(f"{desk.garut};{desk.net};{change};{reason}")))

        def confirmed(address: str) -> str:
            officer.post(f"{address}/terapkan")
            work(app)
            return address

        def taken_back(address: str) -> None:
            confirmed(str(officer.post(f"{address}/balik").location))

        loose = booked(5)
        received = booked(7, "bought")
        assert remaining() == [4, 4]
        taken_back(loose)
        taken_back(received)
        assert remaining() == [4, 4], "loose ones came, loose ones left"
        early = booked(-4)
        late = booked(-2)
        assert remaining() == [0, 2]
        taken_back(late)
        assert remaining() == [0, 4], "back where it was taken, not where the first to expire are missing"
        back = booked(3)
        assert remaining() == [3, 4]
        taken_back(early)
        assert remaining() == [4, 4], "what has come back already stays loose"
        taken_back(back)
        assert remaining() == [1, 4], "what it put into a batch leaves that batch"
        surplus = booked(5)
        assert remaining() == [4, 4]
        booked(-17)
        assert remaining() == [0, 0]
        booked(3)
        assert remaining() == [3, 0]
        taken_back(surplus)
        assert remaining() == [0, 0]

    def test_says_what_to_do_without_a_file(self, officer: FlaskClient, desk: Desk) -> None:
        """Of a table that takes another back nobody has a file to put right."""
        address = sent(officer, table(f"{desk.garut};{desk.mat};3;bought"))
        officer.post(f"{address}/terapkan")
        work(officer.application)
        gone = sent(officer, table(f"{desk.garut};{desk.mat};-2;rusak"))
        officer.post(f"{gone}/terapkan")
        work(officer.application)
        counter = str(officer.post(f"{address}/balik").location)
        officer.post(f"{counter}/terapkan")
        work(officer.application)
        page = officer.get(counter).text
        assert "tidak dapat ditarik kembali" in page
        assert "kirim lagi" not in page

    def test_not_when_the_pieces_are_gone(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.mat};3;bought"))
        officer.post(f"{address}/terapkan")
        work(app)
        gone = sent(officer, table(f"{desk.garut};{desk.mat};-2;rusak"))
        officer.post(f"{gone}/terapkan")
        work(app)
        before = shelves(app)
        counter = str(officer.post(f"{address}/balik").location)
        officer.post(f"{counter}/terapkan")
        work(app)
        page = officer.get(counter).text
        assert "Tidak ada yang dibukukan" in page
        assert shelves(app) == before


class TestRefusals:
    def test_a_change_of_nought_is_none(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        rows = (f"{desk.garut};{desk.net};0;", f"{desk.garut};{desk.mat};4;bought")
        page = officer.get(sent(officer, table(*rows))).text
        assert "/terapkan" in page
        assert desk.net not in page
        assert "berisi 0" in officer.get(sent(officer, table(rows[0]))).text

    def test_all_rows_that_take_too_much_are_noted_by_one_statement(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        with app.app_context(), transaction() as session:
            upt = session.get_one(Upt, session.scalars(select(Stock.upt_id).where(Stock.on_hand == 10)).one())
            product = make_product(session, "Kancing", makers=())
            for number in range(30):
                make_stock(
                    session, make_variant(session, product, sku=f"K-{number}", name=str(number)), upt, 5
                )
            engine = db.engine
        address = sent(officer, table(*(f"{desk.garut};K-{number};-4;rusak" for number in range(30))))
        officer.post(f"{address}/terapkan")
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).where(Stock.on_hand == 5).values(reserved=Stock.id % 2 + 2))
        with count_queries(engine) as statements:
            work(app)
        assert len(statements) < 25, len(statements)
        with app.app_context():
            assert db.session.scalars(select(SheetImport.error_count)).one() == 30
            rows = db.session.scalars(select(SheetImportRow.errors)).all()
            assert {row[0][2]["available"] for row in rows} == {2, 3}
            assert {tuple(row[0][:2]) for row in rows} == {("delta", "stock_too_low")}

    def test_a_sender_has_three_tables_read_at_once(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        content = table(f"{desk.garut};{desk.net};5;rusak")
        waiting = [str(post(officer, content).location) for _ in range(3)]
        with app.app_context():
            lying = len(list(files().list("tables")))
        answer = post(officer, content)
        assert answer.status_code == 409
        assert 'id="file-error"' in answer.text
        with app.app_context():
            assert db.session.scalar(select(func.count(SheetImport.id))) == 3
            assert len(list(files().list("tables"))) == lying
        assert officer.post(f"{waiting[0]}/buang").status_code == 303
        assert post(officer, content).status_code == 303

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("{garut};{net};1,5;rusak", "bilangan bulat"),
            ("{garut};{net};-11;rusak", "Hanya 10 yang dapat dikurangi"),
            ("{garut};{net};-6;Hasil hitung ulang", "orang kedua"),  # Rp540.000
            ("{garut};{net};100001;rusak", "bilangan bulat"),
            ("{garut};{net};=1+1;rusak", "bilangan bulat"),
            ("{garut};{net};5;entah", "Pilih alasan"),
            ("{garut};{net};-5;Dibuat di sini", "alasan lain"),
            ("{garut};{cake};5;Dibuat di sini", "kedaluwarsanya"),
            ("{garut};{cake};5;Dibeli", "kedaluwarsanya"),
            ("{garut};TIDAK-ADA;5;rusak", "Stok ini tidak ada"),
            ("{ciamis};{net};5;rusak", "Stok ini tidak ada"),
            ("{garut};;5;rusak", "kosong"),
            ("{garut};{net};1;rusak\n{garut};{net};2;rusak", "baris 2"),
        ],
    )
    def test_a_wrong_row_is_told_with_its_column_and_nothing_counts(
        self, officer: FlaskClient, app: Flask, desk: Desk, row: str, said: str
    ) -> None:
        names = {"garut": desk.garut, "ciamis": desk.ciamis, "net": desk.net, "cake": desk.cake}
        before = shelves(app)
        address = sent(officer, table(row.format(**names)))
        page = officer.get(address).text
        assert said.lower() in page.lower()
        assert "/terapkan" not in page
        assert officer.post(f"{address}/terapkan").status_code == 409
        work(app)
        assert shelves(app) == before

    @pytest.mark.parametrize(
        ("reason", "change", "price", "is_refused"),
        [
            *(
                ("Hasil hitung ulang", 21, 100, True),
                ("Hasil hitung ulang", -8, 90_000, True),
                ("Tidak ditemukan", 21, None, True),
            ),
            *(("Hasil hitung ulang", 20, 25_000, False), ("Rusak", 21, 90_000, False)),
        ],
    )
    def test_a_large_count_is_left_to_the_sheet_where_two_people_answer_for_it(
        self,
        officer: FlaskClient,
        app: Flask,
        desk: Desk,
        reason: str,
        change: int,
        price: int | None,
        is_refused: bool,
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Variant).where(Variant.id == desk.net_id).values(price=price))
        before = shelves(app)
        address = sent(officer, table(f"{desk.garut};{desk.net};{change};{reason}"))
        page = officer.get(address).text
        assert ("Hitung isi rak" in page) == is_refused
        assert ('href="/staff/stok/hitung"' in page) == is_refused
        assert (officer.post(f"{address}/terapkan").status_code == 409) == is_refused
        work(app)
        assert (shelves(app) == before) == is_refused

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"\x89PNG\r\n\x1a\n\0\0\0", "XLSX"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "XLSX"),
            (b"Nama;Jumlah\nJaring;5\n", "Kolom"),
            (b"SKU;SKU;Perubahan;Alasan\n", "dua kali"),
            (HEADINGS.encode() + b"\n", "kosong"),
            (HEADINGS.encode() + b'\nX;"Y;1;rusak', "terputus"),
            (HEADINGS.encode() + b"\nX;Y;1;rusak\nX;Z", "terputus"),
            (b"   \n", "kosong"),
        ],
    )
    def test_a_wrong_file_says_what_it_is(
        self, officer: FlaskClient, app: Flask, desk: Desk, content: bytes, said: str
    ) -> None:
        before = shelves(app)
        page = officer.get(sent(officer, content)).text
        assert said in page
        assert shelves(app) == before
        with app.app_context():
            assert db.session.scalar(select(func.count(SheetImportRow.id))) == 0
            assert db.session.scalars(select(SheetImport.state)).one() == "refused"

    def test_half_a_workbook_a_bomb_and_another_archive(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        whole = book(HEADINGS.split(";"), [desk.garut, desk.net, 5, "rusak"])
        bomb, other = io.BytesIO(), io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b" " * 70_000_000)
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr("surat.txt", "halo")
        before = shelves(app)
        for content, said in (
            (whole[: len(whole) // 2], "terputus"),
            (bomb.getvalue(), "jauh lebih banyak"),
            (other.getvalue(), "XLSX"),
        ):
            assert said in officer.get(sent(officer, content)).text
        assert shelves(app) == before

    def test_a_workbook_of_two_distant_cells_does_no_harm(self, officer: FlaskClient, app: Flask) -> None:
        content = io.BytesIO()
        with xlsxwriter.Workbook(content) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write(0, 0, "SKU")
            sheet.write(200_000, 16_383, "jauh")
        assert "Kolom" in officer.get(sent(officer, content.getvalue())).text

    def test_one_row_too_many(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        rows = (f"{desk.garut};X-{number};;" for number in range(MOST_IMPORTED + 1))
        page = officer.get(sent(officer, table(*rows))).text
        assert "50000" in page
        assert "/terapkan" not in page

    def test_a_heavy_file_and_none_are_told_beside_the_field(self, officer: FlaskClient, app: Flask) -> None:
        for answer, status in ((post(officer, b"x" * 6_000_000), 413), (officer.post(PAGE), 422)):
            assert answer.status_code == status
            assert 'id="file-error"' in answer.text
        with app.app_context():
            assert db.session.scalar(select(func.count(SheetImport.id))) == 0

    def test_a_table_sent_twice_is_one(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        key = re.search(r'name="key"[^>]* value="([^"]+)"', officer.get(PAGE).text)
        assert key is not None
        content = table(f"{desk.garut};{desk.net};5;rusak")
        with app.app_context():
            kept = len(list(files().list("tables")))
        first, second = (post(officer, content, key=key[1]) for _ in range(2))
        assert (first.status_code, first.location) == (second.status_code, second.location)
        sign_in(officer, desk.neighbour)
        assert post(officer, content, key=key[1]).status_code == 404
        assert post(officer, content, key="x").status_code == 422
        with app.app_context():
            assert db.session.scalars(select(SheetImport.user_id)).all() == [desk.officer]
            assert len(list(files().list("tables"))) == kept + 1

    @pytest.mark.parametrize(("what", "is_said"), [("a sale", True), ("shut out", False)])
    def test_what_changes_between_the_look_and_the_booking_refuses_all_of_it(
        self, officer: FlaskClient, app: Flask, desk: Desk, what: str, is_said: bool
    ) -> None:
        address = sent(
            officer, table(f"{desk.garut};{desk.net};-8;rusak", f"{desk.garut};{desk.mat};2;bought")
        )
        officer.post(f"{address}/terapkan")
        with app.app_context(), transaction() as session:
            if what == "a sale":
                session.execute(update(Stock).where(Stock.on_hand == 10).values(reserved=5))
            else:
                shut = {"is_active": False, "shut_out_by": "operator"}
                session.execute(update(User).where(User.id == desk.officer).values(shut))
        before = shelves(app)
        work(app)
        after = shelves(app)
        assert {each for each in after.items() if each[1]} == {each for each in before.items() if each[1]}
        with app.app_context():
            assert db.session.scalars(select(SheetImport.state)).one() == "refused"
        sign_in(officer, desk.colleague)
        assert ("Tidak ada yang dibukukan" in officer.get(address).text) == is_said

    def test_nobody_elses_table_is_there(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        for user_id, status in ((desk.neighbour, 404), (desk.directorate, 403)):
            sign_in(officer, user_id)
            assert officer.get(address).status_code == status
            for step in ("terapkan", "buang", "balik"):
                assert officer.post(f"{address}/{step}").status_code == status
        with app.app_context():
            assert db.session.scalars(select(SheetImport.state)).one() == "ready"

    def test_who_stands_in_leaves_tables_to_the_upt(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        booked = sent(officer, table(f"{desk.garut};{desk.mat};2;bought"))
        officer.post(f"{booked}/terapkan")
        work(app)
        ready = sent(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        assert PAGE in officer.get("/staff/stok").text
        sign_in(officer, desk.directorate)
        why = {"reason": "Petugas sedang sakit."}
        assert officer.post(f"/staff/upt/{desk.garut}/gantikan", data=why).status_code == 303
        before = shelves(app)
        with app.app_context():
            kept = set(files().list("tables"))
        answers = [
            post(officer, table(f"{desk.garut};{desk.net};5;rusak")),
            officer.post(f"{ready}/terapkan"),
            officer.post(f"{booked}/balik"),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert all("petugas UPT itu sendiri" in answer.text for answer in answers)
        work(app)
        assert shelves(app) == before
        with app.app_context():
            states = select(SheetImport.state).order_by(SheetImport.id)
            assert db.session.scalars(states).all() == ["applied", "ready"]
            assert set(files().list("tables")) == kept
        assert f'href="{PAGE}"' not in officer.get("/staff/stok").text
        assert "petugas UPT itu sendiri" in officer.get(PAGE).text
        assert "multipart" not in officer.get(PAGE).text
        assert "/terapkan" not in officer.get(ready).text
        assert "/balik" not in officer.get(booked).text

    def test_put_aside(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        assert officer.post(f"{address}/buang").status_code == 303
        assert officer.post(f"{address}/terapkan").status_code == 409
        assert "/terapkan" not in officer.get(address).text


class TestPutAsideAtWork:
    """A table whose delivery was given up would be "being read" or "being booked" for ever."""

    def test_one_that_is_being_read(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        address = str(post(officer, table(f"{desk.garut};{desk.net};5;rusak")).location)
        with app.app_context():
            event = SheetSent(db.session.scalars(select(SheetImport.id)).one())
            db.session.rollback()
            with transaction() as session:
                reading = worker.ask_read(session, event)
            assert reading is not None
        assert f"{address}/buang" in officer.get(address).text
        assert officer.post(f"{address}/buang").status_code == 303
        with app.app_context():
            read = worker.read_table(FakeProvider(), reading)
            with transaction() as session:
                worker.apply_read(session, event, read, at=now())
                assert worker.ask_read(session, event) is None
            assert db.session.scalars(select(SheetImport.state)).one() == "discarded"
            assert db.session.scalar(select(func.count(SheetImportRow.id))) == 0
            forgotten = select(OutboxEvent.payload).where(OutboxEvent.name == "FilesToForget")
            assert db.session.scalars(forgotten).one()["keys"] == [reading.file_key]

    def test_one_that_is_being_booked_is_booked_no_more(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        officer.post(f"{address}/terapkan")
        before = shelves(app)
        assert f"{address}/buang" in officer.get(address).text
        assert officer.post(f"{address}/buang").status_code == 303
        work(app)
        assert shelves(app) == before

    @pytest.mark.parametrize("is_short", [False, True])
    def test_in_the_midst_of_the_booking_nothing_of_it_counts(
        self, officer: FlaskClient, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, is_short: bool
    ) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.net};-5;rusak"))
        officer.post(f"{address}/terapkan")
        before = shelves(app)
        with app.app_context():
            import_id, key = db.session.execute(select(SheetImport.id, SheetImport.key)).one()
            db.session.rollback()

            def put_aside(*_: object) -> None:
                with Session(db.engine) as session:
                    service.discard_table(
                        session, key, actor=actor_of(session, desk.colleague, "rekan"), at=now()
                    )
                    session.commit()

            def hold(*_: object, **__: object) -> Sequence[Wrong]:
                put_aside()
                return [(2, [("delta", "stock_too_low", {"available": 1})])]

            if is_short:
                monkeypatch.setitem(service.KINDS, "stock", replace(service.KINDS["stock"], hold=hold))
            with pytest.raises(TableMoved), transaction() as session:
                service.apply_table(session, import_id, at=now(), tell=put_aside)
        assert shelves(app) == before
        with app.app_context():
            assert db.session.scalars(select(SheetImport.state)).one() == "discarded"


class TestWorker:
    def test_a_table_that_is_read_again_has_its_rows_once(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        """As after a kill in the midst of it: what was read of it is forgotten first."""
        post(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        with app.app_context():
            event = SheetSent(db.session.scalars(select(SheetImport.id)).one())
            db.session.rollback()
            with transaction() as session:
                reading = worker.ask_read(session, event)
            assert reading is not None
            for _ in range(2):
                read = worker.read_table(FakeProvider(), reading)
            with transaction() as session:
                worker.apply_read(session, event, read, at=now())
            assert db.session.scalar(select(func.count(SheetImportRow.id))) == 1
            assert db.session.scalars(
                select(OutboxEvent.payload).where(OutboxEvent.name == "FilesToForget")
            ).one()

    def test_pages_ask_as_much_however_many_rows(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        address = sent(officer, table(f"{desk.garut};{desk.net};5;rusak"))
        more = sent(officer, table(f"{desk.garut};{desk.net};5;rusak", f"{desk.garut};{desk.mat};5;rusak"))
        with app.app_context():
            engine = db.engine
        counts = []
        for page in (address, more, PAGE):
            with count_queries(engine) as statements:
                assert officer.get(page).status_code == 200
            counts.append(len(statements))
        assert counts[0] == counts[1]
        assert max(counts) <= 7

    def test_while_it_is_read_the_page_looks_again_by_itself(self, officer: FlaskClient, desk: Desk) -> None:
        address = str(post(officer, table(f"{desk.garut};{desk.net};5;rusak")).location)
        answer = officer.get(address)
        assert answer.headers["Refresh"] == "3"
        assert 'role="status"' in answer.text


@pytest.mark.processes
class TestFiles:
    """What the pages of tables list, to keep."""

    def told(self, client: FlaskClient, address: str) -> list[dict[str, str]]:
        answer = client.get(f"/en{address}", buffered=True)
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix(BEGINNING)), delimiter=";"))

    def test_wrong_rows_with_their_column_and_right_ones_with_what_they_change(
        self, officer: FlaskClient, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inventory.queries.imported._EXPORTED_AT_ONCE", 1)
        wrong = sent(officer, table(f"{desk.garut};{desk.net};=1+1;rusak", f"{desk.garut};=X;2;rusak"))
        assert f'href="{wrong}/unduh.xlsx"' in officer.get(wrong).text
        first, second = self.told(officer, f"{wrong}/unduh.csv")
        assert (first["Row"], first["Column"], first["What is written"]) == ("2", "Change (+/−)", "'=1+1")
        assert (second["Row"], second["Column"], second["What is written"]) == ("3", "SKU", "'=X")
        assert "" not in (first["What is wrong"], second["What is wrong"])
        right = sent(officer, table(f"{desk.garut};{desk.net};-3;rusak"))
        found = self.told(officer, f"{right}/unduh.csv")
        assert [(row["Column"], row["Before"], row["After"]) for row in found[:2]] == [
            ("Change (+/−)", "", "−3"),
            ("On the shelf", "10", "7"),
        ]
        assert officer.get(f"{right}/unduh.xlsx", buffered=True).status_code == 200
        for stranger in (desk.neighbour, desk.directorate):
            sign_in(officer, stranger)
            assert officer.get(f"{right}/unduh.csv").status_code in (403, 404)

    def test_tables_that_were_sent_before(
        self, officer: FlaskClient, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for row in (f"{desk.garut};{desk.net};1;Dibuat di sini", "X;Y;1;rusak"):
            sent(officer, table(row))
        monkeypatch.setattr("inventory.queries.imported.MOST_TABLES", 1)
        monkeypatch.setattr("kernel.db._READ_AT_ONCE", 1)
        found = self.told(officer, f"{PAGE}/terkirim.csv")
        assert [(row["File"], row["State"], row["Wrong rows"]) for row in found] == [
            ("stok.csv", "Refused", "1"),
            ("stok.csv", "To be looked at", "0"),
        ]
        assert self.told(officer, f"{PAGE}/produksi/terkirim.csv") == []
        assert f'href="{PAGE}/terkirim.xlsx"' in officer.get(PAGE).text
        sign_in(officer, desk.neighbour)
        assert self.told(officer, f"{PAGE}/terkirim.csv") == []


def test_f10_a_worker_killed_in_the_midst_books_nothing_and_the_next_one_all(
    officer: FlaskClient, app: Flask, desk: Desk
) -> None:
    address = sent(officer, table(f"{desk.garut};{desk.net};-2;rusak", f"{desk.garut};{desk.mat};3;bought"))
    officer.post(f"{address}/terapkan")
    before = shelves(app)
    with app.app_context():
        import_id = db.session.scalars(select(SheetImport.id)).one()
        url = app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.faults.booking_table", url, str(import_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n", "one row is moved, in a transaction that is open"
        process.kill()
    assert shelves(app) == before
    work(app)
    with app.app_context():
        assert db.session.scalars(select(SheetImport.state)).one() == "applied"
        assert violations(db.session(), at=now()) == {}
    assert shelves(app)[("", 0)] == before[("", 0)] + 2
