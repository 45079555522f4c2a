"""Products from the officer's draft to the shop, and everything that is turned away on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from accounts.models import AuditEntry, Upt, User
from accounts.queries import actor_of
from inventory.events import BackInStock, ProductReviewed
from inventory.models import Category, Maker, PermitRule, Product, ProductDraft, RestockRequest, Variant
from inventory.queries.drafts import staff_product
from kernel.db import db, transaction
from kernel.mail import Mail
from kernel.outbox import OutboxEvent, restore
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_product,
    make_ready_good,
    make_upt,
)
from tests.factories.paying import published
from tests.inventory.catalogue_files import PRODUCTS, UPTS, import_texts
from tests.queries import CountedQueries
from worker.subscriptions import SUBSCRIPTIONS

SUBSCRIBED = next(each for each in SUBSCRIPTIONS if each.event is ProductReviewed)


@dataclass(frozen=True)
class Desk:
    """Who works where, by user id; the officers' UPT makes `chair`, and `shared` with the neighbour."""

    officer: int
    colleague: int
    neighbour: int
    kanwil: int
    foreign_kanwil: int
    directorate: int
    upt_code: str
    chair: str
    sku: str
    shared: str


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        kanwil, other = make_kanwil(session), make_kanwil(session)
        upt, neighbour = make_upt(session, kanwil=kanwil), make_upt(session, kanwil=kanwil)
        chair, variant, _ = make_ready_good(session, "Kursi Jati", upt=upt, price=250_000)
        shared = make_product(session, "Keset", makers=(upt, neighbour))
        list_products(session, shared)
        make_category(session, "roti_kue")
        reviewer, foreigner, head = (make_user(session) for _ in range(3))
        make_membership(session, reviewer, "kanwil_officer", kanwil=kanwil)
        make_membership(session, foreigner, "kanwil_officer", kanwil=other)
        make_membership(session, head, "directorate")
        return Desk(
            make_officer(session, upt, name="Budi").id,
            make_officer(session, upt, name="Siti").id,
            make_officer(session, neighbour, name="Tetangga").id,
            *(reviewer.id, foreigner.id, head.id, upt.code, chair.slug, variant.sku, shared.slug),
        )


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


@pytest.fixture
def directorate(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.directorate)


def opened(client: FlaskClient, address: str) -> dict[str, Any]:
    """The fields of the form at an address as a browser would send them back untouched."""
    page = client.get(address)
    assert page.status_code == 200, address
    return fields(page.text)


