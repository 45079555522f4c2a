"""The buyer's own text from the product's page to the slip: lines of their own, refused in place, escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from inventory.models import Product
from kernel.clock import now
from kernel.db import db, transaction
from orders.models import Fulfilment, Order
from orders.queries.notices import packing_notices
from storefront.models import CartLine
from storefront.queries.carts import lines_of
from storefront.services.carts import merge_carts, open_cart, put_in_cart
from tests.factories.accounts import make_officer, make_user, sign_in
from tests.factories.enquiries import make_terms
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from tests.storefront.web.test_checkout import ADDRESS

HOSTILE = '<i>Sari</i> & "B"'
SHOWN = "&lt;i&gt;Sari&lt;/i&gt; &amp; &#34;B&#34;"


@dataclass(frozen=True)
class Stall:
    """Bread with a name on it, at most 20 characters, and three a person; nets without."""

    bread: str
    bread_slug: str
    net: str
    net_slug: str
    officer: int


@pytest.fixture
def stall(app: Flask) -> Iterator[Stall]:
    real, app.extensions["payments"] = app.extensions["payments"], FakeProvider()
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now(), breads=20)
        product = session.get_one(Product, shop.bread.product_id)
        make_terms(
            session,
            product.id,
            own_text_label_id="Nama di kue",
            own_text_label_en="Name on the cake",
            own_text_most=20,
            own_text_required=True,
            limit_pieces=6,
            limit_days=7,
        )
        officer = make_officer(session, shop.garut)
        net = session.get_one(Product, shop.net.product_id)
        made = Stall(shop.bread.sku, product.slug, shop.net.sku, net.slug, officer.id)
    yield made
    app.extensions["payments"] = real


def put(client: FlaskClient, stall: Stall, written: str, quantity: int = 1) -> TestResponse:
    form = {"sku": stall.bread, "quantity": str(quantity), "own_text": written}
    return client.post(f"/produk/{stall.bread_slug}", data=form)


def lines(app: Flask) -> list[tuple[str, int]]:
    with app.app_context():
        rows = db.session.execute(select(CartLine.own_text, CartLine.quantity).order_by(CartLine.id))
        return [(row[0], row[1]) for row in rows]


def change(client: FlaskClient, app: Flask, place: int, **form: str) -> TestResponse:
    with app.app_context():
        ids = list(db.session.scalars(select(CartLine.id).order_by(CartLine.id)))
    return client.post("/keranjang", data={"line": str(ids[place]), "quantity": "1", **form})


class TestProductPage:
    def test_asks_for_the_text_in_both_languages(self, client: FlaskClient, stall: Stall) -> None:
        assert "Nama di kue" in client.get(f"/produk/{stall.bread_slug}").text
        assert "Name on the cake" in client.get(f"/en/produk/{stall.bread_slug}").text
        assert "own_text" not in client.get(f"/produk/{stall.net_slug}").text

    def test_texts_make_lines_of_their_own(self, app: Flask, client: FlaskClient, stall: Stall) -> None:
        for written, quantity in (("Sari", 1), ("Budi", 2), ("  Sari ", 3)):
            assert put(client, stall, written, quantity).status_code == 303
        assert lines(app) == [("Sari", 3), ("Budi", 2)]

    @pytest.mark.parametrize(
        "written", ["", "x" * 21, "x" * 10_000, "0812 3456 7890", "www.sari.id", "a\nb", "a\u202eb"]
    )
    def test_what_cannot_be_written_is_refused_beside_the_field(
        self, app: Flask, client: FlaskClient, stall: Stall, written: str
    ) -> None:
        refused = put(client, stall, written)
        assert refused.status_code == 422
        assert 'id="own-text-error"' in refused.text
        assert lines(app) == []

    def test_a_text_nobody_asked_for_is_refused(self, app: Flask, client: FlaskClient, stall: Stall) -> None:
        form = {"sku": stall.net, "quantity": "1", "own_text": "Sari"}
        assert client.post(f"/produk/{stall.net_slug}", data=form).status_code == 422
        assert lines(app) == []

    def test_the_limit_is_told_and_kept_over_all_lines(
        self, app: Flask, client: FlaskClient, stall: Stall
    ) -> None:
        assert "Paling banyak 6 per orang dalam 7 hari" in client.get(f"/produk/{stall.bread_slug}").text
        assert put(client, stall, "Sari", 4).status_code == 303
        refused = put(client, stall, "Budi", 3)
        assert refused.status_code == 409
        assert "paling banyak 6 Roti dalam 7 hari" in refused.text
        assert lines(app) == [("Sari", 4)]


class TestCart:
    def test_shows_escapes_and_changes_the_text(self, app: Flask, client: FlaskClient, stall: Stall) -> None:
        put(client, stall, HOSTILE)
        shown = client.get("/keranjang").text
        assert f'value="{SHOWN}"' in shown
        assert change(client, app, 0, own_text="Tuti").status_code == 303
        assert lines(app) == [("Tuti", 1)]

    def test_lines_that_come_to_say_the_same_are_joined(
        self, app: Flask, client: FlaskClient, stall: Stall
    ) -> None:
        put(client, stall, "Sari", 1)
        put(client, stall, "Budi", 2)
        assert change(client, app, 0, own_text="Budi").status_code == 303
        assert lines(app) == [("Budi", 3)]

    def test_a_refused_text_stands_beside_its_field_and_changes_nothing(
        self, app: Flask, client: FlaskClient, stall: Stall
    ) -> None:
        put(client, stall, "Sari")
        put(client, stall, "Budi")
        refused = change(client, app, 0, own_text="081234567890", quantity="3")
        assert refused.status_code == 422
        assert "nomor telepon" in refused.text
        assert lines(app) == [("Sari", 1), ("Budi", 1)]

    def test_a_refused_number_takes_no_twin_away(self, app: Flask, client: FlaskClient, stall: Stall) -> None:
        put(client, stall, "Sari", 3)
        put(client, stall, "Budi", 3)
        assert change(client, app, 0, own_text="Budi", quantity="4").status_code == 409
        assert lines(app) == [("Sari", 3), ("Budi", 3)]

    def test_a_change_without_the_field_leaves_the_text(
        self, app: Flask, client: FlaskClient, stall: Stall
    ) -> None:
        put(client, stall, "Sari")
        assert change(client, app, 0, quantity="2").status_code == 303
        assert lines(app) == [("Sari", 2)]

    @pytest.mark.parametrize(
        ("terms", "problem"),
        [
            ("own_text_most = 3", "own_text"),
            ("own_text_most = NULL", "own_text"),
            ("limit_pieces = 1", "too_many"),
        ],
    )
    def test_what_no_longer_fits_is_said_before_the_checkout(
        self, app: Flask, client: FlaskClient, stall: Stall, terms: str, problem: str
    ) -> None:
        put(client, stall, "Sari", 2)
        with app.app_context(), transaction() as session:
            session.execute(text(f"UPDATE product_terms SET {terms}"))
        with app.app_context():
            (line,) = lines_of(db.session(), db.session.scalars(select(CartLine.cart_id)).one())
            assert line.problem == problem
        assert "field__error" in client.get("/keranjang").text
        assert client.get("/checkout").headers["Location"] == "/keranjang"

    def test_carts_are_merged_text_by_text(self, app: Flask, stall: Stall) -> None:
        with app.app_context(), transaction() as session:
            user = make_user(session)
            guest = open_cart(session, key=None, user_id=None, at=now())
            own = open_cart(session, key=None, user_id=user.id, at=now())
            for cart_id, written in ((guest.id, "Sari"), (guest.id, "Budi"), (own.id, "Sari")):
                put_in_cart(session, cart_id, stall.bread, 1, own_text=written)
            merge_carts(session, guest.key, user.id, at=now())
        assert sorted(lines(app)) == [("Budi", 1), ("Sari", 1)]


class TestOrder:
    @pytest.fixture
    def number(self, app: Flask, client: FlaskClient, stall: Stall) -> str:
        """An order of two breads with different texts, paid for."""
        put(client, stall, HOSTILE)
        put(client, stall, "Budi", 2)
        shown = client.post("/checkout", data={**ADDRESS, "step": "address"})
        assert SHOWN in shown.text
        key = shown.text.split('name="checkout_key" type="hidden" value="')[1].split('"')[0]
        total = shown.text.split('name="seen_total" type="hidden" value="')[1].split('"')[0]
        form = {**ADDRESS, "checkout_key": key, "seen_total": total, "step": "order"}
        assert client.post("/checkout", data=form).status_code == 303
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE orders SET state = 'paid', paid_at = placed_at"))
            return session.scalars(select(Order.number)).one()

    def test_texts_reach_everybody_who_needs_them(
        self, app: Flask, client: FlaskClient, stall: Stall, number: str
    ) -> None:
        with app.app_context():
            session: Session = db.session()
            order_id = session.scalars(select(Order.id)).one()
            (notice,) = packing_notices(session, order_id)
            assert [(line.own_text, line.quantity) for line in notice.lines] == [(HOSTILE, 1), ("Budi", 2)]
            parcel = session.scalars(select(Fulfilment.number)).one()
        sign_in(client, stall.officer)
        for address in (f"/staff/paket/{parcel}", f"/staff/paket/{parcel}/slip"):
            shown = client.get(address).text
            assert SHOWN in shown
            assert "<i>Sari" not in shown
            assert "Budi" in shown

    def test_the_limit_holds_when_ordering(
        self, app: Flask, client: FlaskClient, stall: Stall, number: str
    ) -> None:
        put(client, stall, "Tuti", 4)
        shown = client.post("/checkout", data={**ADDRESS, "step": "address"})
        key = shown.text.split('name="checkout_key" type="hidden" value="')[1].split('"')[0]
        total = shown.text.split('name="seen_total" type="hidden" value="')[1].split('"')[0]
        form = {**ADDRESS, "checkout_key": key, "seen_total": total, "step": "order"}
        refused = client.post("/checkout", data=form)
        assert refused.status_code == 409
        assert "Sisa untuk Anda dalam masa itu: 3." in refused.text
        assert "dipesan lagi" not in refused.text
        assert lines(app) == [("Tuti", 4)]
