"""What search engines and feed readers are told of: every public page with the moment it changed last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Boolean, and_, bindparam, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Category, Maker, OldProductSlug, Product

PRODUCTS_A_PART = 5_000
"""How many numbers of products a part of the sitemap spans; each product has an address per language."""


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """A part of the products' sitemap: its number from 1, and when a page of it changed last."""

    number: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """One page of a kind ("produk", "kategori", "upt", "kanwil", "provinsi") and when it changed last."""

    kind: str
    key: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product in the feed. `description_language` is what the description is written in."""

    id: int
    slug: str
    name: str
    description: str
    description_language: str
    maker_name: str
    category: str
    created_at: datetime
    changed_at: datetime


def sitemap_parts(session: Session) -> list[SitemapPart]:
    """The parts that hold a product. One statement."""
    return [SitemapPart(*row) for row in session.execute(_PARTS)]


def products_of_part(session: Session, number: int) -> list[ChangedPage]:
    """The products of a part in the order they came; empty for one without any. One statement."""
    first = (number - 1) * PRODUCTS_A_PART + 1
    rows = session.execute(_PRODUCTS_OF_PART, {"first": first, "last": first + PRODUCTS_A_PART - 1})
    return [ChangedPage("produk", *row) for row in rows]


def changed_places(session: Session) -> list[ChangedPage]:
    """Categories (slug), UPTs (slug), Kanwil (slug) and provinces (code) that show something. One statement.

    A page changes when a product on it does.
    """
    return [ChangedPage(*row) for row in session.execute(_PLACES)]


def newest_products(session: Session, *, locale: str, most: int) -> list[NewProduct]:
    """What came last, newest first. One statement."""
    values = {"is_english": locale == "en", "most": most}
    return [NewProduct(*row) for row in session.execute(_NEWEST, values)]


def present_product_slug(session: Session, old_slug: str) -> str | None:
    """Where a product is now that once had this address, or None. One statement."""
    return session.scalar(
        select(Product.slug)
        .join(OldProductSlug, OldProductSlug.product_id == Product.id)
        .where(OldProductSlug.slug == old_slug)
    )


_entry = CatalogueEntry
_number = cast(func.div(_entry.product_id - 1, PRODUCTS_A_PART) + 1, BigInteger).label("number")
_PARTS = (
    select(_number, func.max(Product.changed_at))
    .join(Product, Product.id == _entry.product_id)
    .group_by(_number)
    .order_by(_number)
)
_PRODUCTS_OF_PART = (
    select(Product.slug, Product.changed_at)
    .join(_entry, _entry.product_id == Product.id)
    .where(_entry.product_id.between(bindparam("first"), bindparam("last")))
    .order_by(_entry.product_id)
)

_made_at = (
    select(Maker.upt_id, func.max(Product.changed_at).label("changed_at"))
    .join(Product, Product.id == Maker.product_id)
    .join(_entry, _entry.product_id == Product.id)
    .group_by(Maker.upt_id)
    .cte("made_at")
)
_upts = (
    select(
        Upt.slug,
        Upt.kanwil_id,
        Upt.province_code,
        func.greatest(Upt.changed_at, _made_at.c.changed_at).label("changed_at"),
    )
    .outerjoin(_made_at, _made_at.c.upt_id == Upt.id)
    .cte("upts_changed")
)
_PLACES = union_all(
    select(literal("kategori"), Category.slug, func.max(Product.changed_at))
    .join(_entry, _entry.category_id == Category.id)
    .join(Product, Product.id == _entry.product_id)
    .group_by(Category.slug),
    select(literal("upt"), _upts.c.slug, _upts.c.changed_at),
    select(literal("kanwil"), Kanwil.slug, func.max(_upts.c.changed_at))
    .join(_upts, _upts.c.kanwil_id == Kanwil.id)
    .group_by(Kanwil.slug),
    select(literal("provinsi"), _upts.c.province_code, func.max(_upts.c.changed_at)).group_by(
        _upts.c.province_code
    ),
)

_is_english = bindparam("is_english", type_=Boolean)
_is_told_in_english = and_(_is_english, func.btrim(Product.description_en) != "")
_NEWEST = (
    select(
        Product.id,
        Product.slug,
        Product.name,
        case((_is_told_in_english, Product.description_en), else_=Product.description_id),
        case((_is_told_in_english, "en"), else_="id"),
        _entry.maker_name,
        case((_is_english, Category.name_en), else_=Category.name_id),
        Product.created_at,
        Product.changed_at,
    )
    .join(_entry, _entry.product_id == Product.id)
    .join(Category, Category.id == Product.category_id)
    .order_by(_entry.product_id.desc())
    .limit(bindparam("most"))
)
