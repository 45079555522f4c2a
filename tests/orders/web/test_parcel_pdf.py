"""Slips and labels as PDF: what stands on them, for whom, and several in one file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from pypdf.generic import ContentStream
from sqlalchemy import select, update

from kernel.db import db, transaction
from orders.models import Fulfilment, FulfilmentLine
from orders.queries.sheets import ParcelSheet, SheetLine
from orders.rules.allocation import Wish
from orders.web.parcel_pdf import AddressOf, labels, slips
from tests.factories.accounts import make_officer, sign_in
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

NET = SheetLine(1, "Coir Net", "2 × 25 m", "CN-1", "roll", 4, "", "sabut_kelapa", 500)
SHEET = ParcelSheet(
    number="LP-ABCDEFGHJK-1",
    locale="id",
    recipient="Sari Wulandari",
    address=("Jalan Asia Afrika 8", "Braga, Sumur Bandung", "Kota Bandung, Jawa Barat 40111"),
    phone="081234567890",
    note="Tolong dibungkus rapi",
    upt_name="Lapas Kelas IIA Garut",
    upt_place="Kabupaten Garut, Jawa Barat",
    hand_over="courier",
    courier="JNE REG",
    tracking_number=None,
    weight_g=3000,
    lines=(NET,),
)

Draw = Callable[[Sequence[ParcelSheet], AddressOf], bytes]


@dataclass(frozen=True)
class Desk:
    """Two parcels of Garut and one of Ciamis, and Garut's officer."""

    officer: int
    numbers: tuple[str, str]
    other: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5), breads=9)
        numbers = []
        for locale in ("id", "en"):
            order = make_paid_order(
                session,
                Wish(1, shop.net.id, 6, shop.garut.id),
                Wish(2, shop.bread.id, 2),
                at=at,
                locale=locale,
            )
            numbers.append(parcel_of(session, order, shop.garut).number)
        other = make_paid_order(session, Wish(1, shop.net.id, 1, shop.ciamis.id), at=at)
        officer = make_officer(session, shop.garut)
        first, second = numbers
        return Desk(officer.id, (first, second), parcel_of(session, other, shop.ciamis).number)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def address_of(number: str) -> str:
    return f"https://lapak.example/staff/paket/{number}"


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def url(what: str, *numbers: str) -> str:
    return f"/staff/paket/cetak/{what}.pdf?" + "&".join(f"parcel={number}" for number in numbers)


def squares(pdf: bytes) -> list[tuple[str, ...]]:
    """The dark squares that each page draws, row by row as they lie, without the quiet zone around them."""
    found = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        steps = ContentStream(page.get_contents(), page.pdf).operations
        places = [tuple(map(float, place)) for place, step in steps if step == b"re"]
        left, top = min(x for x, *_ in places), max(y for _, y, *_ in places)
        dark = {(round((top - y) / side), round((x - left) / side)) for x, y, side, _ in places}
        across = range(max(column for _, column in dark) + 1)
        down = range(max(row for row, _ in dark) + 1)
        found.append(tuple("".join(" #"[(row, column) in dark] for column in across) for row in down))
    return found


def code_of(number: str) -> tuple[str, ...]:
    """The QR code of the page of that parcel."""
    rows = segno.make(address_of(number), error="m").matrix
    return tuple("".join(" #"[module] for module in row) for row in rows)


