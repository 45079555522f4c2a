"""What people see while the database is away: a friendly 503 on every page, never a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kernel.db import db
from orders.links import order_token
from storefront.app import create_app
from tests.conftest import make_config
from tests.factories.accounts import give_cookie

NOBODY_LISTENS = "postgresql+psycopg://lapak@127.0.0.1:1/none"
ORDER = "LP-0000000000"


@pytest.fixture
def app(valkey_url: str) -> Iterator[Flask]:
    """The web app with a database that refuses every connection."""
    app = create_app(make_config(NOBODY_LISTENS, valkey_url))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/produk?urut=nama"),
        ("POST", "/produk/roti"),
        ("GET", "/keranjang"),
        ("POST", "/checkout"),
        ("GET", f"/pesanan/{ORDER}/TOKEN"),
        ("POST", f"/pesanan/{ORDER}/TOKEN/bayar"),
        ("GET", "/staff/paket"),
        ("POST", "/staff/stok/GARUT/ROTI/masuk"),
    ],
)
def test_every_page_asks_to_come_back(app: Flask, method: str, address: str) -> None:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.set_cookie("lapak_cart", "a-key")
    give_cookie(client, "a-session-key")
    token = order_token(ORDER, secret_key=app.extensions["lapak"].secret_key)
    answer = client.open(address.replace("TOKEN", token), method=method, data={"quantity": "1"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "<main" in answer.text


def test_the_process_lives_but_is_not_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "unready"
    assert "database" in answer.json["reason"]
