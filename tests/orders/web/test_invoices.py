"""Papers as PDF: the frozen data on A4 in the order's language, for its customer and the parcel's offices."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from kernel.db import db, transaction
from orders.links import order_token
from orders.queries.invoices import InvoiceView, Party, papers_of_order
from orders.rules.allocation import Wish
from orders.rules.invoicing import InvoiceLine
from orders.web.invoice_pdf import render
from tests.factories.accounts import make_officer, sign_in
from tests.factories.invoices import issue
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries

NET = InvoiceLine(1, "Coir Net", "2 × 25 m", "CN-1", "roll", 4, 90_000)
PAPER = InvoiceView(
    number="INV/LPS-GARUT/2026/000001",
    kind="invoice",
    corrects=None,
    order_number="LP-ABCDEFGH",
    parcel_number="LP-ABCDEFGH-1",
    locale="id",
    issuer=Party("Lapas Kelas IIA Garut", ("Jalan Contoh 1", "Kabupaten Garut, Jawa Barat")),
    buyer=Party("Sari", ("Jalan Asia Afrika 8", "Bandung 40111")),
    lines=(NET,),
    goods_total=360_000,
    discount_total=0,
    shipping_total=20_000,
    lump_sum=0,
    total=380_000,
    tax_status="not_collected",
    paid_on=date(2026, 11, 21),
    issued_on=date(2026, 11, 21),
)


@dataclass(frozen=True)
class Sold:
    """An order of two parcels with its papers: addresses by parcel, and the keys of who may sign in."""

    number: str
    other: str
    keys: tuple[str, str]
    parcel: str
    officer: int


@pytest.fixture
def sold(app: Flask, at: datetime) -> Sold:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5), breads=9)
        wishes = (Wish(1, shop.net.id, 4, shop.garut.id), Wish(2, shop.net.id, 1, shop.ciamis.id))
        order = make_paid_order(session, *wishes, at=at)
        issue(session, order, at=at)
        other = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at)
        garut, ciamis = (
            next(
                str(paper.key)
                for paper in papers_of_order(session, order.id)
                if paper.parcel_number == parcel_of(session, order, upt).number
            )
            for upt in (shop.garut, shop.ciamis)
        )
        officer = make_officer(session, shop.garut)
        parcel = parcel_of(session, order, shop.garut).number
        return Sold(order.number, other.number, (garut, ciamis), parcel, officer.id)


def page_of(app: Flask, number: str) -> str:
    return f"/pesanan/{number}/{order_token(number, secret_key=app.extensions['lapak'].secret_key)}"


def text_of(pdf: bytes) -> str:
    """What a reader of the PDF sees, its white space made single."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def drawn(app: Flask, paper: InvoiceView) -> bytes:
    with app.test_request_context():
        return render(paper)


