"""A guest's orders join the account of whoever has shown that the address is theirs, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.rules import CUSTOMER
from orders.models import Order, OrderEvent
from orders.queries.history import orders_of
from orders.rules.allocation import Wish
from orders.services.joining import join_orders
from orders.services.placing import Contact
from tests.factories.accounts import make_user
from tests.factories.placing import Shop, make_placed_order, make_shop


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    return make_shop(session, at=at, breads=9)


def order_as_guest(session: Session, shop: Shop, email: str, at: datetime) -> Order:
    contact = Contact(email, "Sari", "081234567890")
    number = make_placed_order(session, Wish(1, shop.bread.id, 1), at=at, contact=contact)
    return session.scalars(select(Order).where(Order.number == number)).one()


def owner(session: Session, order: Order) -> int | None:
    session.refresh(order)
    return order.user_id


def join(session: Session, user: User, at: datetime) -> int:
    return join_orders(session, user_id=user.id, email=user.email, actor=CUSTOMER, at=at)


class TestJoin:
    def test_gives_a_person_what_they_ordered_as_a_guest(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        user = make_user(session, email="sari@example.id")
        orders = [order_as_guest(session, shop, address, at) for address in ("sari@example.id",) * 2]
        assert join(session, user, at) == 2
        assert [owner(session, order) for order in orders] == [user.id] * 2
        assert {past.number for past in orders_of(session, user.id).orders} == {o.number for o in orders}

    def test_is_written_in_the_history_of_each_order(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        user = make_user(session, email="sari@example.id")
        order = order_as_guest(session, shop, user.email, at)
        join_orders(session, user_id=user.id, email=user.email, actor=CUSTOMER, at=at)
        query = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id.desc())
        newest = session.scalars(query).first()
        assert newest is not None
        assert (newest.kind, newest.actor_label, newest.at) == ("joined_account", "customer", at)

    def test_a_second_time_finds_nothing_more(self, session: Session, shop: Shop, at: datetime) -> None:
        user = make_user(session, email="sari@example.id")
        order_as_guest(session, shop, user.email, at)
        assert (join(session, user, at), join(session, user, at)) == (1, 0)

    @pytest.mark.parametrize(
        "address",
        ["budi@example.id", "sari+toko@example.id", "s.ari@example.id", "sari@example.id.evil.example"],
    )
    def test_never_takes_the_orders_of_another_address(
        self, session: Session, shop: Shop, at: datetime, address: str
    ) -> None:
        """What limits hold for one mailbox may be another person's on that server."""
        order = order_as_guest(session, shop, address, at)
        assert join(session, make_user(session, email="sari@example.id"), at) == 0
        assert owner(session, order) is None

    def test_never_takes_an_order_that_belongs_to_somebody(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        first = make_user(session, email="sari@example.id")
        order = order_as_guest(session, shop, first.email, at)
        assert join(session, first, at) == 1
        first.email = "lain@example.id"
        session.flush()
        assert join(session, make_user(session, email="sari@example.id"), at) == 0
        assert owner(session, order) == first.id

    def test_the_spelling_of_the_order_does_not_matter(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        order = order_as_guest(session, shop, "Sari@Example.id", at)
        user = make_user(session, email="sari@example.id")
        assert join(session, user, at) == 1
        assert owner(session, order) == user.id
