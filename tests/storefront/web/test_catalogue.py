"""The product's page."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from inventory.models import Product, Stock
from kernel.db import db, transaction
from storefront.models import Cart, CartLine
from tests.journeys.wording import told
from tests.storefront.web.conftest import Shop


def lines_stored(app: Flask) -> list[tuple[int, int | None]]:
    """Quantity and UPT of every line of every cart."""
    with app.app_context():
        return [(line.quantity, line.upt_id) for line in db.session.query(CartLine).order_by(CartLine.id)]


class TestProduct:
    def test_shows_price_stock_and_makers_in_four_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get(f"/produk/{shop.bread}")
        assert page.status_code == 200
        assert len(queries) == 4
        for text in ("Roti Manis", "Rp8.000", "Lapas Kelas IIA Bandung", "Lapas Kelas IIB Ciamis", "500 g"):
            assert text in page.text
        assert f'<link rel="canonical" href="http://localhost/produk/{shop.bread}">' in page.text
        assert f'<option value="{shop.there}">' in page.text

    @pytest.mark.parametrize("kind", ["service", "priceless"])
    def test_what_cannot_be_ordered_says_how_to_ask(self, client: FlaskClient, shop: Shop, kind: str) -> None:
        slug = getattr(shop, kind)
        page = client.get(f"/produk/{slug}")
        assert page.status_code == 200
        assert f'href="/produk/{slug}/permintaan"' in page.text
        assert 'name="sku"' not in page.text

    def test_what_is_withdrawn_is_gone(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/produk/{shop.withdrawn}")
        assert page.status_code == 410
        assert "Keset Lama" in page.text

    @pytest.mark.parametrize("slug", ["tidak-ada", "%00", "%F0%9F%A5%90", "a" * 3_000, "..%2f..%2fetc"])
    def test_what_never_was_is_not_found(self, client: FlaskClient, shop: Shop, slug: str) -> None:
        assert client.get(f"/produk/{slug}").status_code in (400, 404)

    def test_marks_sample_data(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        assert told("Sample data") not in client.get(f"/produk/{shop.bread}?1").text
        with app.app_context(), transaction() as session:
            session.execute(update(Product).values(is_sample=True))
        assert told("Sample data") in client.get(f"/produk/{shop.bread}?2").text


class TestAdd:
    def test_puts_it_in_the_cart_of_a_new_visitor(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        answer = client.post(f"/produk/{shop.bread}", data={"sku": shop.bread_sku, "quantity": "2"})
        assert (answer.status_code, answer.location) == (303, "/keranjang")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("lapak_cart=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert lines_stored(app) == [(2, None)]

    def test_sent_twice_it_is_there_once(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        for _ in range(2):
            client.post(f"/produk/{shop.bread}", data={"sku": shop.bread_sku, "quantity": "2"})
        assert lines_stored(app) == [(2, None)]

    def test_takes_a_handful_of_statements(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        for _ in range(2):
            queries.clear()
            client.post(f"/produk/{shop.bread}", data={"sku": shop.bread_sku, "quantity": "2"})
        assert len(queries) == 4

    @pytest.mark.parametrize(
        "quantity",
        [None, "", "0", "-1", "1.5", "1e3", "NaN", "abc", "١٢", "99999", "9" * 4_000, ["1", "2"]],
    )
    def test_refuses_what_is_no_quantity_beside_the_field(
        self, app: Flask, client: FlaskClient, shop: Shop, quantity: str | list[str] | None
    ) -> None:
        data = {"sku": shop.bread_sku} | ({"quantity": quantity} if quantity is not None else {})
        answer = client.post(f"/produk/{shop.bread}", data=data)
        assert answer.status_code == 422
        assert 'id="quantity-error">' in answer.text
        assert "9999" in answer.text
        assert "Set-Cookie" not in answer.headers
        assert lines_stored(app) == []

    def test_refuses_more_than_is_left_and_says_where(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        answer = client.post(f"/produk/{shop.bread}", data={"sku": shop.bread_sku, "quantity": "9"})
        assert answer.status_code == 409
        for text in ("Lapas Kelas IIA Bandung: 5", "Lapas Kelas IIB Ciamis: 3", 'value="9"'):
            assert text in answer.text
        assert lines_stored(app) == []

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            ({"sku": "no-such-sku"}, 404),
            ({"sku": "\x00"}, 400),
            ({}, 404),
            ({"upt": "no-such-upt"}, 422),
            ({"upt": "\x00"}, 400),
        ],
    )
    def test_refuses_tampered_forms(
        self, app: Flask, client: FlaskClient, shop: Shop, data: dict[str, str], status: int
    ) -> None:
        data = {"sku": shop.bread_sku} | data if "upt" in data else data
        answer = client.post(f"/produk/{shop.bread}", data={"quantity": "1"} | data)
        assert answer.status_code == status
        assert lines_stored(app) == []
        with app.app_context():
            assert db.session.query(Cart).count() == 0

    def test_refuses_a_form_of_another_site(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        answer = client.post(
            f"/produk/{shop.bread}",
            data={"sku": shop.bread_sku, "quantity": "1"},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403
        assert lines_stored(app) == []

    def test_a_chosen_upt_is_kept(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        client.post(f"/produk/{shop.bread}", data={"sku": shop.bread_sku, "quantity": "1", "upt": shop.there})
        ((quantity, upt_id),) = lines_stored(app)
        assert quantity == 1
        assert upt_id is not None

    def test_sold_out_offers_no_form(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).values(on_hand=0))
        page = client.get(f"/produk/{shop.bread}")
        assert "data-buy" not in page.text
