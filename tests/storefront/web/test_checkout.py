"""The one-page checkout: shows before it asks, orders once, and loses nothing when it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.models import Fulfilment, Order
from storefront.models import CartLine
from storefront.queries.carts import CartRow, lock_cart
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from tests.queries import CountedQueries

ADDRESS = {
    "email": "Sari@Example.com",
    "name": "Sari",
    "phone": "0812-3456-7890",
    "postcode": "40111",
    "village": "32.73.19.1001",
    "street": "Jalan Asia Afrika 8",
    "note": "",
}


@dataclass
class Visit:
    """A visitor with two breads and five nets in the cart: Rp480.000, two parcels."""

    client: FlaskClient
    cart_id: int
    key: str

    def post(self, step: str = "order", **changes: str) -> TestResponse:
        form = {**ADDRESS, "checkout_key": self.key, "seen_total": "560000", "step": step, **changes}
        return self.client.post("/checkout", data=form)


@pytest.fixture
def provider(app: Flask) -> Iterator[FakeProvider]:
    real, fake = app.extensions["payments"], FakeProvider()
    app.extensions["payments"] = fake
    yield fake
    app.extensions["payments"] = real


@pytest.fixture
def visit(app: Flask, client: FlaskClient, provider: FakeProvider) -> Visit:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        cart = open_cart(session, key=None, user_id=None, at=now())
        put_in_cart(session, cart.id, shop.bread.sku, 2)
        put_in_cart(session, cart.id, shop.net.sku, 5)
    client.set_cookie("lapak_cart", cart.key)
    return Visit(client, cart.id, cart.checkout_key)


def count(app: Flask, model: type[Any]) -> int:
    with app.app_context():
        found: int = db.session.execute(select(func.count()).select_from(model)).scalar_one()
    return found


class TestShow:
    def test_asks_for_little_and_names_no_region_yet(self, visit: Visit) -> None:
        page = visit.client.get("/checkout")
        assert page.status_code == 200
        assert page.text.count("<input") + page.text.count("<select") + page.text.count("<textarea") <= 12
        assert "Rp480.000" in page.text

    def test_leads_to_the_cart_when_there_is_nothing_to_order(self, client: FlaskClient) -> None:
        assert client.get("/checkout").headers["Location"] == "/keranjang"

    def test_leads_to_the_cart_when_something_there_needs_a_look(self, app: Flask, visit: Visit) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE products SET is_withdrawn = true WHERE name = 'Roti'"))
        assert visit.client.get("/checkout").headers["Location"] == "/keranjang"
        assert count(app, CartLine) == 2


class TestAddressStep:
    def test_fills_in_the_region_and_shows_parcels_and_total(self, app: Flask, visit: Visit) -> None:
        page = visit.post("address", village="", name="", street="", email="")
        assert page.status_code == 200
        assert "Braga, Sumur Bandung, Kota Bandung" in page.text
        assert "Jawa Barat" in page.text
        assert "Lapas Kelas IIA Garut" in page.text
        assert "Lapas Kelas IIB Ciamis" in page.text
        assert "Rp560.000" in page.text
        assert 'name="seen_total" type="hidden" value="560000"' in page.text
        assert count(app, Order) == 0

    def test_of_several_villages_in_one_regency_the_cost_is_known_before_one_is_chosen(
        self, visit: Visit
    ) -> None:
        page = visit.post("address", postcode="44151", village="")
        assert page.status_code == 200
        assert "Kabupaten Garut" in page.text
        assert re.search(r'name="seen_total" type="hidden" value="[0-9]+"', page.text)

    @pytest.mark.parametrize("postcode", ["99999", "4011", "abcde", "40111'--", "４０１１１"])
    def test_a_postcode_that_does_not_exist_is_said_beside_it(self, visit: Visit, postcode: str) -> None:
        page = visit.post("address", postcode=postcode)
        assert page.status_code == 422
        assert 'id="postcode-error"' in page.text

    def test_a_parcel_over_the_limit_is_refused_with_the_limit(self, app: Flask, visit: Visit) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE variants SET weight_g = 29000"))
        page = visit.post("address")
        assert page.status_code == 422
        assert "30000" in page.text


class TestOrderStep:
    def test_tells_nobody_whether_an_address_has_an_account(
        self, app: Flask, visit: Visit, count_queries: CountedQueries
    ) -> None:
        """Nobody looks: who orders as a guest is a guest, whatever address they give."""
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            assert visit.post().status_code == 303
        assert any("INSERT INTO orders" in statement for statement in statements)
        assert not any(re.search(r"\busers\b", statement) for statement in statements)

    def test_places_the_order_empties_the_cart_and_goes_to_the_payment_page(
        self, app: Flask, visit: Visit, provider: FakeProvider
    ) -> None:
        answer = visit.post()
        assert answer.status_code == 303
        assert answer.headers["Location"] in {page.redirect_url for page in provider.pages.values()}
        with app.app_context():
            order = db.session.execute(select(Order)).scalar_one()
        assert (order.email, order.phone, order.total) == ("sari@example.com", "081234567890", 560_000)
        assert count(app, CartLine) == 0

    def test_the_day_it_is_wanted_by_stands_beside_what_is_promised(self, app: Flask, visit: Visit) -> None:
        tomorrow = jakarta_day(now()) + timedelta(days=1)
        looked = visit.post("address", wanted_by=tomorrow.isoformat()).text
        assert looked.count("bisa saja tiba sesudah hari yang Anda minta") == 2, "a sentence a parcel"
        in_time = visit.post("address", wanted_by=(tomorrow + timedelta(days=90)).isoformat()).text
        assert "bisa saja tiba sesudah" not in in_time
        assert visit.post(wanted_by=tomorrow.isoformat()).status_code == 303
        with app.app_context():
            order = db.session.scalars(select(Order)).one()
            promised = db.session.scalars(select(Fulfilment.promised_from)).all()
        assert order.wanted_by == tomorrow
        assert all(day > tomorrow for day in promised), "nothing was promised sooner for it"

    @pytest.mark.parametrize("days", [0, -1, 366])
    def test_a_day_that_cannot_be_met_is_refused_beside_it(self, app: Flask, visit: Visit, days: int) -> None:
        page = visit.post(wanted_by=(jakarta_day(now()) + timedelta(days=days)).isoformat())
        assert page.status_code == 422
        assert "Pilih hari mulai besok" in page.text
        assert 'id="wanted_by-error"' in page.text
        assert (count(app, Order), count(app, CartLine)) == (0, 2)

    @pytest.mark.parametrize("written", ["besok", "2026-02-30", "31/12/2026", "1111"])
    def test_what_is_no_day_is_refused_and_still_asks_for_the_shipping(
        self, app: Flask, visit: Visit, written: str
    ) -> None:
        assert visit.post("address", wanted_by=written).status_code == 200
        page = visit.post(wanted_by=written)
        assert page.status_code == 422
        assert 'id="wanted_by-error"' in page.text
        assert (count(app, Order), count(app, CartLine)) == (0, 2)

    def test_the_same_form_again_leads_to_the_same_order_and_page(self, app: Flask, visit: Visit) -> None:
        assert visit.post().headers["Location"] == visit.post().headers["Location"]
        assert count(app, Order) == 1

    def test_a_silent_provider_keeps_the_order_and_says_so(
        self, app: Flask, visit: Visit, provider: FakeProvider
    ) -> None:
        provider.fail_next("start", "unavailable")
        answer = visit.post()
        assert re.search(r"/pesanan/LP-[0-9A-Z]{10}/", answer.headers["Location"])
        page = visit.client.get(answer.headers["Location"])
        assert page.status_code == 200
        assert "LP-" in page.text
        assert count(app, Order) == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("email", ""),
            ("email", "sari"),
            ("email", "a@b@c"),
            ("email", "x" * 250 + "@example.com"),
            ("name", ""),
            ("name", "S"),
            ("name", "x" * 10_000),
            ("phone", "call me"),
            ("phone", "123"),
            ("phone", "٠٨١٢٣٤٥٦٧٨٩٠"),
            ("postcode", "00000"),
            ("street", ""),
            ("street", "x" * 10_000),
            ("note", "x" * 10_000),
        ],
    )
    def test_a_wrong_entry_is_said_beside_it_and_nothing_is_stored(
        self, app: Flask, visit: Visit, field: str, value: str
    ) -> None:
        page = visit.post(**{field: value})
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
        assert 'id="error-summary"' in page.text
        assert count(app, Order) == 0
        assert count(app, CartLine) == 2

    @pytest.mark.parametrize("village", ["", "11.01.01.2001", "32.73.19.1001"])
    def test_of_several_villages_one_must_be_chosen(self, app: Flask, visit: Visit, village: str) -> None:
        page = visit.post(postcode="44151", village=village)
        assert page.status_code == 422
        assert 'id="village-error"' in page.text
        assert page.text.count("<option") > 1
        assert count(app, Order) == 0

    @pytest.mark.parametrize("seen", ["1", "559999", "560001", "999999999999"])
    def test_a_total_that_is_not_the_one_shown_is_refused_and_the_right_one_shown(
        self, app: Flask, visit: Visit, seen: str
    ) -> None:
        page = visit.post(seen_total=seen)
        assert page.status_code == 409
        assert 'value="560000"' in page.text
        assert "Rp560.000" in page.text
        assert count(app, Order) == 0

    @pytest.mark.parametrize("seen", ["", "-1", "1e6", "560000.0", "NaN", "५६००००", "9" * 40])
    def test_a_total_that_is_no_number_asks_to_look_first(self, app: Flask, visit: Visit, seen: str) -> None:
        page = visit.post(seen_total=seen)
        assert page.status_code == 409
        assert 'value="560000"' in page.text
        assert count(app, Order) == 0

    @pytest.mark.parametrize("key", ["", "made-up", "' OR 1=1", "x" * 5000])
    def test_a_key_that_is_not_the_carts_orders_nothing(self, app: Flask, visit: Visit, key: str) -> None:
        assert visit.post(checkout_key=key).status_code == 409
        assert count(app, Order) == 0

    def test_fields_that_are_not_the_buyers_to_set_are_ignored(self, app: Flask, visit: Visit) -> None:
        visit.post(total="1", price="1", state="paid", user_id="1", shipping_total="0", upt_id="1")
        with app.app_context():
            order = db.session.execute(select(Order)).scalar_one()
        assert (order.total, order.state, order.user_id) == (560_000, "awaiting_payment", None)

    def test_a_pause_that_began_meanwhile_is_told_and_keeps_the_cart(self, app: Flask, visit: Visit) -> None:
        with app.app_context(), transaction() as session:
            session.execute(
                text(
                    "INSERT INTO pauses (key, upt_id, until, text_id, actor_label, at)"
                    " SELECT gen_random_uuid(), id, current_date + 30, 'Tungku diperbaiki.', 'test', now()"
                    " FROM upts"
                )
            )
        page = visit.post()
        assert page.status_code == 409
        assert "dijeda sampai dengan" in page.text
        assert (count(app, Order), count(app, CartLine)) == (0, 2)

    def test_stock_gone_meanwhile_says_what_is_left_and_keeps_the_cart(
        self, app: Flask, visit: Visit
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE stocks SET reserved = on_hand - 1"))
        page = visit.post()
        assert page.status_code == 409
        assert "Roti: " in page.text
        assert "Jalan Asia Afrika 8" in page.text
        assert 'href="/keranjang"' in page.text
        assert count(app, Order) == 0
        assert count(app, CartLine) == 2

    def test_a_cart_changed_in_another_tab_meanwhile_is_shown_first(
        self, app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other tab is faster by a hair: it writes between our look at the cart and our lock on it."""

        def lock_later(session: Session, cart_id: int) -> CartRow | None:
            session.execute(text("UPDATE cart_lines SET quantity = 3 WHERE quantity = 2"))
            return lock_cart(session, cart_id)

        monkeypatch.setattr("storefront.web.checkout.lock_cart", lock_later)
        assert visit.post().headers["Location"] == "/keranjang"
        assert count(app, Order) == 0
        assert count(app, CartLine) == 2

    def test_another_sites_form_is_refused(self, app: Flask, visit: Visit) -> None:
        visit.client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
        assert visit.post().status_code == 403
        assert count(app, Order) == 0
