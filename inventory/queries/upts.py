"""One UPT's page: which institution it is, where and when, its permits, and what it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Select,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from accounts.models import Kanwil, OldUptSlug, Upt
from inventory.models import CatalogueEntry, Category, Maker, Pause, Permit, Stock, Variant
from inventory.queries.pauses import ToldPause, pause_json, told_pause
from inventory.queries.resting import entry_lacks_permits_at, entry_rests_at
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from inventory.queries.texts import Told, told_in


@dataclass(frozen=True, slots=True)
class PermitRow:
    """A permit of the UPT: its kind, the number as the authority writes it, whether somebody checked it."""

    kind: str
    number: str
    title: str
    is_verified: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class UptRow:
    """A UPT as its page shows it.

    `products` counts what it makes and may sell, `ready` how many of them lie on its shelf, `pieces` how
    many that are; during a `pause` it sells nothing.
    """

    id: int
    slug: str
    name: str
    kind: str
    address: str | None
    city: str
    province: str
    province_code: str
    kanwil: str
    kanwil_name: str
    source_url: str
    about: Told
    whatsapp: str | None
    pickup_hours: str | None
    is_open_for_pickup: bool
    is_sample: bool
    products: int
    ready: int
    pieces: int
    permits: Sequence[PermitRow]
    pause: ToldPause | None


@dataclass(frozen=True, slots=True)
class CategoryOfUpt:
    """A category with the number of products the UPT makes in it."""

    slug: str
    name: str
    count: int


def upt_by_slug(session: Session, slug: str, *, locale: str, today: date) -> UptRow | None:
    """The UPT of that address with the permits that hold on `today` or None. One statement."""
    row = session.execute(_UPT, {"slug": slug, "today": today}).one_or_none()
    if row is None:
        return None
    fields = dict(row._mapping)
    fields["permits"] = [PermitRow(**permit) for permit in fields["permits"]]
    fields["about"] = told_in(locale, fields.pop("about_id") or "", (fields.pop("about_en") or "").strip())
    fields["pause"] = told_pause(fields["pause"], locale=locale)
    return UptRow(**fields)


def categories_of_upt(session: Session, upt_id: int, *, locale: str) -> list[CategoryOfUpt]:
    """What the UPT makes, by category, fullest first. One statement."""
    rows = session.execute(_CATEGORIES, {"upt_id": upt_id, "is_english": locale == "en"})
    return [CategoryOfUpt(*row) for row in rows]


def products_of_upt(
    session: Session, upt_id: int, *, category: str | None, page: int, size: int
) -> list[ShelfItem]:
    """One page (from 1) of what the UPT makes, newest first, of one category or of all. One statement."""
    statement = _PRODUCTS_OF_CATEGORY if category else _PRODUCTS
    values: dict[str, Any] = {"upt_id": upt_id, "most": size, "skipped": (page - 1) * size}
    if category:
        values["category"] = category
    return shelf_items(session.execute(statement, values))


def present_upt_slug(session: Session, old_slug: str) -> str | None:
    """Where a UPT is now that once had this address, or None. One statement."""
    return session.scalar(
        select(Upt.slug).join(OldUptSlug, OldUptSlug.upt_id == Upt.id).where(OldUptSlug.slug == old_slug)
    )


_is_english = bindparam("is_english", type_=Boolean)


_in_catalogue = (
    select(CatalogueEntry.product_id)
    .where(CatalogueEntry.product_id == Maker.product_id, ~entry_lacks_permits_at("makers.upt_id"))
    .exists()
)
_made = select(func.count()).where(Maker.upt_id == Upt.id, _in_catalogue).scalar_subquery()
_on_shelf = (
    select(
        func.count(Variant.product_id.distinct()).label("ready"),
        cast(func.coalesce(func.sum(Stock.available), 0), BigInteger).label("pieces"),
    )
    .select_from(Stock)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(CatalogueEntry, CatalogueEntry.product_id == Variant.product_id)
    .where(
        Stock.upt_id == Upt.id,
        Stock.available > 0,
        CatalogueEntry.price_from.is_not(None),
        Variant.price.is_not(None),
        Variant.weight_g.is_not(None),
        ~entry_rests_at("stocks.upt_id"),
    )
    .lateral("on_shelf")
)
_permit = func.jsonb_build_object(
    *("kind", Permit.kind, "number", Permit.number, "title", Permit.title),
    *("is_verified", Permit.verified_at.is_not(None), "is_sample", Permit.is_sample),
)
_permits = (
    select(
        func.coalesce(
            func.jsonb_agg(aggregate_order_by(_permit, Permit.kind, Permit.number)), func.jsonb_build_array()
        )
    )
    .where(
        Permit.upt_id == Upt.id,
        or_(Permit.expires_on.is_(None), Permit.expires_on >= bindparam("today", type_=Date)),
    )
    .scalar_subquery()
)
_UPT = (
    select(
        Upt.id,
        Upt.slug,
        Upt.name,
        Upt.kind,
        Upt.address,
        Upt.city,
        Upt.province,
        Upt.province_code,
        Kanwil.slug.label("kanwil"),
        Kanwil.name.label("kanwil_name"),
        Upt.source_url,
        Upt.about_id,
        Upt.about_en,
        Upt.whatsapp,
        Upt.pickup_hours,
        Upt.is_open_for_pickup,
        Upt.is_sample,
        _made.label("products"),
        _on_shelf.c.ready,
        _on_shelf.c.pieces,
        _permits.label("permits"),
        pause_json(None, Pause.upt_id == Upt.id, day=bindparam("today", type_=Date)).label("pause"),
    )
    .join(Kanwil, Kanwil.id == Upt.kanwil_id)
    .join(_on_shelf, true())
    .where(Upt.slug == bindparam("slug"))
)

_count = func.count().label("count")
_CATEGORIES = (
    select(
        Category.slug,
        case((_is_english, Category.name_en), else_=Category.name_id).label("name"),
        _count,
    )
    .select_from(Maker)
    .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
    .join(Category, Category.id == CatalogueEntry.category_id)
    .where(Maker.upt_id == bindparam("upt_id"), ~entry_lacks_permits_at("makers.upt_id"))
    .group_by(Category.id)
    .order_by(_count.desc(), Category.slug)
)


def _products_statement(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    page = (
        select(Maker.product_id)
        .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
        .where(Maker.upt_id == bindparam("upt_id"), ~entry_lacks_permits_at("makers.upt_id"), *conditions)
        .order_by(Maker.product_id.desc())
        .limit(bindparam("most"))
        .offset(bindparam("skipped"))
        .cte("page")
    )
    return shelf(page).order_by(CatalogueEntry.product_id.desc())


_category = select(Category.id).where(Category.slug == bindparam("category")).scalar_subquery()
_PRODUCTS = _products_statement()
_PRODUCTS_OF_CATEGORY = _products_statement(CatalogueEntry.category_id == _category)
