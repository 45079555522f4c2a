"""How much the pages of buying ask of the database: the same however many lines a cart or an order has."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.clock import now
from kernel.db import transaction
from orders.links import order_token
from orders.rules.allocation import Wish
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
    assert len(queries) == 5


@pytest.mark.parametrize("address", ["/tentang", "/en/luring", "/staff/masuk", "/tidak-ada"])
def test_pages_without_goods_ask_nothing(client: FlaskClient, queries: list[str], address: str) -> None:
    client.get(address)
    assert queries == []
