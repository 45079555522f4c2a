"""The home page: the categories as ways in, what is new and ready, and how many take part."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Boolean, bindparam, case, exists, func, literal, select, true
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Category, Maker

COUNT_UP_TO = 1_000
"""The products of a category are counted up to one more than this."""


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """A category with its number of products, capped at COUNT_UP_TO + 1."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Participation:
    """How many UPTs offer something, in how many regional offices there are."""

    upts: int
    kanwils: int


def category_counts(session: Session, *, locale: str) -> list[CategoryCount]:
    """The categories that hold something, fullest first. One statement."""
    rows = session.execute(_CATEGORIES, {"is_english": locale == "en"})
    return [CategoryCount(*row) for row in rows]


def participation(session: Session) -> Participation:
    """Who takes part. One statement."""
    return Participation(*session.execute(_PARTICIPATION).one())


_some = (
    select(literal(1).label("one"))
    .select_from(CatalogueEntry)
    .where(CatalogueEntry.category_id == Category.id)
    .correlate(Category)
    .limit(COUNT_UP_TO + 1)
    .subquery()
)
_counted = select(func.count().label("count")).select_from(_some).lateral("counted")
_CATEGORIES = (
    select(
        Category.slug,
        case((bindparam("is_english", type_=Boolean), Category.name_en), else_=Category.name_id),
        _counted.c.count,
    )
    .join(_counted, true())
    .where(_counted.c.count > 0)
    .order_by(_counted.c.count.desc(), Category.slug)
)

_PARTICIPATION = select(
    select(func.count(Upt.id)).where(exists().where(Maker.upt_id == Upt.id)).scalar_subquery(),
    select(func.count(Kanwil.id)).scalar_subquery(),
)
