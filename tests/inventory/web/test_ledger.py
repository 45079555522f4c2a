"""The stock ledger for officers: whose lines are told, what the filters leave, and the file of them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import system_actor
from inventory.models import Stock, Variant
from inventory.queries.ledger import LEDGER_PAGE_SIZE, LedgerWish, ledger_rows
from inventory.services.locations import open_place
from inventory.services.stock import Piece, adjust, issue, receive, reserve
from inventory.services.transferring import begin_transfer, receive_transfer, send_transfer
from kernel.clock import now
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from orders.models import FulfilmentLine
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from orders.services.packing import add_carton, hand_over_carton
from orders.services.taking_over import accept as accept_takeover
from orders.services.taking_over import ask
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_kanwil, make_product, make_upt, make_variant
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

PAGE, FILE = "/staff/stok/buku", "/staff/stok/buku/unduh.csv"
KEEPER = system_actor("kenari")


@dataclass(frozen=True)
class Desk:
    """Who reads, by user id; Garut has nets and bread, Ciamis of the same Kanwil nets, Lahat coffee."""

    officer: int
    kanwil: int
    stock_id: int
    neighbour: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        kanwil = make_kanwil(session)
        garut = make_upt(session, "Lapas Garut", kanwil=kanwil)
        ciamis = make_upt(session, "Lapas Ciamis", kanwil=kanwil)
        lahat = make_upt(session, "Lapas Lahat")
        shelves = (("Coir Net", garut), ("=Roti()", garut), ("Batik", ciamis), ("Kopi", lahat))
        for hours, (name, upt) in enumerate(shelves):
            variant = make_variant(
                session, make_product(session, name, makers=(upt,), slug=f"barang-{hours}")
            )
            moment = at + timedelta(hours=hours)
            receive(session, variant.id, upt.id, 10, reason="bought", actor=KEEPER, at=moment)
            if name == "Coir Net":
                net = variant
        make_batch(session, net, garut, at=at + timedelta(days=1), code="JULI-1")
        stock_id = session.scalars(select(Stock.id).where(Stock.variant_id == net.id)).one()
        adjust(session, stock_id, -11, reason="damaged", actor=KEEPER, at=at + timedelta(days=2))
        office = make_user(session)
        make_membership(session, office, "kanwil_officer", kanwil=kanwil)
        return Desk(make_officer(session, garut).id, office.id, stock_id, ciamis.code)


def told(client: FlaskClient, query: str = "") -> list[str]:
    """The products with their pieces, as the page names them."""
    page = client.get(f"{PAGE}?{query}")
    assert page.status_code == 200, page.text
    rows = re.findall(
        r'class="row-link"[^>]*>([^<]+?)\s*<.*?<strong>([+−]\d+)</strong>', page.text, re.DOTALL
    )
    return [f"{name} {pieces}" for name, pieces in rows]


def table(text: str) -> list[dict[str, str]]:
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(text.removeprefix(BEGINNING)), delimiter=";"))


OWN = ["Coir Net −11", "Coir Net +4", "=Roti() +10", "Coir Net +10"]


class TestPage:
    def test_each_reader_sees_their_scope_the_newest_first(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        assert told(client) == OWN
        sign_in(client, desk.kanwil)
        assert told(client) == [*OWN[:2], "Batik +10", *OWN[2:]]

    @pytest.mark.parametrize(
        ("query", "lines"),
        [
            ("words=roti", OWN[2:3]),
            ("words=%25", []),
            ("kind=adjusted", OWN[:1]),
            ("reason=bought", OWN[2:]),
            ("batch=juli-1", OWN[:2]),
            ("since=2026-11-22&until=2026-11-22", OWN[1:2]),
            ("until=2026-11-21", OWN[2:]),
            ("since=0001-01-01&until=9999-12-31", OWN),
            ("since=9999-12-31", []),
            ("upt=none", []),
            ("sesudah=nonsense", OWN),
            ("sesudah=2026-11-22T03:00:00_1", OWN[2:]),
            ("sesudah=2026-11-22T03:00:00_-9999999999999999999999", []),
        ],
    )
    def test_filters(self, client: FlaskClient, desk: Desk, query: str, lines: list[str]) -> None:
        sign_in(client, desk.officer)
        assert told(client, query) == lines

    def test_another_upts_code_finds_nothing(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        assert told(client, f"upt={desk.neighbour}") == []
        sign_in(client, desk.kanwil)
        assert told(client, f"upt={desk.neighbour}") == ["Batik +10"]

    def test_few_shelves_are_looked_up_first(
        self,
        client: FlaskClient,
        app: Flask,
        desk: Desk,
        count_queries: CountedQueries,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The index by shelf then leads to their lines; where they are many the condition stays as it is."""
        with app.app_context():
            engine: Engine = db.engine
        sign_in(client, desk.officer)
        for many, is_looked_up in ((3, True), (2, False)):
            monkeypatch.setattr("inventory.queries.ledger._MANY_SHELVES", many)
            with count_queries(engine) as statements:
                assert told(client) == OWN
                assert told(client, "words=roti") == OWN[2:3]
            looked_up = [each for each in statements if "ledger_entries.stock_id = any(" in each]
            assert len(looked_up) == (2 if is_looked_up else 1)

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("since=2026-02-30", "since"),
            ("since=2026-11-22&until=2026-11-21", "until"),
            ("kind=stolen", "kind"),
            ("reason=because", "reason"),
            (f"words={'x' * 300}", "words"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, client: FlaskClient, desk: Desk, query: str, field: str
    ) -> None:
        sign_in(client, desk.officer)
        for address in (PAGE, FILE):
            answer = client.get(f"{address}?{query}")
            assert answer.status_code == 422
            assert f'id="{field}-error"' in answer.text

    def test_pages_lose_and_repeat_nothing_within_one_moment(
        self, client: FlaskClient, app: Flask, desk: Desk, at: datetime, count_queries: CountedQueries
    ) -> None:
        """A bulk receipt writes many lines at one moment: the mark counts them."""
        with app.app_context(), transaction() as session:
            for pieces in range(1, LEDGER_PAGE_SIZE * 2 + 2):
                moment = at + timedelta(days=3)
                adjust(session, desk.stock_id, pieces, reason="count", actor=KEEPER, at=moment)
            engine: Engine = db.engine
        sign_in(client, desk.officer)
        address, seen = PAGE, list[str]()
        while address:
            with count_queries(engine) as statements:
                page = client.get(address).text
            assert len(statements) <= 7, statements
            seen += re.findall(r"<strong>\+(\d+)</strong>", page)
            found = re.search(r'rel="next" href="([^"]+)"', page)
            address = found.group(1).replace("&amp;", "&") if found else ""
        assert seen == [*map(str, range(LEDGER_PAGE_SIZE * 2 + 1, 0, -1)), "4", "10", "10"]


