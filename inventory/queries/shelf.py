"""A row of products as a page shows them: one narrow row each, with what can be ordered now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import CTE, BigInteger, Row, Select, case, cast, exists, false, func, select, true

from inventory.models import CatalogueEntry, Category, Maker, Stock, Variant
from inventory.photos import Photo, photo_of
from inventory.queries.resting import entry_is_paused_at, is_permitted, is_permitted_at, permitted


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One product on a shelf. `price` is the lowest of its variants in rupiah, None when it is asked for.

    `category` is the slug that names the picture; `is_starting` says that other variants cost more;
    `available` counts the pieces that can be ordered now, over all UPTs that may sell them and all variants;
    `is_made_to_order` says that one of them makes it to order, `is_paused` that there is none because of a
    pause; `rating_total` is the sum of the stars of `rating_count` reviews.
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


_is_paused = exists().where(
    Maker.product_id == CatalogueEntry.product_id, entry_is_paused_at("makers.upt_id")
)


def shelf(page: CTE) -> Select[*tuple[Any, ...]]:
    """The columns of `ShelfItem`, in its order, for the products of `page`, by its `product_id`.

    One grouped look at stock. What rests today stays out. The caller adds the order.
    """
    entry, may_sell = CatalogueEntry, permitted()
    # as MakerRow.makes_to_order says of one UPT
    to_order = exists().where(
        Maker.product_id == entry.product_id,
        Maker.lead_days.is_not(None),
        Maker.monthly_capacity.is_not(None),
        is_permitted_at(may_sell, Maker.upt_id),
        ~entry_is_paused_at("makers.upt_id"),
    )
    stock = (
        select(
            cast(func.coalesce(func.sum(Stock.available), 0), BigInteger).label("available"),
            func.max(Variant.price).label("highest_price"),
        )
        .select_from(Variant)
        .outerjoin(
            Stock,
            (Stock.variant_id == Variant.id)
            & (Stock.available > 0)
            & is_permitted_at(may_sell, Stock.upt_id)
            & ~entry_is_paused_at("stocks.upt_id"),
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
            to_order.label("is_made_to_order"),
            case((stock.c.available == 0, _is_paused), else_=false()).label("is_paused"),
            *(entry.is_sample, entry.rating_count, entry.rating_total, entry.photograph),
        )
        .select_from(page)
        .join(entry, entry.product_id == page.c.product_id)
        .join(Category, Category.id == entry.category_id)
        .outerjoin(may_sell, true())
        .join(stock, true())
        .where(is_permitted(may_sell))
    )


def shelf_items(rows: Iterable[Row[Any]]) -> list[ShelfItem]:
    """Rows of `shelf` as values; the columns after those are left out."""
    items = (row[:_COLUMNS] for row in rows)
    return [ShelfItem(*(*shown, photo_of(photograph))) for *shown, photograph in items]


_COLUMNS = len(fields(ShelfItem))
