"""Products and prices from a spreadsheet: looked at beside what stands there, then written whole or not."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from accounts.models import AuditEntry, Upt
from inventory.models import Product, ProductDraft, SheetImport, Variant
from inventory.rules import MOST_BOOKED_SINGLY
from inventory.services.tables import KINDS
from kernel.db import db, transaction
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.inventory import (
    make_category,
    make_draft,
    make_product,
    make_ready_good,
    make_upt,
    make_variant,
)
from tests.inventory.web.sent_tables import PAGE, book, post, sent, work
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

PRICES, PRODUCTS = f"{PAGE}/harga", f"{PAGE}/barang"
PRICE_HEADINGS = "SKU;Harga;Biaya bahan;Biaya kerja;Biaya kemasan"
PRODUCT_HEADINGS = "Alamat;SKU;Nama;Kategori;Jenis;Satuan jual;Ukuran;Harga;Berat kemasan (gram)"


@dataclass(frozen=True)
class Desk:
    """Who works where, by user id; the officers' UPT makes a chair and drafts a lamp; the neighbour bakes."""

    officer: int
    colleague: int
    neighbour: int
    directorate: int
    upt: str
    chair: str
    sku: str
    lamp: str
    bread: str
    bread_sku: str


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        upt, other = make_upt(session), make_upt(session)
        wood = make_category(session, "mebel", name_id="Mebel kayu", name_en="Furniture")
        chair, variant, _ = make_ready_good(session, "Kursi Jati", upt=upt, price=250_000, category=wood)
        bread, loaf, _ = make_ready_good(session, "Roti", upt=other)
        lamp = make_draft(session, upt, "Lampu Rotan", state="draft")
        head = make_user(session)
        make_membership(session, head, "directorate")
        return Desk(
            make_officer(session, upt).id,
            make_officer(session, upt).id,
            make_officer(session, other).id,
            *(head.id, upt.code, chair.slug, variant.sku, lamp.slug, bread.slug, loaf.sku),
        )


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


def table(*rows: str, headings: str = PRICE_HEADINGS) -> str:
    return "\n".join([headings, *rows, ""])


def confirmed(client: FlaskClient, address: str) -> str:
    """Say yes to a table, have the worker write it, and look at its page."""
    client.post(f"{address}/terapkan")
    work(client.application)
    return client.get(address).text


def draft_of(app: Flask, slug: str) -> tuple[str, dict[str, object]] | None:
    """State and changes of the draft of a product."""
    with app.app_context():
        query = select(ProductDraft.state, ProductDraft.changes).join(Product)
        row = db.session.execute(query.where(Product.slug == slug)).one_or_none()
        return (row.state, row.changes) if row else None


