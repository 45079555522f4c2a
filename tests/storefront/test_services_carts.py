"""Filling, changing, merging and ordering carts; each refusal leaves the cart as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from inventory.errors import NotForSale, OutOfStock, ProductNotFound, QuantityInvalid
from inventory.models import Stock
from kernel.errors import DomainError
from storefront.errors import CartFull, LineNotFound, NotMadeThere
from storefront.models import Cart, CartLine
from storefront.queries.carts import guest_cart, lines_of, lock_cart, piece_count, user_cart
from storefront.rules import MOST_LINES, MOST_PIECES
from storefront.services.carts import (
    change_line,
    merge_carts,
    open_cart,
    purge_carts,
    put_in_cart,
    remove_line,
    take_ordered,
)
from tests.factories.accounts import make_user
from tests.factories.inventory import make_ready_good, make_stock, make_upt, make_variant
from tests.queries import CountedQueries


@pytest.fixture
def cart_id(session: Session, at: datetime) -> int:
    """A guest's empty cart."""
    return open_cart(session, key=None, user_id=None, at=at).id


def held(session: Session, cart_id: int) -> list[tuple[str, int]]:
    """What is in a cart: product and quantity."""
    return [(line.product, line.quantity) for line in lines_of(session, cart_id)]


class TestOpenCart:
    def test_mints_the_key_itself(self, session: Session, at: datetime) -> None:
        cart = open_cart(session, key="chosen-by-the-visitor", user_id=None, at=at)
        assert cart.key != "chosen-by-the-visitor"
        assert len(cart.key) >= 32
        assert open_cart(session, key=cart.key, user_id=None, at=at) == cart

    def test_gives_a_user_one_cart(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        cart = open_cart(session, key=None, user_id=user.id, at=at)
        assert open_cart(session, key="other", user_id=user.id, at=at) == cart
        assert user_cart(session, user.id) == cart

    def test_a_users_cart_does_not_open_by_its_key(self, session: Session, at: datetime) -> None:
        users = open_cart(session, key=None, user_id=make_user(session).id, at=at)
        assert guest_cart(session, users.key) is None
        assert open_cart(session, key=users.key, user_id=None, at=at).id != users.id


class TestPutInCart:
    def test_puts_goods_in(self, session: Session, cart_id: int) -> None:
        product, variant, upt = make_ready_good(session, "Roti", pieces=5, price=8_000)
        put_in_cart(session, cart_id, variant.sku, 3)
        put_in_cart(session, cart_id, variant.sku, 2, upt=upt.slug)
        either, bound = lines_of(session, cart_id)
        assert (either.product, either.quantity, either.upt_id, either.total) == ("Roti", 3, None, 24_000)
        assert (bound.upt_id, bound.upt_name, bound.slug) == (upt.id, upt.name, product.slug)
        assert piece_count(session, cart_id) == 5

    def test_sent_twice_puts_nothing_in_twice(self, session: Session, cart_id: int) -> None:
        _, variant, _ = make_ready_good(session, "Roti")
        for _ in range(2):
            put_in_cart(session, cart_id, variant.sku, 3)
        assert held(session, cart_id) == [("Roti", 3)]

    def test_refuses_what_cannot_be_bought_by_cart(self, session: Session, cart_id: int) -> None:
        priceless = make_ready_good(session, price=None)[1]
        service = make_ready_good(session, kind="service")[1]
        withdrawn = make_ready_good(session, is_withdrawn=True)[1]
        product, _, upt = make_ready_good(session)
        unweighed = make_variant(session, product, name="lain", weight_g=None)
        make_stock(session, unweighed, upt)
        for variant in (priceless, service, withdrawn, unweighed):
            with pytest.raises(NotForSale):
                put_in_cart(session, cart_id, variant.sku, 1)
        assert held(session, cart_id) == []

    def test_refuses_more_than_there_is_and_says_what_is_left_and_where(
        self, session: Session, cart_id: int
    ) -> None:
        _, variant, upt = make_ready_good(session, "Roti", pieces=2)
        other = make_upt(session)
        make_stock(session, variant, other, 3, reserved=2)
        with pytest.raises(OutOfStock) as refusal:
            put_in_cart(session, cart_id, variant.sku, 4)
        assert refusal.value.parameters == {
            "product": "Roti",
            "wanted": 4,
            "left": 3,
            "where": [(upt.name, 2), (other.name, 1)],
        }
        with pytest.raises(OutOfStock) as refusal:
            put_in_cart(session, cart_id, variant.sku, 2, upt=other.slug)
        assert refusal.value.parameters["left"] == 1
        assert held(session, cart_id) == []

    @pytest.mark.parametrize("upt", ["no-such-upt", "elsewhere", ""])
    def test_refuses_a_upt_that_does_not_keep_it(self, session: Session, cart_id: int, upt: str) -> None:
        make_upt(session, "Elsewhere")
        _, variant, _ = make_ready_good(session)
        with pytest.raises(NotMadeThere):
            put_in_cart(session, cart_id, variant.sku, 1, upt=upt)

    def test_refuses_an_unknown_variant_and_impossible_quantities(
        self, session: Session, cart_id: int
    ) -> None:
        _, variant, _ = make_ready_good(session)
        with pytest.raises(ProductNotFound):
            put_in_cart(session, cart_id, "no-such-sku", 1)
        for quantity in (0, -1, MOST_PIECES + 1):
            with pytest.raises(QuantityInvalid):
                put_in_cart(session, cart_id, variant.sku, quantity)

    def test_holds_so_many_lines(self, session: Session, cart_id: int) -> None:
        product, first, upt = make_ready_good(session)
        for number in range(MOST_LINES):
            variant = make_variant(session, product, name=f"{number}")
            make_stock(session, variant, upt)
            put_in_cart(session, cart_id, variant.sku, 1)
        with pytest.raises(CartFull):
            put_in_cart(session, cart_id, first.sku, 1)


class TestLines:
    def test_says_what_has_become_of_each_line(self, session: Session, cart_id: int) -> None:
        made = {
            name: make_ready_good(session, name, pieces=5) for name in ("Ada", "Kurang", "Habis", "Ditarik")
        }
        for _, variant, _ in made.values():
            put_in_cart(session, cart_id, variant.sku, 4)
        for name, left in (("Kurang", 3), ("Habis", 0)):
            session.execute(update(Stock).where(Stock.variant_id == made[name][1].id).values(on_hand=left))
        made["Ditarik"][0].is_withdrawn = True
        session.flush()
        lines = lines_of(session, cart_id)
        assert [(line.problem, line.available) for line in lines] == [
            (None, 5),
            ("too_few", 3),
            ("sold_out", 0),
            ("withdrawn", 5),
        ]
        upt = made["Kurang"][2]
        assert [(place.upt_name, place.available) for place in lines[1].where] == [(upt.name, 3)]

    def test_takes_one_statement(self, session: Session, cart_id: int, count_queries: CountedQueries) -> None:
        for _ in range(3):
            put_in_cart(session, cart_id, make_ready_good(session)[1].sku, 1)
        with count_queries(session) as queries:
            assert len(lines_of(session, cart_id)) == 3
        assert len(queries) == 1


class TestChangeLine:
    def test_changes_and_removes(self, session: Session, cart_id: int) -> None:
        put_in_cart(session, cart_id, make_ready_good(session, "Roti")[1].sku, 1)
        (line,) = lines_of(session, cart_id)
        change_line(session, cart_id, line.line_id, 10)
        assert held(session, cart_id) == [("Roti", 10)]
        for _ in range(2):
            remove_line(session, cart_id, line.line_id)
        assert held(session, cart_id) == []

    def test_refuses_and_keeps_the_line(self, session: Session, cart_id: int, at: datetime) -> None:
        put_in_cart(session, cart_id, make_ready_good(session, "Roti", pieces=5)[1].sku, 2)
        (line,) = lines_of(session, cart_id)
        stranger = open_cart(session, key=None, user_id=None, at=at).id
        refusals: list[tuple[type[DomainError], int, int, int]] = [
            (QuantityInvalid, cart_id, line.line_id, 0),
            (OutOfStock, cart_id, line.line_id, 6),
            (LineNotFound, cart_id, line.line_id + 1, 1),
            (LineNotFound, stranger, line.line_id, 1),
        ]
        for refusal, cart, line_id, quantity in refusals:
            with pytest.raises(refusal):
                change_line(session, cart, line_id, quantity)
        remove_line(session, stranger, line.line_id)
        assert held(session, cart_id) == [("Roti", 2)]


class TestTakeOrdered:
    def test_takes_what_was_ordered_and_draws_a_new_key(self, session: Session, cart_id: int) -> None:
        for name in ("Roti", "Kue"):
            put_in_cart(session, cart_id, make_ready_good(session, name)[1].sku, 1)
        before = lock_cart(session, cart_id)
        ordered = lines_of(session, cart_id)[:1]
        key = take_ordered(session, cart_id, [line.line_id for line in ordered])
        assert held(session, cart_id) == [("Kue", 1)]
        assert before is not None
        assert before.checkout_key != key


class TestMergeCarts:
    def test_gives_the_guests_lines_to_the_user(self, session: Session, cart_id: int, at: datetime) -> None:
        user = make_user(session)
        both, only_guest, only_user = (
            make_ready_good(session, name)[1].sku for name in ("Dua", "Tamu", "Lama")
        )
        key = session.get_one(Cart, cart_id).key
        mine = open_cart(session, key=None, user_id=user.id, at=at).id
        for cart, sku, quantity in (
            (mine, both, 2),
            (mine, only_user, 1),
            (cart_id, both, 5),
            (cart_id, only_guest, 1),
        ):
            put_in_cart(session, cart, sku, quantity)
        merge_carts(session, key, user.id, at=at)
        assert sorted(held(session, mine)) == [("Dua", 5), ("Lama", 1), ("Tamu", 1)]
        assert guest_cart(session, key) is None
        merge_carts(session, key, user.id, at=at)
        assert len(held(session, mine)) == 3

    def test_a_first_sign_in_makes_the_users_cart(self, session: Session, cart_id: int, at: datetime) -> None:
        user = make_user(session)
        put_in_cart(session, cart_id, make_ready_good(session, "Roti")[1].sku, 2)
        merge_carts(session, session.get_one(Cart, cart_id).key, user.id, at=at)
        cart = user_cart(session, user.id)
        assert cart is not None
        assert held(session, cart.id) == [("Roti", 2)]

    def test_leaves_another_users_cart_alone(self, session: Session, at: datetime) -> None:
        mine, yours = make_user(session), make_user(session)
        cart = open_cart(session, key=None, user_id=yours.id, at=at)
        put_in_cart(session, cart.id, make_ready_good(session, "Roti")[1].sku, 2)
        merge_carts(session, cart.key, mine.id, at=at)
        assert user_cart(session, mine.id) is None
        assert held(session, cart.id) == [("Roti", 2)]

    def test_keeps_the_limit_of_lines(self, session: Session, cart_id: int, at: datetime) -> None:
        user = make_user(session)
        mine = open_cart(session, key=None, user_id=user.id, at=at).id
        product, _, upt = make_ready_good(session)
        for number in range(MOST_LINES + 2):
            variant = make_variant(session, product, name=f"{number}")
            make_stock(session, variant, upt)
            for cart in (mine, cart_id) if number == 0 else (mine,) if number < 30 else (cart_id,):
                put_in_cart(session, cart, variant.sku, 1 if cart == mine else 2)
        merge_carts(session, session.get_one(Cart, cart_id).key, user.id, at=at)
        lines = lines_of(session, mine)
        assert len(lines) == MOST_LINES
        assert lines[0].quantity == 2


class TestPurgeCarts:
    def test_forgets_old_carts_with_their_lines(self, session: Session, at: datetime) -> None:
        old = open_cart(session, key=None, user_id=None, at=at - timedelta(days=31)).id
        put_in_cart(session, old, make_ready_good(session)[1].sku, 1)
        young = open_cart(session, key=None, user_id=None, at=at - timedelta(days=29)).id
        assert purge_carts(session, at=at, most=9) == 1
        assert list(session.scalars(select(Cart.id))) == [young]
        assert session.scalar(select(func.count()).select_from(CartLine)) == 0

    def test_a_new_cart_sweeps_some(self, session: Session, at: datetime) -> None:
        open_cart(session, key=None, user_id=None, at=at - timedelta(days=31))
        new = open_cart(session, key=None, user_id=None, at=at).id
        assert list(session.scalars(select(Cart.id))) == [new]
