"""The listing: filters, five orders, keyset pages and a count that stops counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from inventory.models import CatalogueEntry
from inventory.queries.narrowing import Filters, Shape, comparable_price, conditions
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from kernel.compiled import CompiledSelect

__all__ = [
    "COUNT_UP_TO",
    "PAGE_SIZE",
    "Cursor",
    "Filters",
    "ListingPage",
    "Sort",
    "listing_count",
    "listing_page",
]

PAGE_SIZE = 24
COUNT_UP_TO = 1_000
"""A count stops here: "more than 1.000" says enough and costs the same in a catalogue of any size."""

Sort = Literal["newest", "name", "cheapest", "dearest", "rated"]

_entry = CatalogueEntry

# What each order sorts by (the product's id settles ties) and whether it runs from high to low. Products
# without a price come last either way. Each has its index, so a page costs the same wherever it lies.
_SORTS: dict[Sort, tuple[ColumnElement[Any] | None, bool]] = {
    "newest": (None, True),
    "name": (_entry.name.expression, False),
    "cheapest": (comparable_price, False),
    "rated": (_entry.rating_rank.expression, True),
    "dearest": (func.coalesce(_entry.price_from, literal_column("0")), True),
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order: just after the item with this key and id, or just before it (`is_backward`)."""

    key: str | int
    product_id: int
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of the listing, and where the pages before and after it begin."""

    items: list[ShelfItem]
    previous: Cursor | None
    next: Cursor | None


def listing_page(
    session: Session, filters: Filters, sort: Sort, cursor: Cursor | None = None, *, size: int = PAGE_SIZE
) -> ListingPage:
    """One page of products, with what can be ordered of each. One statement."""
    backward = cursor is not None and cursor.is_backward
    statement = _page_statement(filters.shape, sort, _direction(cursor), size)
    values = dict(filters.values)
    if cursor:
        values |= {"key": cursor.key, "product_id": cursor.product_id}
    rows = statement.rows(session, values)
    has_more = len(rows) > size
    rows = rows[:size][::-1] if backward else rows[:size]
    return ListingPage(
        items=shelf_items(rows),
        previous=_cursor(rows, 0, is_backward=True) if (has_more if backward else cursor) else None,
        next=_cursor(rows, -1, is_backward=False) if (cursor if backward else has_more) else None,
    )


def listing_count(session: Session, filters: Filters) -> int:
    """How many products there are, counted up to COUNT_UP_TO + 1. One statement."""
    return session.scalars(_count_statement(filters.shape), filters.values).one()


# --- statements, built once for each combination of filters -------------------------------------------------


def _direction(cursor: Cursor | None) -> Literal["first", "after", "before"]:
    if cursor is None:
        return "first"
    return "before" if cursor.is_backward else "after"


@lru_cache(maxsize=256)
def _page_statement(
    shape: Shape, sort: Sort, direction: Literal["first", "after", "before"], size: int
) -> CompiledSelect:
    key, descending = _SORTS[sort]
    if direction == "before":
        descending = not descending
    keys = [key, _entry.product_id] if key is not None else [_entry.product_id]
    order = [column.desc() if descending else column.asc() for column in keys]
    page = select(_entry.product_id).where(*conditions(shape).values()).order_by(*order)
    page = page.limit(_limit(shape, size + 1))
    if direction != "first":
        place = tuple_(*[bindparam(name) for name in ("key", "product_id")][-len(keys) :])
        page = page.where(tuple_(*keys) < place if descending else tuple_(*keys) > place)
    shown = (key if key is not None else _entry.product_id).label("key")
    return CompiledSelect(shelf(page.cte("page")).add_columns(shown).order_by(*order))


def _limit(shape: Shape, most: int) -> ColumnElement[int]:
    """As a number where nothing is filtered: PostgreSQL then keeps one plan for all visits.

    With filters it plans each anew, because the best way depends on what they leave.
    """
    return bindparam("most", most, Integer) if shape.names else literal_column(str(most), Integer)


@lru_cache(maxsize=16)
def _count_statement(shape: Shape) -> Select[int]:
    some = select(literal(1)).select_from(_entry).where(*conditions(shape).values()).limit(COUNT_UP_TO + 1)
    return select(func.count()).select_from(some.subquery())


def _cursor(rows: Sequence[Any], index: int, *, is_backward: bool) -> Cursor | None:
    return Cursor(rows[index].key, rows[index].product_id, is_backward) if rows else None
