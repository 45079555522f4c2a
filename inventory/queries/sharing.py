"""What a picture for sharing shows of a product, a UPT or a Kanwil: names, and categories to draw."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Category, Maker

MOST_CATEGORIES = 4


@dataclass(frozen=True, slots=True)
class SharedProduct:
    """A product that is on offer: its category's slug, how many UPTs make it, and the first of them."""

    name: str
    category: str
    maker_count: int
    maker_name: str
    maker_city: str


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """A UPT or a Kanwil. `place` is empty for a Kanwil; `categories` are those it makes most of."""

    name: str
    place: str
    categories: tuple[str, ...]


def shared_product(session: Session, slug: str) -> SharedProduct | None:
    """The product of that address; None when it is not on offer. One statement."""
    row = session.execute(_PRODUCT, {"slug": slug}).one_or_none()
    return SharedProduct(*row) if row else None


def shared_upt(session: Session, slug: str) -> SharedPlace | None:
    """The UPT of that address, or None. One statement."""
    return _place(session, _UPT, slug)


def shared_kanwil(session: Session, slug: str) -> SharedPlace | None:
    """The Kanwil of that address, or None. One statement."""
    return _place(session, _KANWIL, slug)


def _place(session: Session, statement: Select[str, str, list[str]], slug: str) -> SharedPlace | None:
    row = session.execute(statement, {"slug": slug}).one_or_none()
    return SharedPlace(row[0], row[1], tuple(row[2])) if row else None


def _made_most(whose: ColumnElement[bool]) -> ColumnElement[list[str]]:
    counted = (
        select(Category.slug, func.count().label("count"))
        .select_from(CatalogueEntry)
        .join(Category, Category.id == CatalogueEntry.category_id)
        .join(Maker, Maker.product_id == CatalogueEntry.product_id)
        .where(whose)
        .group_by(Category.slug)
        .order_by(func.count().desc(), Category.slug)
        .limit(MOST_CATEGORIES)
        .correlate(Upt, Kanwil)
        .subquery()
    )
    return func.array(select(counted.c.slug).scalar_subquery())


_PRODUCT = (
    select(
        CatalogueEntry.name,
        Category.slug,
        CatalogueEntry.maker_count,
        CatalogueEntry.maker_name,
        CatalogueEntry.maker_city,
    )
    .join(Category, Category.id == CatalogueEntry.category_id)
    .where(CatalogueEntry.slug == bindparam("slug"))
)

_of_kanwil = select(Upt.id).where(Upt.kanwil_id == Kanwil.id).correlate(Kanwil)

_UPT = select(Upt.name, Upt.city, _made_most(Maker.upt_id == Upt.id)).where(Upt.slug == bindparam("slug"))
_KANWIL = select(Kanwil.name, literal(""), _made_most(Maker.upt_id.in_(_of_kanwil))).where(
    Kanwil.slug == bindparam("slug")
)