def right_edges(pdf: bytes) -> list[float]:
    """Where each drawn piece of text begins, in points from the left."""
    found: list[float] = []

    def note(text: str, _cm: Any, matrix: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            found.append(matrix[4])

    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


class TestRender:
    def test_says_in_indonesian_what_was_sold(self, app: Flask) -> None:
        written = text_of(drawn(app, PAPER))
        for words in (
            *("Faktur", "INV/LPS-GARUT/2026/000001", "Lapas Kelas IIA Garut", "Sari", "Coir Net"),
            *("Rp90.000", "Rp360.000", "Rp380.000", "21 November 2026", "tidak memungut"),
        ):
            assert words in written

    def test_says_the_same_in_english(self, app: Flask) -> None:
        written = text_of(drawn(app, replace(PAPER, locale="en")))
        for words in ("Invoice", "Seller", "Buyer", "Rp380.000", "does not collect value added tax"):
            assert words in written

    def test_a_credit_note_names_its_invoice(self, app: Flask) -> None:
        note = replace(PAPER, kind="credit_note", number="CN/LPS-GARUT/2026/000001", corrects=PAPER.number)
        written = text_of(drawn(app, note))
        assert "Nota kredit" in written
        assert PAPER.number in written

    def test_embeds_its_fonts(self, app: Flask) -> None:
        resources: Any = PdfReader(io.BytesIO(drawn(app, PAPER))).pages[0]["/Resources"]
        used = [font.get_object() for font in resources["/Font"].values()]
        ours = [font for font in used if "SourceSerif" in font["/BaseFont"]]
        assert len(ours) >= 2
        assert all("/FontFile2" in font["/FontDescriptor"] for font in ours)

    def test_is_the_same_whenever_it_is_drawn(self, app: Flask) -> None:
        assert drawn(app, PAPER) == drawn(app, PAPER)

    @pytest.mark.parametrize("name", ["Panjang " * 60, "W" * 400])
    def test_wraps_long_names(self, app: Flask, name: str) -> None:
        paper = replace(
            PAPER,
            buyer=Party(name, (name,)),
            issuer=Party(name, ()),
            lines=(replace(NET, name=name, variant=name),),
        )
        pdf = drawn(app, paper)
        assert "".join(text_of(pdf).split()).count(name[:7].strip()) >= 4
        assert max(right_edges(pdf)) < 595

    def test_goes_on_over_many_pages(self, app: Flask) -> None:
        lines = tuple(replace(NET, position=number, name=f"Barang {number}") for number in range(1, 121))
        reader = PdfReader(io.BytesIO(drawn(app, replace(PAPER, lines=lines))))
        assert len(reader.pages) > 2
        assert all("Jumlah" in page.extract_text() for page in reader.pages[:-1])
        assert "Barang 120" in text_of(drawn(app, replace(PAPER, lines=lines)))

    @pytest.mark.parametrize("name", ["<b>&amp;</i>", "木 🥖 שלום", "\x07\u202e\u200b", "", '"><para>'])
    def test_bears_what_people_type(self, app: Flask, name: str) -> None:
        paper = replace(PAPER, buyer=Party(name, (name,)), lines=(replace(NET, name=name),))
        assert "Rp380.000" in text_of(drawn(app, paper))


class TestDownload:
    def test_the_order_page_offers_each_parcels_invoice(
        self, app: Flask, client: FlaskClient, sold: Sold
    ) -> None:
        path = page_of(app, sold.number)  # signed once: a second later the link is another
        page = client.get(path)
        for key in sold.keys:
            address = f"{path}/faktur/{key}"
            assert address in page.text
            answer = client.get(address)
            assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
            assert answer.headers["Cache-Control"] == "no-store"
            assert "INV-" in answer.headers["Content-Disposition"]
            assert "Sari" in text_of(answer.data)

    def test_another_orders_link_does_not_open_it(self, app: Flask, client: FlaskClient, sold: Sold) -> None:
        missing = client.get(f"{page_of(app, sold.other)}/faktur/{uuid4()}")
        answer = client.get(f"{page_of(app, sold.other)}/faktur/{sold.keys[0]}")
        assert answer.status_code == missing.status_code == 404
        wrong = page_of(app, sold.number).rpartition("/")[0] + "/x"
        assert client.get(f"{wrong}/faktur/{sold.keys[0]}").status_code == 404

    def test_staff_open_those_of_their_own_parcels(self, app: Flask, client: FlaskClient, sold: Sold) -> None:
        assert client.get(f"/staff/faktur/{sold.keys[0]}").status_code == 303
        sign_in(client, sold.officer)
        assert f"/staff/faktur/{sold.keys[0]}" in client.get(f"/staff/paket/{sold.parcel}").text
        assert client.get(f"/staff/faktur/{sold.keys[0]}").status_code == 200
        assert client.get(f"/staff/faktur/{sold.keys[1]}").status_code == 404

    def test_is_drawn_from_one_statement(
        self, app: Flask, client: FlaskClient, sold: Sold, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            client.get(f"{page_of(app, sold.number)}/faktur/{sold.keys[0]}")
        assert len(statements) == 1
