"""Who acts on the pages of an order."""

from __future__ import annotations

from accounts.rules import CUSTOMER, Actor
from kernel.db import reading_session
from orders.queries.history import is_order_of
from storefront.web.visitor import visiting_user_id


def buyer(owner_id: int | None) -> Actor:
    """Who acts on an order: its owner where they are signed in, else the holder of its link."""
    user_id = visiting_user_id()
    return Actor(CUSTOMER.label, user_id) if user_id is not None and user_id == owner_id else CUSTOMER


def buyer_of(number: str) -> Actor:
    """The same, for who knows the number of the order alone. Who is not signed in costs no query."""
    user_id = visiting_user_id()
    is_own = user_id is not None and is_order_of(reading_session(), number, user_id)
    return Actor(CUSTOMER.label, user_id) if is_own else CUSTOMER
