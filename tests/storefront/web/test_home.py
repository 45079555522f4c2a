"""The home page: what it shows, and what comes from the province a visitor has chosen."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from accounts.models import Upt
from accounts.rules import system_actor
from inventory.models import Maker, Variant
from inventory.services.stock import receive
from kernel.db import transaction
from tests.storefront.web.conftest import Shop


@pytest.fixture
def baked(app: Flask, shop: Shop, at: datetime) -> Shop:
    """The shop after two loaves came out of the oven."""
    with app.app_context(), transaction() as session:
        variant = session.scalars(select(Variant).where(Variant.sku == shop.bread_sku)).one()
        upt = session.scalars(select(Upt).where(Upt.slug == shop.here)).one()
        receive(session, variant.id, upt.id, 2, reason="made", actor=system_actor("test"), at=at)
    return shop


class TestHome:
    def test_shows_what_was_made_and_the_categories_in_three_statements(
        self, client: FlaskClient, baked: Shop, queries: list[str]
    ) -> None:
        page = client.get("/")
        assert len(queries) == 3
        for text in ("Roti Manis", "Roti dan kue", "/produk?kategori=roti_kue", "Dari provinsi Anda"):
            assert text in page.text
        assert "Kursi Ukir" not in page.text

    def test_names_the_regions_with_their_units_beside_the_map(
        self, client: FlaskClient, baked: Shop
    ) -> None:
        regions = client.get("/").text.partition('id="regions"')[2].partition("</section>")[0]
        assert regions.count('class="chip"') == 1
        for text in ('href="/peta"', 'href="/provinsi/jawa-barat"', "Jawa Barat", "2 UPT"):
            assert text in regions
        assert 'href="/en/provinsi/jawa-barat"' in client.get("/en/").text

    def test_is_kept(self, client: FlaskClient, baked: Shop, queries: list[str]) -> None:
        client.get("/")
        queries.clear()
        assert "Roti Manis" in client.get("/").text
        assert queries == []

    def test_an_empty_shop_has_a_home_page_too(self, client: FlaskClient) -> None:
        assert client.get("/").status_code == 200


class TestProvince:
    def test_shows_what_comes_from_there_in_four_statements(
        self, client: FlaskClient, baked: Shop, queries: list[str]
    ) -> None:
        answer = client.post("/provinsi", data={"provinsi": "jawa-barat"})
        assert (answer.status_code, answer.location) == (303, "/#dekat")
        page = client.get("/")
        assert len(queries) == 4
        assert "Dari Jawa Barat" in page.text
        assert "Kursi Ukir" in page.text.partition('id="dekat"')[2].partition("</section>")[0]

    def test_a_page_is_kept_for_each_province(
        self, app: Flask, client: FlaskClient, baked: Shop, queries: list[str]
    ) -> None:
        client.post("/provinsi", data={"provinsi": "jawa-barat"})
        stranger = app.test_client()
        pages = [client.get("/").text, stranger.get("/").text]
        queries.clear()
        assert [client.get("/").text, stranger.get("/").text] == pages
        assert queries == []
        assert "Dari Jawa Barat" not in pages[1]

    @pytest.mark.parametrize(
        "odd",
        [
            "foo; provinsi=jawa-barat",
            'x="; provinsi=jawa-barat',
            "a b=1; provinsi=jawa-barat",
            'x={"a":1}; provinsi=jawa-barat',
            "provinsi=jawa-barat; provinsi=aceh",
        ],
    )
    def test_odd_cookies_show_nobody_the_page_of_another(
        self, app: Flask, baked: Shop, queries: list[str], odd: str
    ) -> None:
        visitor = app.test_client(use_cookies=False)
        assert "Dari Jawa Barat" in visitor.get("/", headers={"Cookie": odd}).text
        assert "Dari provinsi Anda" in visitor.get("/").text
        queries.clear()
        assert "Dari Jawa Barat" in visitor.get("/", headers={"Cookie": "provinsi=jawa-barat"}).text
        assert queries == []
        assert "Dari Aceh" in visitor.get("/", headers={"Cookie": "provinsi=aceh"}).text

    def test_says_when_nothing_comes_from_there(self, client: FlaskClient, baked: Shop) -> None:
        client.post("/provinsi", data={"provinsi": "papua-selatan"})
        assert "Dari Papua Selatan" in client.get("/").text

    def test_is_forgotten_when_none_is_chosen(self, client: FlaskClient, baked: Shop) -> None:
        client.post("/provinsi", data={"provinsi": "jawa-barat"})
        client.post("/provinsi", data={"provinsi": ""})
        assert "Dari provinsi Anda" in client.get("/").text

    @pytest.mark.parametrize("slug", ["atlantis", "'; --", "a" * 10_000, "Jawa Barat"])
    def test_an_unknown_one_is_refused_beside_the_field(self, client: FlaskClient, slug: str) -> None:
        answer = client.post("/provinsi", data={"provinsi": slug})
        assert answer.status_code == 422
        assert 'id="provinsi-error"' in answer.text
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize("cookie", ["atlantis", "", "x" * 3_000, "jawa-barat;;=", '"'])
    def test_takes_whatever_a_cookie_says(self, client: FlaskClient, baked: Shop, cookie: str) -> None:
        assert client.get("/", headers={"Cookie": f"provinsi={cookie}"}).status_code == 200

    def test_leads_back_in_the_language_of_the_page(self, client: FlaskClient, baked: Shop) -> None:
        assert client.post("/en/provinsi", data={"provinsi": "bali"}).location == "/en/#dekat"


def test_flagships_are_shown(app: Flask, client: FlaskClient, baked: Shop) -> None:
    with app.app_context(), transaction() as session:
        session.execute(
            update(Maker).where(Maker.product_id == baked.bread_id).values(flagship_since=date(2026, 11, 1))
        )
    shelf = client.get("/").text.partition("Produk unggulan")[2].partition("</section>")[0]
    assert "Roti Manis" in shelf


def test_without_flagships_there_is_no_shelf_of_them(client: FlaskClient, baked: Shop) -> None:
    assert "Produk unggulan" not in client.get("/").text
