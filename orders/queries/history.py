"""The orders of one person with an account, newest first, and what was in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders.errors import OrderNotFound
from orders.rules.states import NOT_TO_COME

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Goods:
    """What one line of an order was; `category` and `slug` name the product's picture."""

    name: str
    variant: str
    quantity: int
    category: str
    slug: str


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One order of the list: its total in rupiah, its lines, and how far its parcels are."""

    number: str
    state: str
    placed_at: datetime
    total: int
    province_code: str
    lines: tuple[Goods, ...]
    parcel_states: tuple[str, ...]

    @property
    def comes_to_nothing(self) -> bool:
        """Whether it was paid, and then no UPT could supply any of it."""
        return self.state == "paid" and set(self.parcel_states) <= set(NOT_TO_COME)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some orders of a person; `next_after` is the number of the last one when more follow."""

    orders: tuple[PastOrder, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line of an order to buy again: rupiah a piece as it was then, and what was written on it."""

    name: str
    variant: str
    sku: str
    quantity: int
    unit_price: int
    price_now: int | None
    own_text: str
    category: str
    slug: str


def is_order_of(session: Session, number: str, user_id: int) -> bool:
    """Whether the order of that number belongs to a person; a number that is none belongs to nobody."""
    return bool(session.execute(_IS_OWN, {"number": number, "user_id": user_id}).scalar_one())


def orders_of(
    session: Session, user_id: int, *, after: str | None = None, most: int = PAGE_SIZE
) -> HistoryPage:
    """A person's orders behind their order `after`, newest first. One statement.

    Behind a number that is none of theirs there is nothing.
    """
    values = {"user_id": user_id, "after": after, "most": most + 1}
    found = [_past_order(row) for row in session.execute(_ORDERS, values)]
    shown = tuple(found[:most])
    return HistoryPage(shown, shown[-1].number if len(found) > most else None)


def lines_to_buy_again(session: Session, number: str, user_id: int) -> tuple[BoughtLine, ...]:
    """The lines of a person's order in their order. Raises OrderNotFound when it is not theirs."""
    rows = session.execute(_LINES, {"number": number, "user_id": user_id}).all()
    if not rows:
        raise OrderNotFound
    return tuple(BoughtLine(*row) for row in rows)


def _past_order(row: Any) -> PastOrder:
    number, state, placed_at, total, province_code, lines, parcel_states = row
    return PastOrder(
        number,
        state,
        placed_at,
        total,
        province_code,
        tuple(Goods(**line) for line in lines),
        tuple(parcel_states),
    )


_IS_OWN = text("SELECT EXISTS (SELECT FROM orders WHERE number = :number AND user_id = :user_id)")

_ORDERS = text(
    """
    SELECT o.number, o.state, o.placed_at, o.total, left(o.village_code, 2),
           (SELECT jsonb_agg(
                jsonb_build_object('name', l.product_name, 'variant', l.variant_name,
                                   'quantity', l.quantity, 'category', c.slug, 'slug', p.slug)
                ORDER BY l.position)
            FROM order_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
            JOIN categories c ON c.id = p.category_id
            WHERE l.order_id = o.id),
           ARRAY(SELECT f.state FROM fulfilments f WHERE f.order_id = o.id ORDER BY f.id)
    FROM orders o
    WHERE o.user_id = :user_id
      AND (CAST(:after AS text) IS NULL OR (o.placed_at, o.id) < (
          SELECT last.placed_at, last.id FROM orders last
          WHERE last.number = CAST(:after AS text) AND last.user_id = :user_id
      ))
    ORDER BY o.placed_at DESC, o.id DESC LIMIT :most
    """
)

_LINES = text(
    """
    SELECT l.product_name, l.variant_name, l.sku, l.quantity, l.unit_price, v.price, l.own_text, c.slug,
           p.slug
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
    JOIN categories c ON c.id = p.category_id
    WHERE o.number = :number AND o.user_id = :user_id ORDER BY l.position
    """
)