class TestPlaces:
    @pytest.fixture
    def place(self, app: Flask, desk: Desk, at: datetime) -> str:
        """The page of a fair of Garut, to which three nets went."""
        key, transfer = uuid4(), uuid4()
        with app.app_context(), transaction() as session:
            officer = actor_of(session, desk.officer, "Asep")
            code, sku = session.execute(
                select(Upt.code, Variant.sku)
                .join_from(Stock, Variant, Variant.id == Stock.variant_id)
                .join(Upt, Upt.id == Stock.upt_id)
                .where(Stock.id == desk.stock_id)
            ).one()
            open_place(session, code, "fair", "Alun-alun", key=key, actor=officer, at=at)
            begin_transfer(session, code, f"{code}/{key}", key=transfer, actor=officer, at=at)
            send_transfer(session, transfer, {sku: 3}, actor=officer, at=at)
            receive_transfer(session, transfer, {sku: 3}, "", actor=officer, at=at)
        return f"/staff/stok/tempat/{key}"

    def test_tells_of_one_place_alone(self, client: FlaskClient, app: Flask, desk: Desk, place: str) -> None:
        with app.app_context(), transaction() as session:
            head, stranger = make_user(session), make_officer(session, make_upt(session))
            make_membership(session, head, "directorate")
            readers = {desk.officer: ["Coir Net +3"], head.id: ["Coir Net +3"], stranger.id: []}
        for user_id, lines in readers.items():
            sign_in(client, user_id)
            assert told(client, "place=ALUN") == lines
        sign_in(client, desk.officer)
        assert told(client, "place=galeri") == told(client, "place=%25") == []
        assert [row["Tempat"] for row in table(client.get(f"{FILE}?place=alun", buffered=True).text)] == [
            "Alun-alun"
        ]

    def test_is_reached_from_the_place(self, client: FlaskClient, desk: Desk, place: str) -> None:
        sign_in(client, desk.officer)
        found = re.search(rf'href="{PAGE}\?([^"]+)"', client.get(place).text)
        assert found is not None
        assert told(client, found.group(1)) == ["Coir Net +3"]

    def test_of_two_of_one_name_each_leads_to_its_own(
        self, client: FlaskClient, app: Flask, desk: Desk, place: str
    ) -> None:
        key, transfer = uuid4(), uuid4()
        with app.app_context(), transaction() as session:
            officer = actor_of(session, desk.officer, "Asep")
            stock = session.get_one(Stock, desk.stock_id)
            sku = session.scalars(select(Variant.sku).where(Variant.id == stock.variant_id)).one()
            code = session.scalars(select(Upt.code).where(Upt.id == stock.upt_id)).one()
            receive(session, stock.variant_id, stock.upt_id, 1, reason="bought", actor=officer, at=now())
            open_place(session, code, "fair", "Alun-alun Timur", key=key, actor=officer, at=now())
            begin_transfer(session, code, f"{code}/{key}", key=transfer, actor=officer, at=now())
            send_transfer(session, transfer, {sku: 1}, actor=officer, at=now())
            receive_transfer(session, transfer, {sku: 1}, "", actor=officer, at=now())
        sign_in(client, desk.officer)
        assert told(client, "place=alun") == ["Coir Net +1", "Coir Net +3"]
        assert told(client, f"place_key={key}") == ["Coir Net +1"]
        assert told(client, f"place_key={place.rpartition('/')[2]}") == ["Coir Net +3"]
        assert client.get(f"{PAGE}?place_key=alun").status_code == 422


