"""A guest's orders that several want to join at once: each goes to one person, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from orders.models import Order, OrderEvent
from orders.rules.allocation import Wish
from orders.services.joining import join_orders
from orders.services.placing import Contact
from tests.concurrency.racing import race
from tests.factories.accounts import make_user
from tests.factories.placing import make_placed_order, make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ORDERS = 3
RACERS = 8
EMAIL = "sari@example.id"


@pytest.fixture
def user_ids(engine: Engine) -> list[int]:
    """Two accounts, and orders that a guest placed under an address."""
    with Session(engine) as session, session.begin():
        bread = make_shop(session, at=AT, breads=40).bread
        for _ in range(ORDERS):
            make_placed_order(
                session, Wish(1, bread.id, 1), at=AT, contact=Contact(EMAIL, "Sari", "081234567890")
            )
        return [make_user(session).id for _ in range(2)]


def joining(user_id: int) -> Callable[[Session], int]:
    return lambda session: join_orders(session, user_id=user_id, email=EMAIL, actor=CUSTOMER, at=AT)


@pytest.mark.parametrize("people", [1, 2])
def test_each_order_joins_once(engine: Engine, user_ids: list[int], people: int) -> None:
    racers = [user_ids[number % people] for number in range(RACERS)]
    outcomes = race(engine, [joining(user_id) for user_id in racers])
    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) == ORDERS
    with Session(engine) as session:
        owners = session.scalars(select(Order.user_id)).all()
        told = session.scalar(select(func.count()).where(OrderEvent.kind == "joined_account"))
    assert set(owners) <= set(racers)
    assert told == ORDERS
