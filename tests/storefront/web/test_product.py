"""The product's page: variants, pictures, facts, permits, what is made to order, the estimate of postage."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import Maker, Product, ProductFacts, Stock, Variant, VariantOption
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from kernel.i18n import long_date
from storefront.models import CartLine
from tests.factories.inventory import (
    list_products,
    make_category,
    make_permit,
    make_product,
    make_stock,
    make_upt,
    make_variant,
)
from tests.factories.shipping import make_rates
from tests.journeys.wording import told, told_count

BATIK = "/produk/batik-tulis"
BANDUNG, AMBON = "40111", "97114"


@dataclass(frozen=True, slots=True)
class Batik:
    """Two motifs in two sizes; of the last one there is none."""

    skus: tuple[str, ...]
    here: str
    there: str


@pytest.fixture
def batik(app: Flask) -> Batik:
    """Kawung and Parang, 2 m and 2,5 m: Bandung has 5 of each but the last, Ambon 1 of the first."""
    with app.app_context(), transaction() as session:
        make_rates(session)
        here = make_upt(session, "Lapas Bandung")
        there = make_upt(session, "Lapas Ambon", regency_code="81.71", city="Kota Ambon", province="Maluku")
        category = make_category(session, "batik_tekstil")
        product = make_product(session, "Batik Tulis", makers=(here, there), category=category)
        skus = []
        for number, (motif, size) in enumerate(
            [("Kawung", "2 m"), ("Kawung", "2,5 m"), ("Parang", "2 m"), ("Parang", "2,5 m")]
        ):
            variant = make_variant(
                session,
                product,
                sku=f"BATIK-{number}",
                name=f"{motif}, {size}",
                price=150_000 + number * 10_000,
            )
            session.add(VariantOption(variant_id=variant.id, kind="motif", value_id=motif))
            size_en = size.replace(",", ".")
            session.add(VariantOption(variant_id=variant.id, kind="size", value_id=size, value_en=size_en))
            if number < 3:
                make_stock(session, variant, here, 5)
            if number == 0:
                make_stock(session, variant, there, 1)
            skus.append(variant.sku)
        list_products(session, product)
        return Batik(tuple(skus), here.slug, there.slug)


def change(app: Flask, do: Callable[[Session], object]) -> None:
    """Change something of the shop as an officer would, seen at once."""
    with app.app_context(), transaction() as session:
        do(session)
        list_products(session, *session.scalars(select(Product)))


def radio(page: str, sku: str) -> str:
    """The radio button of a variant, as it is written."""
    found = re.search(rf'<input type="radio" name="sku" value="{sku}"[^>]*>', page)
    assert found, sku
    return found[0]


class TestVariants:
    def test_each_is_a_radio_with_its_price_and_stock(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(BATIK).text
        assert page.count("<fieldset") == 2
        for words in ("Motif: Kawung", "Motif: Parang", "Rp150.000", "Rp160.000", "Rp170.000"):
            assert words in page
        assert "checked" in radio(page, "BATIK-0")
        assert told_count("%(num)s piece", "%(num)s pieces", 6) in page

    def test_a_sold_out_one_says_so_and_cannot_be_chosen(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(BATIK).text
        assert "disabled" in radio(page, "BATIK-3")
        assert "disabled" not in radio(page, "BATIK-2")
        assert page.count('class="pill pill--gone"') == 1
        assert told("Sold out") in page

    def test_the_first_that_is_there_is_chosen(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        first = select(Variant.id).where(Variant.sku == "BATIK-0").scalar_subquery()
        change(app, lambda s: s.execute(update(Stock).where(Stock.variant_id == first).values(on_hand=0)))
        page = client.get(BATIK).text
        assert "checked" not in radio(page, "BATIK-0")
        assert "checked" in radio(page, "BATIK-1")

    def test_one_of_them_goes_into_the_cart(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        assert client.post(BATIK, data={"sku": "BATIK-2", "quantity": "2"}).status_code == 303
        with app.app_context():
            lines = db.session.execute(select(Variant.sku, CartLine.quantity).join(CartLine)).all()
        assert [tuple(line) for line in lines] == [("BATIK-2", 2)]

    def test_what_was_chosen_stays_chosen_after_a_refusal(self, client: FlaskClient, batik: Batik) -> None:
        answer = client.post(BATIK, data={"sku": "BATIK-2", "quantity": "80"})
        assert answer.status_code == 409
        assert "checked" in radio(answer.text, "BATIK-2")

    def test_a_sold_out_one_is_refused(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        assert client.post(BATIK, data={"sku": "BATIK-3", "quantity": "1"}).status_code == 409
        with app.app_context():
            assert db.session.query(CartLine).count() == 0

    def test_english_values_are_told_in_english(self, client: FlaskClient, batik: Batik) -> None:
        assert "2.5 m" in client.get("/en" + BATIK).text

    def test_takes_four_statements(self, client: FlaskClient, batik: Batik, queries: list[str]) -> None:
        assert client.get(BATIK).status_code == 200
        assert len(queries) == 4


class TestBuyingFromOneUpt:
    def test_the_button_beside_a_upt_buys_from_it(
        self, app: Flask, client: FlaskClient, batik: Batik
    ) -> None:
        assert f'form="buy" name="from" value="{batik.there}"' in client.get(BATIK).text
        client.post(BATIK, data={"sku": "BATIK-0", "quantity": "1", "upt": "", "from": batik.there})
        client.post(BATIK, data={"sku": "BATIK-1", "quantity": "1", "upt": batik.here, "from": ""})
        with app.app_context():
            bound = db.session.scalars(select(CartLine.upt_id).order_by(CartLine.id)).all()
        assert None not in bound
        assert bound[0] != bound[1]

    @pytest.mark.parametrize("upt", ["no-such-upt", "x" * 10_000, "'; DROP TABLE upts; --", "🥐"])
    def test_a_upt_that_does_not_make_it_is_refused(
        self, app: Flask, client: FlaskClient, batik: Batik, upt: str
    ) -> None:
        answer = client.post(BATIK, data={"sku": "BATIK-0", "quantity": "1", "from": upt})
        assert answer.status_code == 422
        with app.app_context():
            assert db.session.query(CartLine).count() == 0


class TestGallery:
    def test_shows_a_picture_of_each_motif_and_leads_to_it(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(BATIK).text
        for view in ("gambar", "motif-kawung", "motif-parang", "dekat"):
            assert f'href="/gambar/batik_tekstil/batik-tulis/{view}.svg"' in page
        assert page.count('class="gallery__slide"') == page.count('href="#gambar-') == 4

    @pytest.mark.parametrize("view", ["gambar", "dekat", "corak", "motif-kawung", "warna-indigo"])
    def test_draws_each_without_the_database(
        self, client: FlaskClient, queries: list[str], view: str
    ) -> None:
        picture = client.get(f"/gambar/batik_tekstil/batik-tulis/{view}.svg")
        assert picture.mimetype == "image/svg+xml"
        assert ET.fromstring(picture.text).get("width") == "800"
        assert len(picture.data) < 8_192
        again = client.get(
            f"/gambar/batik_tekstil/batik-tulis/{view}.svg",
            headers={"If-None-Match": picture.headers["ETag"]},
        )
        assert again.status_code == 304
        assert queries == []

    @pytest.mark.parametrize(
        "view",
        ["foto", "motif-", "motif-<script>", "warna-pink", "motif", "-", "x" * 41, "%22%3E", "dekat-1"],
    )
    def test_there_is_no_other_view(self, client: FlaskClient, batik: Batik, view: str) -> None:
        assert client.get(f"/gambar/batik_tekstil/batik-tulis/{view}.svg").status_code == 404


class TestFacts:
    def test_tells_what_is_known_and_marks_what_is_only_in_indonesian(
        self, app: Flask, client: FlaskClient, batik: Batik
    ) -> None:
        def tell(session: Session) -> None:
            product_id = session.scalars(select(Product.id)).one()
            texts = {
                "ingredients_id": "Gula <b>aren</b>.",
                "ingredients_en": "Palm sugar.",
                "care_id": "Cuci.",
            }
            session.add(ProductFacts(product_id=product_id, net_content="250 g", shelf_life_days=90, **texts))
            session.execute(update(Product).values(delivery_modes=["courier", "pickup"]))

        change(app, tell)
        page = client.get(BATIK).text
        for text in ("250 g", "Gula &lt;b&gt;aren&lt;/b&gt;.", "Cuci.", told("Courier"), "90"):
            assert text in page
        assert "language-mark" not in page
        english = client.get("/en" + BATIK).text
        assert "Palm sugar." in english
        assert '<span lang="id">Cuci.</span> <abbr class="language-mark"' in english

    def test_says_nothing_of_what_nobody_told(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(BATIK).text
        for word in ("Ingredients", "Net content", "Permits and certificates", "How it is made"):
            assert f">{told(word)}<" not in page


class TestPermits:
    def give(self, app: Flask, **values: object) -> None:
        """The product's UPT gets a permit for it."""

        def add(session: Session) -> None:
            product = session.scalars(select(Product)).one()
            upt = session.scalars(select(Upt).where(Upt.name == "Lapas Bandung")).one()
            make_permit(session, upt, product, **values)

        change(app, add)

    def test_a_verified_one_has_its_number_its_holder_and_the_mark(
        self, app: Flask, client: FlaskClient, batik: Batik, at: datetime
    ) -> None:
        expires_on = jakarta_day(now())
        self.give(app, number="2151604000000-31", verified_at=at, verified_by="x", expires_on=expires_on)
        page = client.get(BATIK).text
        assert '<span class="code">2151604000000-31</span>' in page
        assert "Lapas Bandung" in page
        assert page.count(told("Verified")) == 1
        assert page.count("P-IRT</span>") == 1

    def test_one_of_a_single_maker_is_a_badge_in_its_row_alone(
        self, app: Flask, client: FlaskClient, batik: Batik, at: datetime
    ) -> None:
        self.give(app, verified_at=at, verified_by="x")
        page = client.get(BATIK).text
        top, makers = page.split('id="pembuat"')
        assert "P-IRT</span>" not in top
        rows = makers.partition("</section>")[0].split('class="stock__row"')[1:]
        assert [("Lapas Bandung" in row, "P-IRT</span>" in row) for row in rows] in (
            [(True, True), (False, False)],
            [(False, False), (True, True)],
        )

    def test_one_that_every_maker_holds_is_a_badge_of_the_product(
        self, app: Flask, client: FlaskClient, batik: Batik, at: datetime
    ) -> None:
        def add(session: Session) -> None:
            product = session.scalars(select(Product)).one()
            makers = session.scalars(select(Upt).join(Maker, Maker.upt_id == Upt.id))
            for number, upt in enumerate(makers):
                make_permit(session, upt, product, number=f"{number}", verified_at=at, verified_by="x")

        change(app, add)
        top, makers = client.get(BATIK).text.split('id="pembuat"')
        assert top.count("P-IRT</span>") == 1
        assert "P-IRT</span>" not in makers

    @pytest.mark.parametrize("state", ["unchecked", "expired"])
    def test_another_one_has_no_mark_and_is_no_badge(
        self, app: Flask, client: FlaskClient, batik: Batik, at: datetime, state: str
    ) -> None:
        if state == "expired":
            yesterday = jakarta_day(now()) - timedelta(days=1)
            self.give(app, verified_at=at, verified_by="x", expires_on=yesterday)
        else:
            self.give(app)
        page = client.get(BATIK).text
        assert told("Verified") not in page
        assert "P-IRT</span>" not in page
        assert told("Expired" if state == "expired" else "Not checked yet") in page

    def test_a_claim_of_the_source_is_never_a_badge(
        self, app: Flask, client: FlaskClient, batik: Batik
    ) -> None:
        change(app, lambda s: s.execute(update(Product).values(certificates=["Halal", "BPOM"])))
        page = client.get(BATIK).text
        assert "Halal, BPOM" in page
        assert told("said by the source, without a number; not checked by us") in page
        assert not re.search(r'class="badge[^>]*>(?:<svg.*?</svg>)?(Halal|BPOM)', page)
        assert told("Permits and certificates") not in page

    def test_a_hostile_title_is_only_text(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        self.give(app, kind="MEREK", number="IDM000000000", title="<script>alert(1)</script>")
        page = client.get(BATIK).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


class TestMadeToOrder:
    def prepare(self, app: Flask, *, capacity: int | None, lead_days: int | None = 14) -> None:
        """No shelf has any, and each UPT says how many it can make in a month."""

        def take_all(session: Session) -> None:
            session.execute(update(Stock).values(on_hand=0))
            session.execute(update(Maker).values(lead_days=lead_days, monthly_capacity=capacity))

        change(app, take_all)

    def test_says_when_it_is_ready_and_what_is_left_this_month(
        self, app: Flask, client: FlaskClient, batik: Batik, queries: list[str]
    ) -> None:
        self.prepare(app, capacity=4)
        queries.clear()
        page = client.get(BATIK).text
        assert len(queries) == 5
        with app.test_request_context(BATIK):
            day = long_date(jakarta_day(now()) + timedelta(days=14))
        assert told("Made to order") in page
        assert told("Ready around %(day)s", day=day) in page
        assert (
            told_count("room for %(num)s more piece this month", "room for %(num)s more pieces this month", 4)
            in page
        )
        assert 'name="sku"' not in page
        assert 'name="quantity"' not in page

    def test_cannot_be_put_in_the_cart(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        self.prepare(app, capacity=4)
        assert client.post(BATIK, data={"sku": "BATIK-0", "quantity": "1"}).status_code == 409
        with app.app_context():
            assert db.session.query(CartLine).count() == 0

    def test_its_card_says_so(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        assert told("Made to order") not in client.get("/produk?1").text
        self.prepare(app, capacity=4)
        card = client.get("/produk?2").text.partition('class="card"')[2]
        assert told("Made to order") in card
        assert told("Sold out") not in card

    @pytest.mark.parametrize(("capacity", "lead_days"), [(None, 14), (4, None)])
    def test_without_days_or_capacity_it_is_only_sold_out(
        self, app: Flask, client: FlaskClient, batik: Batik, capacity: int | None, lead_days: int | None
    ) -> None:
        self.prepare(app, capacity=capacity, lead_days=lead_days)
        page = client.get(BATIK).text
        assert told("Made to order") not in page
        assert told("Sold out") in page


class TestPostage:
    def test_each_upt_says_what_it_asks_and_when_it_arrives(
        self, app: Flask, client: FlaskClient, batik: Batik, queries: list[str]
    ) -> None:
        page = client.get(f"{BATIK}?kode_pos={BANDUNG}&sku=BATIK-0&jumlah=1")
        assert page.status_code == 200
        assert len(queries) == 5
        assert "JNE REG Rp10.000" in page.text
        assert "JNE REG Rp40.000" in page.text
        assert "Kota Bandung, Jawa Barat" in page.text
        with app.test_request_context(BATIK):
            day = jakarta_day(now())
            first, last = long_date(day + timedelta(days=2)), long_date(day + timedelta(days=5))
        assert told("Arrives %(first)s to %(last)s", first=first, last=last) in page.text

    def test_follows_the_chosen_variant_and_quantity(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(f"{BATIK}?kode_pos={BANDUNG}&sku=BATIK-2&jumlah=4").text
        assert "JNE REG Rp20.000" in page
        assert "Rp40.000" not in page

    @pytest.mark.parametrize(
        ("words", "field"),
        [
            ("sku=nonsense", "sku"),
            ("sku=" + "Z" * 4_000, "sku"),
            ("jumlah=-1", "jumlah"),
            ("jumlah=0", "jumlah"),
            ("jumlah=99999", "jumlah"),
            ("jumlah=1e9&sku=", "jumlah"),
            ("jumlah=" + "9" * 4_000, "jumlah"),
        ],
    )
    def test_refuses_what_cannot_be_sent_beside_the_estimate(
        self, client: FlaskClient, batik: Batik, words: str, field: str
    ) -> None:
        page = client.get(f"{BATIK}?kode_pos={BANDUNG}&{words}")
        assert page.status_code == 422
        assert f'id="ongkir-{field}-error"' in page.text
        assert page.text.count('id="ongkir-') == 1
        assert "JNE REG" not in page.text
        assert page.headers["Cache-Control"].startswith("private")

    def test_says_both_when_both_are_wrong(self, client: FlaskClient, batik: Batik) -> None:
        page = client.get(f"{BATIK}?kode_pos={BANDUNG}&jumlah=99999&sku=zz")
        assert page.status_code == 422
        said = told("This variant is not for sale here, or is sold out. Choose another one above.")
        assert said in page.text
        assert 'id="ongkir-jumlah-error"' in page.text
        assert "JNE REG" not in page.text

    @pytest.mark.parametrize(
        "postcode",
        ["", "0", "00000", "4011", "401111", "abcde", "٤٠١١١", "' OR 1=1", "%3Cscript%3E", "9" * 10_000],
    )
    def test_an_unknown_postcode_is_said_beside_the_field(
        self, client: FlaskClient, batik: Batik, postcode: str
    ) -> None:
        page = client.get(f"{BATIK}?kode_pos={postcode}")
        assert page.status_code == 422
        assert page.headers["Cache-Control"].startswith("private")
        assert 'aria-invalid="true" aria-describedby="kode_pos-error"' in page.text
        assert told("There is no such postcode. It has five digits, like 40111.") in page.text
        typed = re.search(r'id="kode_pos" name="kode_pos" value="([^"]*)"', page.text)
        assert typed
        assert len(typed[1]) <= 20 + len("&lt;&gt;")
        assert "<script>" not in page.text.replace('<script type="module"', "")

    def test_a_null_character_is_refused(self, client: FlaskClient, batik: Batik) -> None:
        assert client.get(f"{BATIK}?kode_pos=%00").status_code == 400

    def test_says_where_no_courier_goes_or_takes_it(
        self, app: Flask, client: FlaskClient, batik: Batik
    ) -> None:
        change(app, lambda s: s.execute(update(Variant).values(weight_g=40_000)))
        page = client.get(f"{BATIK}?kode_pos={BANDUNG}").text
        assert page.count('class="postage__problem"') == 2
        assert "JNE REG" not in page

    def test_is_never_kept_for_others(self, client: FlaskClient, batik: Batik, valkey_url: str) -> None:
        with redis.Redis.from_url(valkey_url) as valkey:
            client.get(BATIK)
            plain = client.get(BATIK)
            estimate = client.get(f"{BATIK}?kode_pos={BANDUNG}")
            kept = valkey.keys("lapak:page:*")
        assert [key for key in kept if key.endswith(f"{BATIK}?".encode())]
        assert not [key for key in kept if b"kode_pos" in key]
        assert plain.headers["Cache-Control"].startswith("public")
        assert estimate.headers["Cache-Control"].startswith("private")
        assert "JNE REG" not in client.get(BATIK).text

    def test_what_is_not_for_sale_has_no_field(self, app: Flask, client: FlaskClient, batik: Batik) -> None:
        change(app, lambda s: s.execute(update(Product).values(kind="service")))
        page = client.get(f"{BATIK}?kode_pos={AMBON}")
        assert page.status_code == 200
        assert 'name="kode_pos"' not in page.text