def fields(page: str) -> dict[str, Any]:
    form = page[page.index('class="form goods-form"') :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.findall(r'name="([^"]+)"', tag)[0]
        value = unescape((re.findall(r'value="([^"]*)"', tag) or [""])[0])
        if 'type="checkbox"' not in tag:
            found[name] = value
        elif " checked" in tag:
            found.setdefault(name, []).append(value)
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        found[name] = unescape(body)
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.findall(r'<option selected value="([^"]+)"', body)[0]
    return found


def mark_on(client: FlaskClient, slug: str) -> str:
    """The mark of the words on the page that is open."""
    return str(re.findall(r'name="mark"[^>]*value="([^"]+)"', client.get(f"/staff/produk/{slug}").text)[0])


def mark_on_variant(client: FlaskClient, slug: str, key: str) -> str:
    """The mark that goes with striking a variant out."""
    page = client.get(f"/staff/produk/{slug}/varian/{key}").text
    return str(re.findall(r'name="mark" value="([^"]+)"', page)[0])


def variant_keys(client: FlaskClient, slug: str) -> list[str]:
    """The keys of the variants that are not in the shop yet."""
    return re.findall(r'/varian/(new-\d+)"', client.get(f"/staff/produk/{slug}").text)


def step(client: FlaskClient, slug: str, word: str, **form: str) -> TestResponse:
    return client.post(f"/staff/produk/{slug}/{word}", data=form, follow_redirects=True)


def stored(app: Flask) -> tuple[list[Any], ...]:
    """All there is to products, to show that nothing changed."""
    names = ("products", "product_drafts", "product_facts", "variants", "makers", "audit_entries")
    tables = [db.metadata.tables[name] for name in names]
    with app.app_context():
        return tuple(
            [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        )


def begin(client: FlaskClient, desk: Desk, name: str = "Roti Tawar", category: str = "roti_kue") -> str:
    form = {"name": name, "category": category, "kind": "good"}
    answer = client.post(f"/staff/produk-baru?upt={desk.upt_code}", data=form)
    assert answer.status_code == 303
    return str(answer.location).rpartition("/")[2]


def tell(client: FlaskClient, slug: str, **words: str) -> TestResponse:
    form = {**opened(client, f"/staff/produk/{slug}/ubah"), **words}
    return client.post(f"/staff/produk/{slug}/ubah", data=form, follow_redirects=True)


LABEL = {
    "unit": "bungkus",
    "description_id": "Roti tawar lembut.",
    "net_content": "250 g",
    "shelf_life_days": "4",
    "ingredients_id": "Tepung, air, ragi.",
    "allergens_id": "Gluten",
    "storage_id": "Sejuk dan kering.",
}
PRICED = {
    "price": "Rp 18.000",
    "cost_material": "9.000",
    "cost_work": "4000",
    "cost_packaging": "500",
    "weight_g": "300",
}


class TestANewProduct:
    def test_is_drafted_put_forward_and_published(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        slug = begin(officer, desk)
        assert client.get(f"/produk/{slug}").status_code == 404
        assert "Isi bersih" in officer.get(f"/staff/produk/{slug}").text  # what food still lacks
        assert "disimpan sebagai konsep" in tell(officer, slug, **LABEL).text.lower()
        officer.post(f"/staff/produk/{slug}/varian-baru", data=PRICED)
        assert client.get(f"/produk/{slug}").status_code == 404
        assert f"/staff/foto/produk/{slug}" in officer.get("/staff/foto").text
        assert "Diajukan" in step(officer, slug, "ajukan", mark=mark_on(officer, slug)).text
        assert "Rp18.000" in directorate.get(f"/staff/produk/{slug}").text
        assert "Terbit:" in step(directorate, slug, "terbitkan", mark=mark_on(directorate, slug)).text
        page = client.get(f"/produk/{slug}").text
        assert "Roti tawar lembut." in page
        assert "Rp18.000" in page
        assert "9.000" not in page
        assert slug in client.get("/cari?q=roti+tawar").text
        with app.app_context():
            product = db.session.scalars(select(Product).where(Product.slug == slug)).one()
            variant = db.session.scalars(select(Variant).where(Variant.product_id == product.id)).one()
            assert (variant.sku, variant.cost_work) == (f"{desk.upt_code}.{slug.upper()}", 4_000)
            assert db.session.get(ProductDraft, product.id) is None
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "product.publish")).one()
            (price,) = (value for field, value in entry.after.items() if field.endswith("/price"))
            assert price == 18_000

    def test_is_not_put_forward_while_something_is_missing(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        slug = begin(officer, desk)
        with app.app_context():
            mark = staff_product(db.session(), actor_of(db.session(), desk.officer, "Budi"), slug).mark
        before = stored(app)
        assert "/ajukan" not in officer.get(f"/staff/produk/{slug}").text
        assert "Masih ada isian yang kurang" in step(officer, slug, "ajukan", mark=mark).text
        assert stored(app) == before

    def test_same_names_get_addresses_of_their_own(self, officer: FlaskClient, desk: Desk) -> None:
        slugs = [begin(officer, desk) for _ in range(3)]
        code = desk.upt_code.lower()
        assert slugs == ["roti-tawar", f"roti-tawar--{code}--2", f"roti-tawar--{code}--3"]

    def test_leaves_the_catalogues_import_the_addresses_it_gives_out(
        self, app: Flask, officer: FlaskClient, desk: Desk, tmp_path: Path
    ) -> None:
        """The file's first UPT is the officers', and makes what its two drafts are called."""
        upts = UPTS.replace("LPS-GARUT", desk.upt_code)
        products = PRODUCTS.replace("LPS-GARUT", desk.upt_code).replace("Roti Manis,", "Pot Sabut,")
        for _ in range(2):
            begin(officer, desk, "Pot Sabut")
        with app.app_context(), transaction() as session:
            assert import_texts(session, tmp_path, upts, products).products.created == 3
            slugs = session.scalars(select(Product.slug).where(Product.name == "Pot Sabut")).all()
        code = desk.upt_code.lower()
        drafts = {"pot-sabut", f"pot-sabut--{code}--2"}
        assert set(slugs) == drafts | {"pot-sabut--lpp-bandung", f"pot-sabut--{code}"}

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"name": ""}, "Beri nama."),
            ({"name": "***"}, "Ini tidak boleh kosong."),
            ({"name": "x" * 10_000}, "Tulis paling banyak 200 karakter."),
            ({"category": "senjata"}, "Pilih satu dari daftar."),
        ],
    )
    def test_is_refused_beside_the_field(
        self, app: Flask, officer: FlaskClient, desk: Desk, form: dict[str, str], said: str
    ) -> None:
        before = stored(app)
        right = {"name": "Roti", "category": "roti_kue", "kind": "good"}
        answer = officer.post("/staff/produk-baru", data={**right, **form})
        assert answer.status_code == 422
        assert said in answer.text
        assert stored(app) == before


