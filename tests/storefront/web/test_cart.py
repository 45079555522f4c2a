"""The cart's page, with and without a cart, and what it says when things have changed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from accounts.models import User
from inventory.models import Product, Stock
from kernel.db import db, transaction
from storefront.models import Cart, CartLine
from tests.factories.accounts import PASSWORD, make_user
from tests.storefront.web.conftest import Shop


def put_in(client: FlaskClient, shop: Shop, quantity: int = 2, **more: str) -> None:
    """Put bread in the client's cart."""
    data = {"sku": shop.bread_sku, "quantity": str(quantity), **more}
    assert client.post(f"/produk/{shop.bread}", data=data).status_code == 303


def stored(app: Flask) -> list[tuple[int, int]]:
    """Id and quantity of every line of every cart."""
    with app.app_context():
        return [(line.id, line.quantity) for line in db.session.query(CartLine).order_by(CartLine.id)]


class TestCart:
    def test_is_empty_for_a_new_visitor_without_a_query(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/keranjang")
        assert page.status_code == 200
        assert 'class="empty"' in page.text
        assert queries == []
        assert page.headers["Cache-Control"] == "private, no-cache"

    def test_shows_lines_and_total_in_three_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        put_in(client, shop, 3)
        queries.clear()
        page = client.get("/keranjang")
        assert len(queries) == 3
        for text in ("Roti Manis", "Rp24.000", 'href="/checkout"', 'class="cart-link__count"'):
            assert text in page.text

    @pytest.mark.parametrize("key", ["invented", "", "\\000", "a" * 4_000, "%00"])
    def test_a_key_we_did_not_hand_out_opens_nothing(
        self, app: Flask, client: FlaskClient, shop: Shop, key: str
    ) -> None:
        client.set_cookie("lapak_cart", key)
        assert client.get("/keranjang").status_code in (200, 400)
        put_in(client, shop)
        with app.app_context():
            (cart,) = db.session.query(Cart)
            assert cart.key != key

    def test_says_what_can_no_longer_be_had_and_keeps_the_rest(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop, 4)
        put_in(client, shop, 3, upt=shop.there)
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).where(Stock.on_hand == 3).values(on_hand=1))
        page = client.get("/keranjang")
        assert "Lapas Kelas IIB Ciamis: 1" in page.text
        assert page.text.count("has-problem") == 1
        assert 'href="/checkout"' in page.text
        assert "Rp32.000" in page.text
        assert [quantity for _, quantity in stored(app)] == [4, 3]

    def test_says_that_a_product_was_withdrawn(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        put_in(client, shop)
        with app.app_context(), transaction() as session:
            session.execute(update(Product).values(is_withdrawn=True))
        page = client.get("/keranjang")
        assert "has-problem" in page.text
        assert 'href="/checkout"' not in page.text


class TestChange:
    def test_changes_and_removes(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        put_in(client, shop)
        ((line, _),) = stored(app)
        answer = client.post("/keranjang", data={"line": str(line), "quantity": "5"})
        assert (answer.status_code, answer.location) == (303, "/keranjang")
        assert stored(app) == [(line, 5)]
        for _ in range(2):
            answer = client.post("/keranjang", data={"line": str(line), "quantity": "no", "remove": "1"})
            assert answer.status_code == 303
        assert stored(app) == []

    @pytest.mark.parametrize(
        "quantity", [None, "", "0", "-3", "1,5", "1e3", "NaN", "٣", "10000", "9" * 4_000, ["1", "2"]]
    )
    def test_refuses_what_is_no_quantity_beside_the_line(
        self, app: Flask, client: FlaskClient, shop: Shop, quantity: str | list[str] | None
    ) -> None:
        put_in(client, shop)
        ((line, _),) = stored(app)
        data: dict[str, str | list[str]] = {"line": str(line)}
        answer = client.post("/keranjang", data=data | ({} if quantity is None else {"quantity": quantity}))
        assert answer.status_code == 422
        assert f'id="quantity-{line}-error">' in answer.text
        assert stored(app) == [(line, 2)]

    def test_refuses_more_than_is_left(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        put_in(client, shop)
        ((line, _),) = stored(app)
        answer = client.post("/keranjang", data={"line": str(line), "quantity": "9"})
        assert answer.status_code == 409
        assert "Lapas Kelas IIA Bandung: 5" in answer.text
        assert stored(app) == [(line, 2)]

    @pytest.mark.parametrize("line", [None, "", "0", "-1", "abc", "9" * 17, "9" * 400, "١"])
    def test_a_line_that_is_not_there_is_not_found(
        self, app: Flask, client: FlaskClient, shop: Shop, line: str | None
    ) -> None:
        put_in(client, shop)
        data = {"quantity": "1"} | ({"line": line} if line is not None else {})
        assert client.post("/keranjang", data=data).status_code == 404
        assert [quantity for _, quantity in stored(app)] == [2]

    def test_nobody_changes_a_strangers_line(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        put_in(client, shop)
        ((line, _),) = stored(app)
        stranger = app.test_client()
        stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        assert stranger.post("/keranjang", data={"line": str(line), "quantity": "1"}).status_code == 404
        put_in(stranger, shop, 1)
        assert stranger.post("/keranjang", data={"line": str(line), "quantity": "1"}).status_code == 404
        assert stranger.post("/keranjang", data={"line": str(line), "remove": "1"}).status_code == 303
        assert stored(app)[0] == (line, 2)


class TestSignIn:
    def test_the_guests_cart_goes_along_and_stays_behind_at_sign_out(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        with app.app_context(), transaction() as session:
            email = make_user(session).email
        put_in(client, shop, 3)
        client.post("/staff/masuk", data={"email": email, "password": PASSWORD})
        assert "Rp24.000" in client.get("/keranjang").text
        with app.app_context():
            user_id = db.session.query(User.id).scalar()
            assert [cart.user_id for cart in db.session.query(Cart)] == [user_id]
        client.post("/staff/keluar")
        assert "Rp24.000" not in client.get("/keranjang").text
