"""The address book at the checkout: offered, chosen by a plain form, kept on demand, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts.models import Address
from accounts.rules import MOST_ADDRESSES, Actor
from accounts.services.addresses import Place, add_address
from kernel.clock import now
from kernel.db import db, transaction
from orders.models import Order
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from tests.storefront.web.account.conftest import Customer, MakeCustomer, make_customer, sari

__all__ = ["make_customer", "sari"]

HOME = Place("Rumah", "Sari Dewi", "081234567890", "Jalan Asia Afrika 8", "32.73.19.1001", "40111")
OFFICE = Place("Kantor", "Sari Kantor", "081234567891", "Jalan Braga 1", "32.73.19.1001", "40111")
TYPED = {
    "email": "lain@example.id",
    "name": "Ibu Sari",
    "phone": "081234567892",
    "postcode": "40111",
    "village": "32.73.19.1001",
    "street": "Jalan Merdeka 2",
}


@pytest.fixture(autouse=True)
def provider(app: Flask) -> Iterator[FakeProvider]:
    real, fake = app.extensions["payments"], FakeProvider()
    app.extensions["payments"] = fake
    yield fake
    app.extensions["payments"] = real


@pytest.fixture(autouse=True)
def key(app: Flask, sari: Customer) -> str:
    """Sari's cart holds one bread; the key of the order it becomes."""
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        cart = open_cart(session, key=None, user_id=sari.id, at=now())
        put_in_cart(session, cart.id, shop.bread.sku, 1)
        return cart.checkout_key


def save(app: Flask, customer: Customer, *places: Place) -> list[UUID]:
    with app.app_context(), transaction() as session:
        owner = Actor("Sari", user_id=customer.id)
        return [add_address(session, place, actor=owner, at=now()) for place in places]


def streets(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Address.street).order_by(Address.id)))


def total_on(page: str) -> str:
    found = re.search(r'name="seen_total"[^>]* value="(\d*)"', page)
    assert found
    return found[1]


class TestOffer:
    def test_the_default_fills_the_form_and_its_total(self, app: Flask, sari: Customer) -> None:
        save(app, sari, HOME, OFFICE)
        page = sari.browser.get("/checkout").text
        assert 'value="Sari Dewi"' in page
        assert f'value="{sari.email}"' in page
        assert "Jalan Asia Afrika 8</textarea>" in page
        assert total_on(page)
        assert "Kantor" in page

    def test_without_an_address_the_form_is_as_for_a_guest(self, sari: Customer) -> None:
        page = sari.browser.get("/checkout")
        assert page.status_code == 200
        assert 'name="saved"' not in page.text
        assert total_on(page.text) == ""

    def test_a_chosen_one_takes_the_place_of_what_was_typed(self, app: Flask, sari: Customer) -> None:
        _, office = save(app, sari, HOME, OFFICE)
        form = {**TYPED, "saved": str(office), "step": "saved"}
        page = sari.browser.post("/checkout", data=form)
        assert page.status_code == 200
        assert 'value="Sari Kantor"' in page.text
        assert "Jalan Braga 1</textarea>" in page.text
        assert 'value="lain@example.id"' in page.text
        assert re.search(rf'value="{office}" checked', page.text)
        assert total_on(page.text)

    def test_no_choice_leaves_the_form_as_it_is(self, app: Flask, sari: Customer) -> None:
        save(app, sari, HOME)
        page = sari.browser.post("/checkout", data={**TYPED, "step": "saved"})
        assert page.status_code == 200
        assert "Jalan Merdeka 2</textarea>" in page.text

    def test_another_persons_does_not_exist(
        self, app: Flask, sari: Customer, make_customer: MakeCustomer
    ) -> None:
        (foreign,) = save(app, make_customer("Budi"), HOME)
        answers = [
            sari.browser.post("/checkout", data={**TYPED, "saved": str(each), "step": "saved"})
            for each in (foreign, uuid4(), "x" * 5_000)
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert not [answer for answer in answers if HOME.street in answer.text]


class TestKeep:
    def order(self, customer: Customer, key: str, **changes: str) -> int:
        page = customer.browser.post("/checkout", data={**TYPED, "step": "address"}).text
        form = {**TYPED, "checkout_key": key, "seen_total": total_on(page), "step": "order", **changes}
        return customer.browser.post("/checkout", data=form).status_code

    def test_keeps_the_address_with_the_order(self, app: Flask, sari: Customer, key: str) -> None:
        assert self.order(sari, key, save_address="y") == 303
        assert streets(app) == ["Jalan Merdeka 2"]

    def test_keeps_nothing_unasked(self, app: Flask, sari: Customer, key: str) -> None:
        assert self.order(sari, key) == 303
        assert streets(app) == []

    def test_keeps_nothing_of_an_order_that_is_refused(self, app: Flask, sari: Customer, key: str) -> None:
        assert self.order(sari, key, save_address="y", seen_total="1") == 409
        assert streets(app) == []

    def test_a_full_book_keeps_no_order_from_being_placed(self, app: Flask, sari: Customer, key: str) -> None:
        save(app, sari, *(replace(HOME, street=f"Jalan {n} Braga") for n in range(MOST_ADDRESSES)))
        assert self.order(sari, key, save_address="y") == 303
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Order)) == 1
        assert len(streets(app)) == MOST_ADDRESSES
        assert "Hapuslah yang tidak Anda perlukan lagi." in sari.browser.get("/akun").text
