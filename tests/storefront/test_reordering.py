"""Buying again: what is left goes into the cart, what is not is said, and the cart's own stays."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from inventory.errors import NotForSale, OutOfStock
from inventory.models import Product, Variant
from orders.errors import OwnTextRefused, PurchaseLimit
from orders.queries.history import BoughtLine
from storefront.errors import CartFull
from storefront.queries.carts import lines_of
from storefront.services import carts
from storefront.services.carts import open_cart, put_in_cart
from storefront.services.reordering import Outcome, buy_again
from tests.factories.enquiries import make_terms
from tests.factories.inventory import make_ready_good


@pytest.fixture
def cart_id(session: Session, at: datetime) -> int:
    return open_cart(session, key=None, user_id=None, at=at).id


def bought(product: Product, variant: Variant, quantity: int, own_text: str = "") -> BoughtLine:
    return BoughtLine(
        product.name, "", variant.sku, quantity, 25_000, variant.price, own_text, "roti_kue", product.slug
    )


def again(session: Session, cart_id: int, *lines: BoughtLine) -> list[Outcome]:
    return buy_again(session, cart_id, lines)


def held(session: Session, cart_id: int) -> list[tuple[str, int, str]]:
    return [(line.product, line.quantity, line.own_text) for line in lines_of(session, cart_id)]


class TestBuyAgain:
    def test_puts_in_what_was_bought(self, session: Session, cart_id: int) -> None:
        product, variant, _ = make_ready_good(session, "Roti", pieces=9)
        (outcome,) = again(session, cart_id, bought(product, variant, 3))
        assert (outcome.pieces, outcome.is_whole, outcome.has_other_price) == (3, True, False)
        assert held(session, cart_id) == [("Roti", 3, "")]

    def test_sent_twice_it_puts_nothing_in_twice(self, session: Session, cart_id: int) -> None:
        product, variant, _ = make_ready_good(session, "Roti", pieces=9)
        for _ in range(2):
            again(session, cart_id, bought(product, variant, 3))
        assert held(session, cart_id) == [("Roti", 3, "")]

    def test_leaves_more_in_the_cart_as_it_is(self, session: Session, cart_id: int) -> None:
        product, variant, _ = make_ready_good(session, "Roti", pieces=9)
        put_in_cart(session, cart_id, variant.sku, 7)
        assert again(session, cart_id, bought(product, variant, 3))[0].pieces == 7
        assert held(session, cart_id) == [("Roti", 7, "")]

    def test_puts_in_the_pieces_that_are_left_and_says_so(self, session: Session, cart_id: int) -> None:
        product, variant, _ = make_ready_good(session, "Roti", pieces=2)
        (outcome,) = again(session, cart_id, bought(product, variant, 3))
        assert outcome.pieces == 2
        assert isinstance(outcome.refusal, OutOfStock)
        assert held(session, cart_id) == [("Roti", 2, "")]

    def test_says_of_each_why_not_and_goes_on(self, session: Session, cart_id: int) -> None:
        sold_out = make_ready_good(session, "Habis", pieces=0)
        gone = make_ready_good(session, "Lama", is_withdrawn=True)
        limited = make_ready_good(session, "Batas")
        make_terms(session, limited[0].id, limit_pieces=1, limit_days=30)
        plain = make_ready_good(session, "Polos")
        ready = make_ready_good(session, "Roti")
        lines = [bought(*good[:2], 2) for good in (sold_out, gone, limited)]
        lines += [bought(*plain[:2], 1, own_text="Untuk Sari"), bought(*ready[:2], 1)]
        outcomes = again(session, cart_id, *lines)
        refusals = [type(outcome.refusal) for outcome in outcomes]
        assert refusals == [OutOfStock, NotForSale, PurchaseLimit, OwnTextRefused, type(None)]
        assert [outcome.pieces for outcome in outcomes] == [0, 0, 0, 0, 1]
        assert held(session, cart_id) == [("Roti", 1, "")]

    def test_a_full_cart_is_said_and_stays(
        self, session: Session, cart_id: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carts, "MOST_LINES", 1)
        first, second = make_ready_good(session, "Roti"), make_ready_good(session, "Kue")
        outcomes = again(session, cart_id, bought(*first[:2], 1), bought(*second[:2], 1))
        assert isinstance(outcomes[1].refusal, CartFull)
        assert held(session, cart_id) == [("Roti", 1, "")]

    def test_says_that_the_price_is_another_one(self, session: Session, cart_id: int) -> None:
        product, variant, _ = make_ready_good(session, "Roti")
        session.execute(update(Variant).where(Variant.id == variant.id).values(price=30_000))
        session.refresh(variant)
        (outcome,) = again(session, cart_id, bought(product, variant, 1))
        assert outcome.has_other_price
        assert outcome.is_whole
