"""A guest's orders join the account when the address is verified, and at each sign-in after that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import User
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import db, transaction
from orders.models import Order, OrderEvent
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from tests.factories.accounts import PASSWORD, make_user, sign_in_customer
from tests.factories.links import link_in, mailed_link, write_mails
from tests.factories.placing import make_placed_order, make_shop

SARI = {"name": "Sari Wulandari", "email": "sari@example.id", "password": "kebun teh di lereng gunung"}


@pytest.fixture(autouse=True)
def _fresh_limits(app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def orders(app: Flask) -> list[str]:
    """What two guests have ordered, Sari's first."""
    with app.app_context(), transaction() as session:
        bread = make_shop(session, at=now(), breads=9).bread
        return [
            make_placed_order(
                session, Wish(1, bread.id, 1), at=now(), contact=Contact(email, "Sari", "081234567890")
            )
            for email in ("sari@example.id", "budi@example.id")
        ]


def owners(app: Flask) -> list[int | None]:
    with app.app_context():
        return list(db.session.scalars(select(Order.user_id).order_by(Order.id)))


def joined_by(app: Flask) -> list[int | None]:
    """Who joined orders, as their history says."""
    query = select(OrderEvent.actor_user_id).where(OrderEvent.kind == "joined_account")
    with app.app_context():
        return list(db.session.scalars(query))


def test_when_the_address_is_verified(app: Flask, client: FlaskClient, orders: list[str]) -> None:
    client.post("/daftar", data=SARI)
    link = mailed_link(app)
    assert owners(app) == [None, None]
    client.post(link, data={"password": SARI["password"]})
    with app.app_context():
        user_id = db.session.scalars(select(User.id)).one()
    assert owners(app) == [user_id, None]
    assert joined_by(app) == [user_id]
    page = client.get("/akun/pesanan").text
    assert orders[0] in page
    assert orders[1] not in page
    assert client.get(f"/pesanan/{orders[0]}/akun").status_code == 200
    assert client.get(f"/pesanan/{orders[1]}/akun").status_code == 404


def test_when_the_address_is_changed(app: Flask, client: FlaskClient, orders: list[str]) -> None:
    with app.app_context(), transaction() as session:
        user_id = make_user(session, email="sari.lama@example.id", verified_at=now()).id
    sign_in_customer(client, user_id)
    client.post("/akun/keamanan/surel", data={"email": "Sari@example.id"})
    link = link_in(write_mails(app)[0])
    assert client.get(link).status_code == 200
    assert owners(app) == [None, None], "asking and looking joins nothing"
    assert client.post(link).status_code == 303
    assert owners(app) == [user_id, None]
    assert client.get(f"/pesanan/{orders[0]}/akun").status_code == 200
    assert client.get(f"/pesanan/{orders[1]}/akun").status_code == 404


@pytest.mark.parametrize("is_verified", [True, False])
def test_at_sign_in_if_the_address_is_verified(
    app: Flask, client: FlaskClient, orders: list[str], is_verified: bool
) -> None:
    with app.app_context(), transaction() as session:
        verified_at = now() if is_verified else None
        user_id = make_user(session, email="sari@example.id", verified_at=verified_at).id
    client.post("/masuk", data={"email": "sari@example.id", "password": PASSWORD})
    assert client.get("/akun").status_code == 200
    assert owners(app) == [user_id if is_verified else None, None]
    assert joined_by(app) == [user_id] * is_verified
    assert len(orders) == 2