class TestDrawing:
    def test_a_slip_says_what_lies_in_the_box(self, app: Flask) -> None:
        with app.app_context():
            (page,) = pages(
                slips([replace(SHEET, lines=(NET, replace(NET, own_text="Untuk Ibu")))], address_of)
            )
        for words in (
            *("LP-ABCDEFGHJK-1", "Sari Wulandari", "Kota Bandung, Jawa Barat 40111", "Lapas Kelas IIA Garut"),
            *("Coir Net", "CN-1", "4 ×", "“Untuk Ibu”", "Tolong dibungkus rapi"),
        ):
            assert words in page
        assert "Rp" not in page

    def test_a_label_is_one_small_page_whatever_was_typed(self, app: Flask) -> None:
        long = replace(SHEET, recipient="Sari " * 40, address=("Jalan Panjang " * 40, "B", "C" * 200))
        with app.app_context():
            pdf = labels([SHEET, long], address_of)
        sizes = [tuple(map(int, page.mediabox[2:])) for page in PdfReader(io.BytesIO(pdf)).pages]
        assert [(round(width), round(height)) for width, height in sizes] == [(297, 419), (297, 419)]
        first, second = pages(pdf)
        assert "Sari Wulandari" in first
        assert "LP-ABCDEFGHJK-1" in second

    @pytest.mark.parametrize("draw", [slips, labels])
    def test_each_shows_the_way_to_the_parcels_page_as_a_square_code(self, app: Flask, draw: Draw) -> None:
        other = replace(SHEET, number="LP-ABCDEFGHJK-2", carton=(2, 3))
        with app.app_context():
            pdf = draw([SHEET, other], address_of)
        assert squares(pdf) == [code_of(SHEET.number), code_of(other.number)]

    @pytest.mark.parametrize(
        ("category", "mark"),
        [("roti_kue", "MAKANAN"), ("lilin_aromaterapi", "MUDAH PECAH"), ("sabut_kelapa", "")],
    )
    def test_the_box_says_how_it_is_handled(self, app: Flask, category: str, mark: str) -> None:
        sheet = replace(SHEET, locale="en", lines=(replace(NET, category=category),))
        with app.app_context():
            (label,) = pages(labels([sheet], address_of))
        found = [each for each in ("MAKANAN", "MUDAH PECAH") if each in label]
        assert found == ([mark] if mark else [])

    def test_a_slip_goes_on_over_many_pages(self, app: Flask) -> None:
        with app.app_context():
            found = pages(slips([replace(SHEET, lines=(NET,) * 60)], address_of))
        assert len(found) > 1
        assert all("LP-ABCDEFGHJK-1" in page for page in found), "each page says whose it is"

    @pytest.mark.parametrize("end", ["\n", "\t", "\r\n", " \n\t "])
    def test_an_address_of_two_lines_keeps_them_apart(self, app: Flask, end: str) -> None:
        sheet = replace(SHEET, address=(f"Jl. Melati No. 1{end}2B", *SHEET.address[1:]))
        with app.app_context():
            for draw in (slips, labels):
                (page,) = pages(draw([sheet], address_of))
                assert "Jl. Melati No. 1 2B" in page

    @pytest.mark.parametrize("typed", ["<b>Sari</b> & <para>", "Sari 😀 \u202e", "x" * 2000])
    def test_bears_what_people_type(self, app: Flask, typed: str) -> None:
        sheet = replace(SHEET, recipient=typed[:300], note=typed, lines=(replace(NET, own_text=typed[:200]),))
        with app.app_context():
            assert pages(slips([sheet], address_of))
            assert len(pages(labels([sheet], address_of))) == 1


class TestPages:
    @pytest.mark.parametrize("what", ["slip", "label"])
    def test_several_parcels_in_the_order_asked_for(
        self, officer: FlaskClient, desk: Desk, what: str
    ) -> None:
        first, second = desk.numbers
        answer = officer.get(url(what, second, first, second))
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        found = pages(answer.data)
        assert [second in found[0], first in found[1], len(found)] == [True, True, 2]

    def test_each_slip_speaks_its_buyers_language_and_labels_the_couriers(
        self, officer: FlaskClient, desk: Desk
    ) -> None:
        indonesian, english = pages(officer.get(url("slip", *desk.numbers)).data)
        assert ("Packing slip" in english, "Packing slip" in indonesian) == (True, False)
        assert not any("charged" in page for page in pages(officer.get(url("label", *desk.numbers)).data))

    @pytest.mark.parametrize("what", ["slip", "label"])
    def test_a_foreign_parcel_is_a_missing_one(self, officer: FlaskClient, desk: Desk, what: str) -> None:
        foreign, missing = (
            officer.get(url(what, desk.numbers[0], each)) for each in (desk.other, "LP-0000000000-1")
        )
        assert (foreign.status_code, foreign.text) == (missing.status_code, missing.text)
        assert foreign.status_code == 404

    def test_a_weight_stands_there_only_while_nothing_is_cancelled(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        first, second = desk.numbers
        with app.app_context(), transaction() as session:
            parcel_id = select(Fulfilment.id).where(Fulfilment.number == first).scalar_subquery()
            lines = update(FulfilmentLine).where(
                FulfilmentLine.fulfilment_id == parcel_id, FulfilmentLine.quantity == 6
            )
            session.execute(lines.values(cancelled=1))
        reduced, whole = pages(officer.get(url("label", first, second)).data)
        assert ["berat tagih" in page for page in (reduced, whole)] == [False, True]

    def test_nothing_to_print_is_said(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(FulfilmentLine).values(cancelled=FulfilmentLine.quantity))
            session.execute(update(Fulfilment).values(state="cancelled"))
        for address in (url("slip"), url("label", desk.numbers[0])):
            answer = officer.get(address, follow_redirects=True)
            assert answer.request.path == "/staff/paket"
            assert "alert--warn" in answer.text

    def test_asks_as_much_for_one_as_for_many(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        officer.get(url("slip", desk.numbers[0]))
        with count_queries(engine) as one:
            officer.get(url("slip", desk.numbers[0]))
        with count_queries(engine) as two:
            officer.get(url("slip", *desk.numbers))
        assert len(one) == len(two)

    def test_the_list_and_the_parcel_offer_them(self, officer: FlaskClient, desk: Desk) -> None:
        assert 'formaction="/staff/paket/cetak/slip.pdf"' in officer.get("/staff/paket").text
        page = officer.get(f"/staff/paket/{desk.numbers[0]}").text
        assert f'href="/staff/paket/cetak/label.pdf?parcel={desk.numbers[0]}"' in page
