"""How much the pages of buying ask of the database: the same however many lines a cart or an order has."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select

from inventory.models import Product
from kernel.clock import now
from kernel.db import db, transaction
from orders.links import order_token
from orders.rules.allocation import Wish
from storefront.models import Cart
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.placing import make_placed_order, make_shop

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.mark.parametrize("lines", [1, 2])
def test_the_checkout(app: Flask, client: FlaskClient, queries: list[str], lines: int) -> None:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        cart = open_cart(session, key=None, user_id=None, at=now())
        for variant in (shop.bread, shop.net)[:lines]:
            put_in_cart(session, cart.id, variant.sku, 1)
    client.set_cookie("lapak_cart", cart.key)
    queries.clear()
    assert client.get("/checkout").status_code == 200
    assert len(queries) == 3


@pytest.mark.parametrize("lines", [1, 2])
def test_an_order(app: Flask, client: FlaskClient, queries: list[str], lines: int) -> None:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        wishes = (Wish(1, shop.net.id, 6), Wish(2, shop.bread.id, 1))
        number = make_placed_order(session, *wishes[:lines], at=now())
    queries.clear()
    token = order_token(number, secret_key=SECRET)
    assert client.get(f"/pesanan/{number}/{token}").status_code == 200
    assert len(queries) == 7


def test_buying_keeps_the_statements_its_connection_has_prepared(app: Flask, client: FlaskClient) -> None:
    """A rollback makes the driver forget them, and each is parsed and planned anew."""
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        sku = shop.bread.sku
        slug = session.scalars(select(Product.slug).where(Product.id == shop.bread.product_id)).one()
    undone: list[str] = []

    def note(connection: Connection) -> None:
        if connection.connection.dbapi_connection.info.transaction_status:  # type: ignore[union-attr]
            undone.append(address)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "rollback", note)
    for address in ("/", "/produk", "/cari?q=roti", f"/produk/{slug}"):
        assert client.get(address).status_code == 200
    client.post(f"/produk/{slug}", data={"sku": sku, "quantity": "1"})
    for address in ("/keranjang", "/checkout"):
        assert client.get(address).status_code == 200
    with app.app_context(), transaction() as session:
        key = session.scalars(select(Cart.checkout_key)).one()
    address = "POST /checkout"
    form = {"checkout_key": key, "step": "address", "postcode": "40111", "village": "32.73.19.1001"}
    assert client.post("/checkout", data=form).status_code == 200
    event.remove(engine, "rollback", note)
    assert undone == []


@pytest.mark.parametrize("address", ["/tentang", "/en/luring", "/staff/masuk", "/tidak-ada"])
def test_pages_without_goods_ask_nothing(client: FlaskClient, queries: list[str], address: str) -> None:
    client.get(address)
    assert queries == []