class TestParcels:
    def test_a_line_leads_to_the_parcel_that_took_its_pieces(
        self, client: FlaskClient, app: Flask, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            shop = make_shop(session, at=at)
            make_batch(session, shop.net, shop.garut, at=at, code="JULI-1", expires_on=date(2027, 1, 1))
            reader, stranger = make_officer(session, shop.garut), make_officer(session, shop.ciamis)
            officer = actor_of(session, reader.id, reader.name)
            order = make_paid_order(session, Wish(1, shop.net.id, 2, shop.garut.id), at=at)
            number = parcel_of(session, order, shop.garut).number
            accept(session, number, actor=officer, at=at)
            add_carton(session, number, {1: 1}, seen=0, actor=officer, at=at)
            pack(session, number, actor=officer, at=at)
            hand_over_carton(session, number, 2, "JNE", "JNE0012345679", actor=officer, at=at)
            ship(session, number, "JNE", "JNE0012345678", actor=officer, at=at)
            line_id = session.scalars(select(FulfilmentLine.id)).one()
            elsewhere = session.scalars(select(Stock.id).where(Stock.upt_id == shop.ciamis.id)).one()
            (held,) = reserve(session, [Piece(elsewhere, 1)], order_number="LP-1", expires_at=at)
            issue(session, held, 1, cause=f"ship:{line_id}", actor=KEEPER, at=at)
            readers = ((reader.id, number), (stranger.id, ""))
        for user_id, named in readers:
            sign_in(client, user_id)
            page = client.get(f"{PAGE}?kind=issued").text
            assert (f'href="/staff/paket/{number}"' in page) == bool(named)
            text = client.get(f"{FILE}?kind=issued", buffered=True).text
            assert [row["Paket"] for row in table(text)] == ([named] * 2 if named else [""])
        sign_in(client, readers[0][0])
        assert number in client.get(f"{PAGE}?batch=juli-1").text

    def test_a_takeover_is_told_in_both_ledgers_with_each_sides_parcel(
        self, client: FlaskClient, app: Flask, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            shop = make_shop(session, at=at)
            people = [make_officer(session, upt).id for upt in (shop.garut, shop.ciamis)]
            asep, sari = (actor_of(session, person, "Asep") for person in people)
            numbers: list[str] = []
            for why in ("too_busy", "damaged"):
                order = make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
                first = parcel_of(session, order, shop.garut).number
                key = ask(session, first, shop.ciamis.code, {1: 1}, reason=why, actor=asep, at=at)
                second = accept_takeover(session, key, actor=sari, at=at)
                pack(session, second, actor=sari, at=at)
                ship(session, second, "JNE", f"JNE001234567{len(numbers)}", actor=sari, at=at)
                numbers += [first, second]
            assert violations(session, at=at) == {}
        told = []
        for person, reason in zip(people, ("left_to_upt", "sent_for_upt"), strict=True):
            sign_in(client, person)
            lines = table(client.get(f"{FILE}?reason={reason}", buffered=True).text)
            told.append([(row["Paket"], row["Jumlah"], row["Alasan"]) for row in lines])
            page = client.get(f"{PAGE}?reason={reason}").text
            assert [f'href="/staff/paket/{row["Paket"]}"' in page for row in lines] == [True] * len(lines)
        left = "Dihapus dari stok: dikirim oleh UPT lain"
        assert told[0] == [(numbers[2], "-1", left)], "of what stays on the shelf nothing moved"
        sent = "Dikirim ke pembeli menggantikan UPT lain"
        assert told[1] == [(number, "-1", sent) for number in (numbers[3], numbers[1])]


class TestFile:
    def test_holds_what_the_page_shows_and_runs_nothing(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        answer = client.get(f"{FILE}?reason=bought", buffered=True)
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.text.startswith(BEGINNING)
        rows = table(answer.text)
        assert [(row["Produk"], row["Jumlah"]) for row in rows] == [("'=Roti()", "10"), ("Coir Net", "10")]
        assert rows[0]["Waktu"] == "2026-11-21 11:00:00+07:00"

    def test_numbers_stay_numbers_and_batches_are_named(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.officer)
        text = client.get(f"{FILE}?batch=JULI-1", buffered=True).text
        assert [(row["Jumlah"], row["Kode produksi"]) for row in table(text)] == [
            ("-11", "JULI-1"),
            ("4", "JULI-1"),
        ]

    def test_is_read_in_portions(
        self, app: Flask, desk: Desk, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inventory.queries.ledger._EXPORTED_AT_ONCE", 3)
        with app.app_context():
            session = db.session()
            officer = actor_of(session, desk.officer, "Asep")
            rows = list(ledger_rows(session, officer, LedgerWish()))
        assert [row.delta for row in rows] == [-11, 4, 10, 10]
