"""The home page: categories as ways in, the flagships, what was made last, how many take part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Category, LedgerEntry, Maker, Stock, Variant
from inventory.queries.regions import offers_something
from inventory.queries.resting import entry_rests_at
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from kernel.compiled import CompiledSelect

COUNT_UP_TO = 1_000
"""The products of a category are counted up to one more than this."""

_LOOKED_AT = 200
"""So many receipts are looked at for what was made last, however long the ledger is."""


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """A category with its number of products, capped at COUNT_UP_TO + 1."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Participation:
    """How many UPTs offer something, by province (two digits), and how many regional offices there are."""

    by_province: Mapping[str, int]
    kanwils: int

    @property
    def upts(self) -> int:
        """Those of all provinces."""
        return sum(self.by_province.values())

    @property
    def provinces(self) -> int:
        """How many provinces have one."""
        return len(self.by_province)


def ways_in(session: Session, *, locale: str) -> tuple[list[CategoryCount], Participation]:
    """The categories that hold something, fullest first, and who takes part. One statement."""
    rows = _WAYS_IN.rows(session, {"is_english": locale == "en"})
    numbers = {row.slug: row.number for row in rows if row.is_number}
    kanwils = numbers.pop(_KANWILS)
    return (
        [CategoryCount(row.slug, row.name, row.number) for row in rows if not row.is_number],
        Participation(numbers, kanwils),
    )


def newly_made(session: Session, *, most: int) -> list[ShelfItem]:
    """The products of which pieces came in last and can be ordered now, newest first. One statement."""
    return shelf_items(_NEWLY_MADE.rows(session, {"most": most}))


def flagships(session: Session, *, most: int) -> list[ShelfItem]:
    """The designated flagship products of UPTs, designated last first. One statement."""
    return shelf_items(_FLAGSHIPS.rows(session, {"most": most}))


_some = (
    select(literal(1).label("one"))
    .select_from(CatalogueEntry)
    .where(CatalogueEntry.category_id == Category.id)
    .correlate(Category)
    .limit(COUNT_UP_TO + 1)
    .subquery()
)
_counted = select(func.count().label("number")).select_from(_some).lateral("counted")
_no_name = literal("", Text)
_KANWILS = "kanwils"
_every = union_all(
    select(
        cast(literal(False), Boolean).label("is_number"),
        Category.slug.label("slug"),
        case((bindparam("is_english", type_=Boolean), Category.name_en), else_=Category.name_id).label(
            "name"
        ),
        _counted.c.number.label("number"),
    )
    .join(_counted, true())
    .where(_counted.c.number > 0),
    select(literal(True), Upt.province_code, _no_name, func.count(Upt.id))
    .where(offers_something)
    .group_by(Upt.province_code),
    select(literal(True), literal(_KANWILS, Text), _no_name, func.count(Kanwil.id)),
).subquery()
_WAYS_IN = CompiledSelect(select(_every).order_by(_every.c.number.desc(), _every.c.slug))

_recent = (
    select(LedgerEntry.id, LedgerEntry.stock_id)
    .where(LedgerEntry.kind == "received")
    .order_by(LedgerEntry.id.desc())
    .limit(_LOOKED_AT)
    .subquery()
)
_made = (
    select(Variant.product_id, func.max(_recent.c.id).label("last"))
    .select_from(_recent)
    .join(Stock, Stock.id == _recent.c.stock_id)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(CatalogueEntry, CatalogueEntry.product_id == Variant.product_id)
    .where(
        Stock.available > 0,
        Variant.price.is_not(None),
        Variant.weight_g.is_not(None),
        ~entry_rests_at("stocks.upt_id"),
    )
    .group_by(Variant.product_id)
    .order_by(func.max(_recent.c.id).desc())
    .limit(bindparam("most"))
    .cte("made")
)
_NEWLY_MADE = CompiledSelect(shelf(_made).order_by(_made.c.last.desc()))

_designated = (
    select(Maker.product_id, func.max(Maker.flagship_since).label("since"))
    .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
    .where(Maker.flagship_since.is_not(None))
    .group_by(Maker.product_id)
    .order_by(func.max(Maker.flagship_since).desc(), Maker.product_id)
    .limit(bindparam("most"))
    .cte("designated")
)
_FLAGSHIPS = CompiledSelect(
    shelf(_designated).order_by(_designated.c.since.desc(), CatalogueEntry.product_id)
)