class TestAProductInTheShop:
    def test_keeps_its_price_and_words_until_head_office_publishes_them(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        address = f"/staff/produk/{desk.chair}/varian/{desk.sku}"
        form = {**opened(officer, address), **PRICED, "price": "300.000"}
        page = officer.post(address, data=form, follow_redirects=True).text
        assert "Rp250.000" in page
        assert "Rp300.000" in page
        tell(officer, desk.chair, description_id="Kursi jati tua.")
        shop = client.get(f"/produk/{desk.chair}").text
        assert "Rp250.000" in shop
        assert "Kursi jati tua." not in shop
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair))
        shop = client.get(f"/produk/{desk.chair}").text
        assert "Rp300.000" in shop
        assert "Kursi jati tua." in shop

    def test_takes_measures_and_terms_at_once(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        address = f"/staff/produk/{desk.chair}/varian/{desk.sku}"
        answer = officer.post(
            address, data={**opened(officer, address), "weight_g": "7200"}, follow_redirects=True
        )
        assert "langsung berlaku" in answer.text
        tell(officer, desk.chair, lead_days="21", monthly_capacity="40", delivery_modes="cargo")
        with app.app_context():
            variant = db.session.scalars(select(Variant).where(Variant.sku == desk.sku)).one()
            assert variant.weight_g == 7_200
            product = db.session.get_one(Product, variant.product_id)
            assert product.delivery_modes == ["cargo"]
            assert db.session.scalars(
                select(Maker.lead_days).where(Maker.product_id == product.id)
            ).all() == [21]
            assert db.session.get(ProductDraft, product.id) is None
            entry = db.session.scalars(
                select(AuditEntry).where(AuditEntry.action == "product.change").order_by(AuditEntry.id)
            ).all()[0]
            assert (entry.before, entry.after) == (
                {f"{desk.sku}/weight_g": 500},
                {f"{desk.sku}/weight_g": 7_200},
            )

    def test_what_is_set_back_leaves_no_draft(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        was = opened(officer, f"/staff/produk/{desk.chair}/ubah")["unit"]
        tell(officer, desk.chair, unit="set")
        tell(officer, desk.chair, unit=was)
        with app.app_context():
            assert db.session.scalars(select(ProductDraft)).all() == []

    def test_can_have_a_word_put_right_though_it_has_no_price(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            slug = make_ready_good(session, "Rak", upt=upt, price=None, pieces=0)[0].slug
        tell(officer, slug, description_id="Rak dari bambu.")
        step(officer, slug, "ajukan", mark=mark_on(officer, slug))
        step(directorate, slug, "terbitkan", mark=mark_on(directorate, slug))
        assert "Rak dari bambu." in client.get(f"/produk/{slug}").text

    def test_does_not_lose_its_price_by_a_draft(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        address = f"/staff/produk/{desk.chair}/varian/{desk.sku}"
        officer.post(address, data={**opened(officer, address), "price": ""})
        mark = mark_on(officer, desk.chair)
        before = stored(app)
        assert "Masih ada isian yang kurang" in step(officer, desk.chair, "ajukan", mark=mark).text
        assert stored(app) == before

    def test_with_a_weight_again_tells_who_waits_for_it(
        self, app: Flask, officer: FlaskClient, desk: Desk, at: datetime
    ) -> None:
        address = f"/staff/produk/{desk.chair}/varian/{desk.sku}"
        officer.post(address, data={**opened(officer, address), "weight_g": ""})
        with app.app_context(), transaction() as session:
            variant = session.scalars(select(Variant).where(Variant.sku == desk.sku)).one()
            variant_id = variant.id
            request = {"variant_id": variant_id, "email": "sari@example.id", "locale": "id", "asked_at": at}
            session.add(RestockRequest(**request, key=uuid4(), confirmed_at=at))
            assert published(session, BackInStock) == []
        officer.post(address, data={**opened(officer, address), "weight_g": "700"})
        with app.app_context():
            assert published(db.session(), BackInStock) == [BackInStock(variant_id)]

    def test_drops_what_waits(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        tell(officer, desk.chair, unit="set")
        assert "dibatalkan" in step(officer, desk.chair, "batalkan", mark=mark_on(officer, desk.chair)).text
        with app.app_context():
            assert db.session.scalars(select(ProductDraft)).all() == []

    def test_gets_one_more_variant_once_it_is_published(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        officer.post(f"/staff/produk/{desk.chair}/varian-baru", data={**PRICED, "size_id": "Besar"})
        officer.post(f"/staff/produk/{desk.chair}/varian-baru", data={**PRICED, "size_id": "Salah"})
        key = variant_keys(officer, desk.chair)[-1]
        officer.post(
            f"/staff/produk/{desk.chair}/varian/{key}/hapus",
            data={"mark": mark_on_variant(officer, desk.chair, key)},
        )
        assert "Besar" not in client.get(f"/produk/{desk.chair}").text
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair))
        assert "Besar" in client.get(f"/produk/{desk.chair}").text
        with app.app_context():
            names = db.session.scalars(select(Variant.name).order_by(Variant.id)).all()
            assert names == ["", "Besar"]

    def test_keeps_a_variant_that_was_written_anew_before_it_was_struck_out(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        officer.post(f"/staff/produk/{desk.chair}/varian-baru", data={**PRICED, "size_id": "Besar"})
        (key,) = variant_keys(officer, desk.chair)
        address = f"/staff/produk/{desk.chair}/varian/{key}"
        mark = mark_on_variant(officer, desk.chair, key)
        officer.post(address, data={**opened(officer, address), "size_id": "Sedang"})
        before = stored(app)
        for read in (mark, ""):
            answer = officer.post(f"{address}/hapus", data={"mark": read}, follow_redirects=True)
            assert "Sementara itu sudah diubah" in answer.text
        assert stored(app) == before

    def test_stays_a_sample_until_its_price_is_stated(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk
    ) -> None:
        def is_sample() -> bool | None:
            with app.app_context():
                return db.session.scalar(select(Variant.is_sample).where(Variant.sku == desk.sku))

        with app.app_context(), transaction() as session:
            session.scalars(select(Variant).where(Variant.sku == desk.sku)).one().is_sample = True
        address = f"/staff/produk/{desk.chair}/varian/{desk.sku}"
        officer.post(address, data={**opened(officer, address), "weight_g": "700"})
        assert is_sample()
        officer.post(address, data={**opened(officer, address), **PRICED})
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair))
        assert is_sample() is False

    def test_leaves_the_shop_and_comes_back_through_head_office(
        self, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        step(officer, desk.chair, "arsip")
        assert client.get(f"/produk/{desk.chair}").status_code == 410
        assert desk.chair not in officer.get("/staff/foto").text
        step(officer, desk.chair, "lanjutkan")
        assert f"/staff/foto/produk/{desk.chair}" in officer.get("/staff/foto").text
        assert client.get(f"/produk/{desk.chair}").status_code == 410
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair))
        assert client.get(f"/produk/{desk.chair}").status_code == 200

    def test_stays_while_others_make_it_too(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        before = stored(app)
        assert "UPT lain juga membuatnya" in step(officer, desk.shared, "arsip").text
        assert stored(app) == before

    def test_lends_its_words_to_another(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        before = stored(app)
        for name, said in ((" ", "Beri nama."), ("", "Beri nama."), ("***", "Ini tidak boleh kosong.")):
            answer = step(officer, desk.chair, "salin", name=name)
            assert answer.status_code == 422
            assert said in answer.text
            assert 'action="/staff/produk/' in answer.text
        assert stored(app) == before
        page = step(officer, desk.chair, "salin", name=" Kursi  Lipat").text
        assert "Kursi Lipat" in page
        assert "Rp250.000" in page
        with app.app_context():
            copied = db.session.scalars(select(Product).where(Product.slug == "kursi-lipat")).one()
            assert (copied.is_withdrawn, copied.published_at) == (True, None)
            draft = db.session.get_one(ProductDraft, copied.id)
            assert draft.changes["new-1/price"] == 250_000
            assert not {"lead_days", "delivery_modes"} & draft.changes.keys()


class TestTwoOfficers:
    def test_the_second_sees_what_the_first_wrote_and_loses_nothing(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        address = f"/staff/produk/{desk.chair}/ubah"
        colleague = browser(app, desk.colleague)
        mine, theirs = opened(officer, address), opened(colleague, address)
        colleague.post(address, data={**theirs, "unit": "set", "care_id": "Lap kering."})
        before = stored(app)
        answer = officer.post(address, data={**mine, "unit": "buah besar", "story_id": "Diukir tangan."})
        assert answer.status_code == 409
        assert stored(app) == before
        assert re.search(r"Siti menulis di sini, [^:]+:\d\d WIB: “set”\.", answer.text)
        again = fields(answer.text)
        assert (again["unit"], again["care_id"], again["story_id"]) == (
            "buah besar",
            "Lap kering.",
            "Diukir tangan.",
        )
        assert officer.post(address, data=again).status_code == 303
        with app.app_context():
            draft = db.session.scalars(select(ProductDraft)).one()
            assert draft.changes == {
                "unit": "buah besar",
                "care_id": "Lap kering.",
                "story_id": "Diukir tangan.",
            }

    def test_a_form_that_forgot_what_it_saw_overwrites_nothing(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        address = f"/staff/produk/{desk.chair}/ubah"
        form = {**opened(officer, address), "unit": "set"}
        before = stored(app)
        for seen in ("", "[]", "{", "7", "[" * 20_000):
            assert officer.post(address, data={**form, "seen": seen}).status_code == 409
        assert stored(app) == before

    def test_who_decides_has_read_the_words(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, client: FlaskClient
    ) -> None:
        tell(officer, desk.chair, unit="set", story_id="Diukir.")
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        read = mark_on(directorate, desk.chair)
        tell(officer, desk.chair, story_id="Dipahat.")
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        before = stored(app)
        assert "Sementara itu sudah diubah" in step(directorate, desk.chair, "terbitkan", mark=read).text
        step(directorate, desk.chair, "kembalikan", mark=read, refusal="Tidak")
        assert stored(app) == before


class TestWhoDecides:
    @pytest.fixture
    def proposed(self, app: Flask, officer: FlaskClient, desk: Desk) -> str:
        tell(officer, desk.chair, unit="set")
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        return desk.chair

    def test_the_kanwil_sends_back_with_a_reason_and_does_not_publish(
        self, app: Flask, officer: FlaskClient, desk: Desk, proposed: str
    ) -> None:
        kanwil = browser(app, desk.kanwil)
        mark = mark_on(kanwil, proposed)
        before = stored(app)
        assert step(kanwil, proposed, "terbitkan", mark=mark).status_code == 403
        for blank in ("", "  "):
            answer = step(kanwil, proposed, "kembalikan", mark=mark, refusal=blank)
            assert answer.status_code == 422
            assert "Sebutkan apa yang harus diperbaiki." in answer.text
        assert stored(app) == before
        step(kanwil, proposed, "kembalikan", mark=mark, refusal="Tulis satuan yang benar.")
        page = officer.get(f"/staff/produk/{proposed}").text
        assert "Tulis satuan yang benar." in page
        tell(officer, proposed, unit="pasang")
        assert "Tulis satuan yang benar." in officer.get(f"/staff/produk/{proposed}").text
        assert "Diajukan" in step(officer, proposed, "ajukan", mark=mark_on(officer, proposed)).text

    def test_who_decides_reads_what_it_lacks_since_it_was_put_forward(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, proposed: str
    ) -> None:
        assert "/terbitkan" in directorate.get(f"/staff/produk/{proposed}").text
        address = f"/staff/produk/{proposed}/varian/{desk.sku}"
        officer.post(address, data={**opened(officer, address), "weight_g": ""})
        page = directorate.get(f"/staff/produk/{proposed}").text
        assert "Yang masih kurang sebelum dapat diterbitkan" in page
        assert "<li>Berat" in page
        assert "/terbitkan" not in page

    def test_nobody_publishes_for_the_office_they_work_in(
        self, app: Flask, directorate: FlaskClient, desk: Desk, proposed: str
    ) -> None:
        mark = mark_on(directorate, proposed)
        with app.app_context(), transaction() as session:
            officer = session.get_one(User, desk.officer)
            make_membership(session, officer, "directorate")
        before = stored(app)
        assert step(browser(app, desk.officer), proposed, "terbitkan", mark=mark).status_code == 404
        assert stored(app) == before

    def test_nobody_publishes_what_the_office_they_work_in_makes_too(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk
    ) -> None:
        tell(officer, desk.shared, unit="lembar")
        step(officer, desk.shared, "ajukan", mark=mark_on(officer, desk.shared))
        mark = mark_on(directorate, desk.shared)
        with app.app_context(), transaction() as session:
            make_membership(session, session.get_one(User, desk.neighbour), "directorate")
        neighbour = browser(app, desk.neighbour)
        assert "/terbitkan" not in neighbour.get(f"/staff/produk/{desk.shared}").text
        before = stored(app)
        assert step(neighbour, desk.shared, "terbitkan", mark=mark).status_code == 404
        assert step(neighbour, desk.shared, "kembalikan", mark=mark, refusal="Tidak").status_code == 404
        assert stored(app) == before

    def test_another_region_finds_nothing(self, app: Flask, desk: Desk, proposed: str) -> None:
        stranger = browser(app, desk.foreign_kanwil)
        before = stored(app)
        assert stranger.get(f"/staff/produk/{proposed}").status_code == 404
        assert step(stranger, proposed, "kembalikan", mark="x", refusal="Tidak").status_code == 404
        assert desk.chair not in stranger.get("/staff/produk").text
        assert stored(app) == before

    def test_a_neighbour_writes_only_what_it_makes_too(self, app: Flask, desk: Desk, proposed: str) -> None:
        neighbour = browser(app, desk.neighbour)
        before = stored(app)
        assert neighbour.get(f"/staff/produk/{proposed}/ubah").status_code == 404
        assert neighbour.post(f"/staff/produk/{proposed}/ubah", data={"name": "x"}).status_code == 404
        assert stored(app) == before
        tell(neighbour, desk.shared, lead_days="9")
        with app.app_context():
            rows = db.session.execute(
                select(Maker.lead_days)
                .join(Product)
                .where(Product.slug == desk.shared)
                .order_by(Maker.lead_days)
            )
            assert rows.scalars().all() == [3, 9]

    def test_the_history_names_people_to_their_own_office_only(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        tell(officer, desk.shared, unit="lembar")
        assert "Budi" in officer.get(f"/staff/produk/{desk.shared}").text
        foreign = browser(app, desk.neighbour).get(f"/staff/produk/{desk.shared}").text
        assert "lembar" in foreign
        assert "Budi" not in foreign


class TestWhoIsTold:
    def test_the_upt_is_mailed_what_was_decided_and_reads_it_in_the_morning(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, at: datetime
    ) -> None:
        tell(officer, desk.chair, unit="set")
        assert "produk untuk diterbitkan" not in directorate.get("/staff").text
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        assert "produk untuk diterbitkan" in directorate.get("/staff").text
        assert "produk untuk diterbitkan" not in browser(app, desk.kanwil).get("/staff").text
        step(directorate, desk.chair, "kembalikan", mark=mark_on(directorate, desk.chair), refusal="Set apa?")
        assert "produk dikembalikan kepada Anda" in officer.get("/staff").text
        tell(officer, desk.chair, unit="set 4 buah")
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        assert "produk dikembalikan kepada Anda" not in officer.get("/staff").text
        step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair))
        with app.app_context(), transaction() as session:
            query = select(OutboxEvent).where(OutboxEvent.name == "ProductReviewed").order_by(OutboxEvent.id)
            for row in session.scalars(query):
                SUBSCRIBED.apply(session, restore(row.name, row.payload), at=at)
            mails = session.execute(select(Mail.subject, Mail.body_text).order_by(Mail.id)).all()
        assert [subject for subject, _ in mails] == ["Dikembalikan: Kursi Jati", "Terbit: Kursi Jati"]
        assert "Set apa?" in mails[0].body_text
        assert f"/staff/produk/{desk.chair}" in mails[0].body_text

    def test_nobody_is_told_that_what_lacks_a_permit_is_shown(
        self, app: Flask, officer: FlaskClient, directorate: FlaskClient, desk: Desk, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            chair = session.scalars(select(Product).where(Product.slug == desk.chair)).one()
            session.add(PermitRule(category_id=chair.category_id, kinds=["PIRT"], since=date(2020, 1, 1)))
        tell(officer, desk.chair, unit="set")
        step(officer, desk.chair, "ajukan", mark=mark_on(officer, desk.chair))
        page = step(directorate, desk.chair, "terbitkan", mark=mark_on(directorate, desk.chair)).text
        assert "Toko menampilkannya setelah izin yang diminta kategorinya diperiksa." in page
        assert "Terbit: toko" not in page
        with app.app_context(), transaction() as session:
            (event,) = published(session, ProductReviewed)
            SUBSCRIBED.apply(session, event, at=at)
            body = session.scalars(select(Mail.body_text)).one()
        assert "Toko menampilkannya setelah izin" in body
        assert f"/staff/produk/{desk.chair}" in body

    def test_a_list_is_kept_as_it_is_shown(self, officer: FlaskClient, desk: Desk) -> None:
        begin(officer, desk, "=Roti")
        drafts = officer.get("/staff/produk/unduh.csv?show=draft", buffered=True)
        assert "'=Roti" in drafts.text
        assert "Kursi Jati" not in drafts.text
        assert "Kursi Jati" in officer.get("/staff/produk/unduh.csv?q=kursi", buffered=True).text
        assert officer.get("/staff/produk/unduh.xlsx", buffered=True).data[:2] == b"PK"


@pytest.mark.parametrize(
    ("place", "form", "said"),
    [
        ("ubah", {"unit": ""}, "Tulis satuan jualnya."),
        ("ubah", {"lead_days": "-3"}, "Tulis bilangan bulat"),
        ("ubah", {"lead_days": "999"}, "Isi bilangan bulat dari 0 sampai 366."),
        ("ubah", {"description_id": "x" * 10_000}, "Tulis paling banyak 5000 karakter."),
        ("varian/{sku}", {"price": "gratis"}, "Tulis jumlah rupiah"),
        ("varian/{sku}", {"price": "0"}, "Isi bilangan bulat dari 1"),
        ("varian/{sku}", {"weight_g": "1e3"}, "Tulis bilangan bulat"),
        ("varian/{sku}", {"motif_en": "Flowers"}, "Tulis juga dalam bahasa Indonesia."),
    ],
)
def test_bad_input_is_told_beside_its_field(
    app: Flask, officer: FlaskClient, desk: Desk, place: str, form: dict[str, str], said: str
) -> None:
    address = f"/staff/produk/{desk.chair}/{place.format(sku=desk.sku)}"
    before = stored(app)
    answer = officer.post(address, data={**opened(officer, address), **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert stored(app) == before


def test_the_pages_read_as_often_for_many_products_as_for_few(
    app: Flask, officer: FlaskClient, desk: Desk, count_queries: CountedQueries
) -> None:
    addresses = ("/staff/produk", f"/staff/produk/{desk.chair}", f"/staff/produk/{desk.chair}/ubah")
    with app.app_context():
        engine: Engine = db.engine
    counts = {}
    for address in addresses:
        with count_queries(engine) as counted:
            officer.get(address)
        counts[address] = len(counted)
    with app.app_context(), transaction() as session:
        upt = session.scalars(select(Maker).join(Product).where(Product.slug == desk.chair)).one().upt_id
        category = session.scalars(select(Category)).first()
        for number in range(20):
            product = make_product(session, f"Barang {number}", makers=(), category=category)
            session.add(Maker(product_id=product.id, upt_id=upt))
    for address, count in counts.items():
        with count_queries(engine) as counted:
            assert officer.get(address).status_code == 200
        assert len(counted) == count
