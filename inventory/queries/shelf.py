"""A row of products as a page shows them: one narrow row each, with what can be ordered now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, and_, cast, false, func, or_, select, true

from inventory.models import CatalogueEntry, Category, Maker, Stock, Variant
from inventory.photos import Photo, photo_of
from inventory.queries.resting import entry_is_paused_at, is_permitted, is_permitted_at, permitted


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One product on a shelf. `price` is the lowest of its variants in rupiah, None when it is asked for.

    `category` is the slug that names the picture; `is_starting` says that other variants cost more;
    `available` counts the pieces that can be ordered now, over all UPTs that may sell them and all variants;
    `is_made_to_order` says that one of them makes it to order, `is_paused` that there is none only because of
    a pause: whoever pauses has pieces, or makes it to order; `rating_total` is the sum of the stars of
    `rating_count` reviews.
    """

    product_id: int
    slug: str
    name: str
    kind: str
    unit: str
    category: str
    price: int | None
    is_starting: bool
    maker_count: int
    maker_name: str
    maker_city: str
    available: int
    is_made_to_order: bool
    is_paused: bool
    is_sample: bool
    rating_count: int
    rating_total: int
    photograph: Photo | None = None


def shelf(page: CTE) -> Select[*tuple[Any, ...]]:
    """The columns of `ShelfItem`, in its order, for the products of `page`, by its `product_id`.

    One grouped look at stock. What rests today stays out. The caller adds the order.
    """
    entry, may_sell = CatalogueEntry, permitted()
    # as MakerRow.makes_to_order says of one UPT
    to_order = (
        select(func.bool_and(entry_is_paused_at("makers.upt_id")).label("is_paused"))
        .where(
            Maker.product_id == entry.product_id,
            Maker.lead_days.is_not(None),
            Maker.monthly_capacity.is_not(None),
            is_permitted_at(may_sell, Maker.upt_id),
        )
        .lateral("to_order")
    )
    pieces = func.sum(Stock.available)
    free = pieces.filter(~entry_is_paused_at("stocks.upt_id"))
    stock = (
        select(
            cast(func.coalesce(free, 0), BigInteger).label("available"),
            func.coalesce(pieces, 0).label("pieces"),
            func.max(Variant.price).label("highest_price"),
        )
        .select_from(Variant)
        .outerjoin(
            Stock,
            (Stock.variant_id == Variant.id)
            & (Stock.available > 0)
            & is_permitted_at(may_sell, Stock.upt_id),
        )
        .where(
            Variant.product_id == entry.product_id,
            Variant.price.is_not(None),
            Variant.weight_g.is_not(None),
        )
        .lateral("stock")
    )
    return (
        select(
            *(entry.product_id, entry.slug, entry.name, entry.kind, entry.unit),
            Category.slug.label("category"),
            entry.price_from.label("price"),
            func.coalesce(stock.c.highest_price > entry.price_from, false()).label("is_starting"),
            *(entry.maker_count, entry.maker_name, entry.maker_city),
            stock.c.available,
            to_order.c.is_paused.is_(False).label("is_made_to_order"),
            and_(stock.c.available == 0, or_(stock.c.pieces > 0, to_order.c.is_paused.is_(True))).label(
                "is_paused"
            ),
            *(entry.is_sample, entry.rating_count, entry.rating_total, entry.photograph),
        )
        .select_from(page)
        .join(entry, entry.product_id == page.c.product_id)
        .join(Category, Category.id == entry.category_id)
        .outerjoin(may_sell, true())
        .join(stock, true())
        .join(to_order, true())
        .where(is_permitted(may_sell))
    )


def shelf_items(rows: Iterable[Sequence[Any]]) -> list[ShelfItem]:
    """Rows of `shelf` as values; the columns after those are left out."""
    items = (row[:_COLUMNS] for row in rows)
    return [ShelfItem(*(*shown, photo_of(photograph))) for *shown, photograph in items]


_COLUMNS = len(fields(ShelfItem))
