"""The listing: filters, four orders, keyset pages and a count that stops counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from inventory.models import NO_PRICE, CatalogueEntry, Category, Maker, Stock, Variant
from inventory.queries.shelf import ShelfItem, shelf, shelf_items

PAGE_SIZE = 24
COUNT_UP_TO = 1_000
"""A count stops here: "more than 1.000" says enough and costs the same in a catalogue of any size."""

Sort = Literal["newest", "name", "cheapest", "dearest"]

_entry = CatalogueEntry

# What each order sorts by (the product's id settles ties) and whether it runs from high to low. Products
# without a price come last either way. Each has its index, so a page costs the same wherever it lies.
_SORTS: dict[Sort, tuple[ColumnElement[Any] | None, bool]] = {
    "newest": (None, True),
    "name": (_entry.name.expression, False),
    "cheapest": (func.coalesce(_entry.price_from, literal_column(str(NO_PRICE))), False),
    "dearest": (func.coalesce(_entry.price_from, literal_column("0")), True),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing is narrowed to, by slugs; `in_stock` leaves only what can be ordered now."""

    category: str | None = None
    kanwil: str | None = None
    upt: str | None = None
    in_stock: bool = False


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


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a listing can be narrowed to."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of each filter; UPTs only of the Kanwil (or the Kanwil of the UPT) that was chosen."""

    categories: list[Choice]
    kanwils: list[Choice]
    upts: list[Choice]


def listing_page(
    session: Session, filters: Filters, sort: Sort, cursor: Cursor | None = None, *, size: int = PAGE_SIZE
) -> ListingPage:
    """One page of products, with what can be ordered of each. One statement."""
    backward = cursor is not None and cursor.is_backward
    statement = _page_statement(_shape(filters), sort, _direction(cursor))
    values = {**_values(filters), "most": size + 1}
    if cursor:
        values |= {"key": cursor.key, "product_id": cursor.product_id}
    rows = session.execute(statement, values).all()
    has_more = len(rows) > size
    rows = rows[:size][::-1] if backward else rows[:size]
    return ListingPage(
        items=shelf_items(rows),
        previous=_cursor(rows, 0, is_backward=True) if (has_more if backward else cursor) else None,
        next=_cursor(rows, -1, is_backward=False) if (cursor if backward else has_more) else None,
    )


def listing_count(session: Session, filters: Filters) -> int:
    """How many products there are, counted up to COUNT_UP_TO + 1. One statement."""
    return session.scalars(_count_statement(_shape(filters)), _values(filters)).one()


def listing_choices(session: Session, filters: Filters, *, locale: str) -> Choices:
    """What can be chosen in each filter, in the language at hand. One statement."""
    rows = session.execute(
        _CHOICES, {"kanwil": filters.kanwil, "upt": filters.upt, "is_english": locale == "en"}
    ).all()
    by_filter: dict[str, list[Choice]] = {"category": [], "kanwil": [], "upt": []}
    for name_of_filter, slug, name in rows:
        by_filter[name_of_filter].append(Choice(slug, name))
    return Choices(by_filter["category"], by_filter["kanwil"], by_filter["upt"])


# --- statements, built once for each combination of filters -------------------------------------------------

_Shape = frozenset[str]


def _shape(filters: Filters) -> _Shape:
    return frozenset(name for name in ("category", "kanwil", "upt", "in_stock") if getattr(filters, name))


def _values(filters: Filters) -> dict[str, Any]:
    given = {"category": filters.category, "kanwil": filters.kanwil, "upt": filters.upt}
    return {name: slug for name, slug in given.items() if slug}


def _direction(cursor: Cursor | None) -> Literal["first", "after", "before"]:
    if cursor is None:
        return "first"
    return "before" if cursor.is_backward else "after"


@lru_cache(maxsize=256)
def _page_statement(
    shape: _Shape, sort: Sort, direction: Literal["first", "after", "before"]
) -> Select[*tuple[Any, ...]]:
    key, descending = _SORTS[sort]
    if direction == "before":
        descending = not descending
    keys = [key, _entry.product_id] if key is not None else [_entry.product_id]
    order = [column.desc() if descending else column.asc() for column in keys]
    page = select(_entry.product_id).where(*_conditions(shape)).order_by(*order).limit(bindparam("most"))
    if direction != "first":
        place = tuple_(*[bindparam(name) for name in ("key", "product_id")][-len(keys) :])
        page = page.where(tuple_(*keys) < place if descending else tuple_(*keys) > place)
    shown = (key if key is not None else _entry.product_id).label("key")
    return shelf(page.cte("page")).add_columns(shown).order_by(*order)


@lru_cache(maxsize=16)
def _count_statement(shape: _Shape) -> Select[int]:
    some = select(literal(1)).select_from(_entry).where(*_conditions(shape)).limit(COUNT_UP_TO + 1)
    return select(func.count()).select_from(some.subquery())


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if "category" in shape:
        category = select(Category.id).where(Category.slug == bindparam("category")).scalar_subquery()
        conditions.append(_entry.category_id == category)
    if "upt" in shape:
        conditions.append(_entry.product_id.in_(_made_at("of_upt", Upt.slug == bindparam("upt"))))
    if "kanwil" in shape:
        kanwil = select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil")).scalar_subquery()
        conditions.append(_entry.product_id.in_(_made_at("of_kanwil", Upt.kanwil_id == kanwil)))
    if "in_stock" in shape:
        conditions.append(
            exists().where(
                Variant.product_id == _entry.product_id,
                Variant.price.is_not(None),
                Variant.weight_g.is_not(None),
                Stock.variant_id == Variant.id,
                Stock.available > 0,
            )
        )
    return conditions


def _made_at(name: str, place: ColumnElement[bool]) -> Select[int]:
    """The products of some UPTs, looked up first.

    The planner would rather walk the whole catalogue in its order until it has met enough of them, which
    takes for ever where a UPT's goods came in together.
    """
    made = select(Maker.product_id).join(Upt, Upt.id == Maker.upt_id).where(place)
    return select(made.cte(name).prefix_with("MATERIALIZED").c.product_id)


def _cursor(rows: Sequence[Any], index: int, *, is_backward: bool) -> Cursor | None:
    return Cursor(rows[index].key, rows[index].product_id, is_backward) if rows else None


def _choices_statement() -> Select[*tuple[Any, ...]]:
    category_name = case(
        (bindparam("is_english", type_=Boolean), Category.name_en), else_=Category.name_id
    ).label("name")
    chosen_kanwil = or_(
        Upt.kanwil_id == select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil")).scalar_subquery(),
        Upt.kanwil_id == select(Upt.kanwil_id).where(Upt.slug == bindparam("upt")).scalar_subquery(),
    )
    every = union_all(
        select(literal("category").label("filter"), Category.slug, category_name),
        select(literal("kanwil"), Kanwil.slug, Kanwil.name),
        select(literal("upt"), Upt.slug, Upt.name).where(chosen_kanwil),
    ).subquery()
    return select(every).order_by(every.c.filter, every.c.name)


_CHOICES = _choices_statement()