class TestPrices:
    def test_a_new_price_waits_for_review_and_the_old_one_is_charged(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        address = sent(officer, table(f"{desk.sku};Rp 275.000;100.000;50000;5000"), page=PRICES)
        page = officer.get(address).text
        assert "<del>Rp250.000</del>" in page
        assert "<ins>Rp275.000</ins>" in page
        assert draft_of(app, desk.chair) is None
        confirmed(officer, address)
        written = {"price": 275_000, "cost_material": 100_000, "cost_work": 50_000, "cost_packaging": 5_000}
        changes = {f"{desk.sku}/{name}": value for name, value in written.items()}
        assert draft_of(app, desk.chair) == ("proposed", changes)
        with app.app_context():
            assert db.session.scalars(select(Variant.price).where(Variant.sku == desk.sku)).one() == 250_000
            of_goods = AuditEntry.object_kind != "table"
            said = select(AuditEntry.action, AuditEntry.actor_user_id).where(of_goods).order_by(AuditEntry.id)
            told = db.session.execute(said).all()
            assert [tuple(row) for row in told] == [
                ("product.draft", desk.officer),
                ("product.propose", desk.officer),
            ]
        officer.post(f"{address}/terapkan")
        work(app)
        with app.app_context():
            assert len(db.session.scalars(select(AuditEntry.id).where(of_goods)).all()) == 2, "written once"
        confirmed(officer, sent(officer, table(f"{desk.sku};285000;100000;50000;5000"), page=PRICES))
        corrected = {**changes, f"{desk.sku}/price": 285_000}
        assert draft_of(app, desk.chair) == ("proposed", corrected), "what waited waits on"

    def test_nothing_is_a_number_that_is_shown(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        page = officer.get(sent(officer, table(f"{desk.sku};250000;1000;500;0"), page=PRICES)).text
        assert "<ins>Rp0</ins>" in page

    def test_what_lacks_its_cost_sheet_or_holds_other_words_stays_a_draft(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        confirmed(officer, sent(officer, table(f"{desk.sku};300000;;;"), page=PRICES))
        assert draft_of(app, desk.chair) == ("draft", {f"{desk.sku}/price": 300_000})
        confirmed(officer, sent(officer, table(f"{desk.sku};300000;1;1;1"), page=PRICES))
        found = draft_of(app, desk.chair)
        assert found is not None
        assert found[0] == "draft", "a draft that others began is theirs to put forward"

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("{sku};murah;;;", "jumlah rupiah"),
            ("{sku};0;;;", "Isi bilangan bulat dari 1"),
            ("{sku};=1+1;;;", "jumlah rupiah"),
            ("{bread_sku};5000;;;", "Produk ini tidak ada"),
            ("TIDAK-ADA;5000;;;", "Produk ini tidak ada"),
            (";5000;;;", "Sel ini kosong"),
            ("{sku};300000;;;\n{sku};310000;;;", "Baris 2"),
        ],
    )
    def test_a_wrong_row_is_told_and_nothing_is_written(
        self, officer: FlaskClient, app: Flask, desk: Desk, row: str, said: str
    ) -> None:
        address = sent(officer, table(row.format(**vars(desk))), page=PRICES)
        before = snapshot_of(app)
        assert said in officer.get(address).text
        assert officer.post(f"{address}/terapkan").status_code == 409
        work(app)
        assert snapshot_of(app) == before

    def test_who_was_overtaken_is_told_and_nothing_is_written(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        with app.app_context(), transaction() as session:
            chair = session.scalars(select(Variant).where(Variant.sku == desk.sku)).one()
            session.add(Variant(product_id=chair.product_id, sku="LAIN", name="Lain", price=5, weight_g=1))
        rows = (f"{desk.sku};300000;1;1;1", "LAIN;10;1;1;1")
        address = sent(officer, table(*rows), page=PRICES)
        officer.post(f"{address}/terapkan")
        with app.app_context(), transaction() as session:
            session.execute(update(Variant).where(Variant.sku == desk.sku).values(price=260_000))
        work(app)
        assert draft_of(app, desk.chair) is None
        page = officer.get(address).text
        assert "sejak Anda melihatnya" in page
        assert "LAIN" not in page, "the row that was right is not among the wrong ones"

    def test_a_template_that_comes_back_as_it_is_changes_nothing(
        self, officer: FlaskClient, desk: Desk
    ) -> None:
        for page, language in ((PRICES, "/en"), (PRODUCTS, "/en"), (PRODUCTS, "")):
            answer = officer.get(f"{language}{page}/templat.xlsx", buffered=True)
            assert desk.bread_sku not in str(read(answer.data))
            found = officer.get(sent(officer, answer.data, page=page)).text
            assert "sama dengan yang sudah ada" in found

    def test_too_many_rows(self, officer: FlaskClient, desk: Desk) -> None:
        rows = [f"X-{number};5000;;;" for number in range(MOST_BOOKED_SINGLY + 1)]
        assert str(MOST_BOOKED_SINGLY) in officer.get(sent(officer, table(*rows), page=PRICES)).text

    def test_rows_that_change_nothing_are_not_too_many(
        self, officer: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prices = KINDS["prices"]
        monkeypatch.setitem(KINDS, "prices", replace(prices, layout=replace(prices.layout, most_rows=0)))
        same, other = (table(f"{desk.sku};{price};;;") for price in (250_000, 260_000))
        assert "sama dengan yang sudah ada" in officer.get(sent(officer, same, page=PRICES)).text
        page = officer.get(sent(officer, other, page=PRICES)).text
        assert "mengubah lebih dari 0 baris" in page
        assert "/terapkan" not in page


def read(content: bytes) -> list[list[object]]:
    """The rows of a workbook."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


class TestProducts:
    def test_the_template_is_changed_and_comes_back(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        """Of the chair the text waits and the weight counts; of the lamp, a draft, the variant is priced."""
        headings, *rows = read(officer.get(f"{PRODUCTS}/templat.xlsx", buffered=True).data)
        by_slug = {row[headings.index("Alamat")]: row for row in rows}
        chair, lamp = by_slug[desk.chair], by_slug[desk.lamp]
        assert "[]" not in [cell for row in rows for cell in row]
        chair[headings.index("Keterangan")] = "Kursi jati tua.\nDipernis."
        chair[headings.index("Kategori")] = "Mebel kayu"
        chair[headings.index("Berat kemasan (gram)")] = 7_500.0
        chair[headings.index("Cara sampai ke pembeli")] = "Kurir, Kargo"
        lamp[headings.index("Harga")] = "35 rb"
        lamp[headings.index("Warna")] = "Cokelat"
        address = sent(officer, book(headings, *rows), page=PRODUCTS)
        page = officer.get(address).text
        assert "<ins>Rp35.000</ins>" in page
        assert "<ins>7500</ins>" in page
        confirmed(officer, address)
        found = draft_of(app, desk.chair)
        assert found == ("draft", {"description_id": "Kursi jati tua.\nDipernis."})
        with app.app_context():
            assert db.session.scalars(select(Variant.weight_g).where(Variant.sku == desk.sku)).one() == 7_500
            modes = select(Product.delivery_modes).where(Product.slug == desk.chair)
            assert db.session.scalars(modes).one() == ["courier", "cargo"]
        lamp_after = draft_of(app, desk.lamp)
        assert lamp_after is not None
        assert lamp_after[1]["new-1/price"] == 35_000
        assert lamp_after[1]["new-1/colour_id"] == "Cokelat"
        assert lamp_after[1]["new-1/cost_work"] == 8_000, "as it was drafted before"

    def test_new_rows_begin_a_product_with_its_variants(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        rows = (
            ";;Rak Sepatu;mebel;Barang;buah;Kecil;95.000;900",
            ";;Rak Sepatu;;;;Besar;125.000;1.200",
            f"{desk.chair};;;;;;Anak;150.000;4.000",
        )
        address = sent(officer, table(*rows, headings=PRODUCT_HEADINGS), page=PRODUCTS)
        before = snapshot_of(app)["products"]
        assert "3 baris" in officer.get(address).text
        confirmed(officer, address)
        begun = draft_of(app, "rak-sepatu")
        assert begun is not None
        state, changes = begun
        prices = {value for name, value in changes.items() if name.endswith("/price")}
        assert (state, prices) == ("draft", {95_000, 125_000})
        chair = draft_of(app, desk.chair)
        assert chair is not None
        assert {name.rpartition("/")[2] for name in chair[1]} >= {"price", "size_id", "weight_g"}
        with app.app_context():
            shop = select(Product.is_withdrawn, Product.published_at).where(Product.slug == "rak-sepatu")
            assert db.session.execute(shop).one() == (True, None)
            actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
            products = ["product.add", "product.draft", "product.draft"]
            assert actions == ["table.send", "table.confirm", *products]
        assert len(snapshot_of(app)["products"]) == len(before) + 1
        page = officer.get(sent(officer, table(*rows[:2], headings=PRODUCT_HEADINGS), page=PRODUCTS)).text
        assert "Anda sudah punya produk bernama ini" in page

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("{bread};{bread_sku};Roti Basi;;;;;;", "Produk ini tidak ada"),
            ("{chair};{bread_sku};Kursi Baru;;;;;;", "Produk ini tidak ada"),
            ("{chair};{sku};" + "x" * 300 + ";;;;;;", "Tulis paling banyak"),
            ("{chair};{sku};;entah;;;;;", "Pilih satu dari daftar"),
            ("{chair};{sku};;;Jasa;;;;", "sudah terbit"),
            ("{chair};{sku};;;;;;gratis;", "jumlah rupiah"),
            ("{chair};{sku};;;;;;;1,5", "Tulis bilangan bulat"),
            (";;Rak;;Barang;;;;", "Ini tidak boleh kosong"),
            ("{chair};{sku};Satu;;;;;;\n{chair};{sku};Dua;;;;;;", "Baris 2"),
        ],
    )
    def test_a_wrong_row_is_told_and_nothing_is_written(
        self, officer: FlaskClient, app: Flask, desk: Desk, row: str, said: str
    ) -> None:
        right = f"{desk.lamp};new-1;Lampu Meja;;;;;;"
        address = sent(
            officer, table(row.format(**vars(desk)), right, headings=PRODUCT_HEADINGS), page=PRODUCTS
        )
        before = snapshot_of(app)
        assert said in officer.get(address).text
        assert officer.post(f"{address}/terapkan").status_code == 409
        work(app)
        assert snapshot_of(app) == before


def test_nobody_elses_table_is_there(officer: FlaskClient, app: Flask, desk: Desk) -> None:
    """Who stands in writes no products: theirs is not even the page of a table."""
    address = sent(officer, table(f"{desk.sku};300000;;;"), page=PRICES)
    before = snapshot_of(app)
    assert browser(app, desk.colleague).get(address).status_code == 200
    for user_id, status in ((desk.neighbour, 404), (desk.directorate, 403)):
        other = browser(app, user_id)
        assert other.get(address).status_code == status
        for step in ("terapkan", "buang"):
            assert other.post(f"{address}/{step}").status_code == status
    head = browser(app, desk.directorate)
    assert snapshot_of(app)["sheet_imports"] == before["sheet_imports"]
    why = {"reason": "Petugas sedang sakit."}
    assert head.post(f"/staff/upt/{desk.upt}/gantikan", data=why).status_code == 303
    assert head.get(address).status_code == 404
    assert post(head, table(f"{desk.sku};300000;;;"), page=PRICES).status_code == 403
    assert desk.sku not in head.get(f"{PRICES}/templat.csv", buffered=True).text
    with app.app_context():
        assert db.session.scalars(select(SheetImport.state)).all() == ["ready"]


def test_pages_and_templates_ask_as_much_however_many_products(
    officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
) -> None:
    with app.app_context():
        engine = db.engine

    def asked(row: str) -> int:
        address = sent(officer, table(row), page=PRICES)
        with count_queries(engine) as statements:
            assert officer.get(address).status_code == 200
            assert officer.get(f"{PRODUCTS}/templat.csv", buffered=True).status_code == 200
        return len(statements)

    few = asked(f"{desk.sku};300000;;;")
    with app.app_context(), transaction() as session:
        upt = session.scalars(select(Upt).where(Upt.code == desk.upt)).one()
        for number in range(12):
            product = make_product(session, f"Kotak {number}", makers=(upt,))
            for each in "ab":
                make_variant(session, product, sku=f"KOTAK-{number}-{each}", name=each)
    assert asked("\n".join(f"KOTAK-{number}-a;300000;;;" for number in range(12))) == few
    assert few <= 14
