"""Kanwil, provinces and the map: which UPTs are where, and how many things they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Maker, Stock, Variant
from inventory.queries.resting import entry_is_paused_at, entry_lacks_permits_at
from inventory.queries.shelf import ShelfItem, shelf, shelf_items


@dataclass(frozen=True, slots=True)
class KanwilRow:
    """A regional office with the provinces (names) it covers, its UPTs and the products they make."""

    slug: str
    name: str
    provinces: Sequence[str]
    upts: int
    products: int


@dataclass(frozen=True, slots=True)
class UptOfRegion:
    """A UPT in a list: where it is, how many products it makes and how many of them it has ready."""

    slug: str
    name: str
    city: str
    province: str
    province_code: str
    kanwil: str
    kanwil_name: str
    is_open_for_pickup: bool
    products: int
    ready: int


@dataclass(frozen=True, slots=True)
class ProvinceCount:
    """How many UPTs of a province offer something, how many are registered, what they make (products)."""

    upts: int
    registered: int
    products: int


def kanwil_list(session: Session) -> list[KanwilRow]:
    """Every regional office by name. One statement."""
    return [KanwilRow(*row) for row in session.execute(_KANWILS)]


def upts_of_kanwil(session: Session, kanwil: str) -> list[UptOfRegion]:
    """The UPTs of a regional office (its slug), most products first; empty for one that is unknown."""
    return [UptOfRegion(*row) for row in session.execute(_UPTS_OF_KANWIL, {"kanwil": kanwil})]


def upts_of_province(session: Session, province_code: str) -> list[UptOfRegion]:
    """The UPTs of a province (two digits), most products first."""
    return [UptOfRegion(*row) for row in session.execute(_UPTS_OF_PROVINCE, {"province": province_code})]


def products_of_kanwil(session: Session, kanwil: str, *, most: int) -> list[ShelfItem]:
    """The newest products of a regional office's UPTs."""
    return shelf_items(session.execute(_PRODUCTS_OF_KANWIL, {"kanwil": kanwil, "most": most}))


def products_of_province(session: Session, province_code: str, *, most: int) -> list[ShelfItem]:
    """The newest products of a province's UPTs."""
    return shelf_items(session.execute(_PRODUCTS_OF_PROVINCE, {"province": province_code, "most": most}))


def province_counts(session: Session) -> dict[str, ProvinceCount]:
    """The provinces that have a UPT, by code (two digits). One statement."""
    return {
        row.province_code: ProvinceCount(row.upts, row.registered, row.products)
        for row in session.execute(_PROVINCES)
    }


offers_something: ColumnElement[bool] = (
    select(Maker.upt_id)
    .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
    .where(Maker.upt_id == Upt.id)
    .correlate(Upt)
    .exists()
)
"""Whether the UPT at hand makes anything that is shown: only such a one is counted as taking part."""

_of_kanwil = Upt.kanwil_id == select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil")).scalar_subquery()
_of_province = Upt.province_code == bindparam("province")


def _products_by(place: InstrumentedAttribute[Any]) -> Subquery:
    """How many products are made in each place (a column of Upt): each once, however many UPTs make it.

    Distinct pairs are hashed, where count(DISTINCT) would sort the whole catalogue.
    """
    made = (
        select(place.label("place"), Maker.product_id)
        .join(Maker, Maker.upt_id == Upt.id)
        .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
        .distinct()
        .subquery()
    )
    return select(made.c.place, func.count().label("products")).group_by(made.c.place).subquery()


_by_kanwil, _by_province = _products_by(Upt.kanwil_id), _products_by(Upt.province_code)

_KANWILS = (
    select(
        Kanwil.slug,
        Kanwil.name,
        func.array_agg(aggregate_order_by(Upt.province.distinct(), Upt.province)).label("provinces"),
        func.count(Upt.id).label("upts"),
        func.coalesce(func.max(_by_kanwil.c.products), 0).label("products"),
    )
    .join(Upt, Upt.kanwil_id == Kanwil.id)
    .outerjoin(_by_kanwil, _by_kanwil.c.place == Kanwil.id)
    .group_by(Kanwil.id)
    .order_by(Kanwil.name)
)

_PROVINCES = (
    select(
        Upt.province_code,
        func.count(Upt.id).filter(offers_something).label("upts"),
        func.count(Upt.id).label("registered"),
        func.coalesce(func.max(_by_province.c.products), 0).label("products"),
    )
    .outerjoin(_by_province, _by_province.c.place == Upt.province_code)
    .group_by(Upt.province_code)
)


def _upts_statement(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    has_pieces = (
        select(Stock.id)
        .join(Variant, Variant.id == Stock.variant_id)
        .where(
            Variant.product_id == Maker.product_id,
            Stock.upt_id == Maker.upt_id,
            Stock.available > 0,
            Variant.price.is_not(None),
            Variant.weight_g.is_not(None),
        )
        .exists()
    )
    made = (
        select(
            func.count().label("products"),
            func.count().filter(has_pieces, ~entry_is_paused_at("makers.upt_id")).label("ready"),
        )
        .select_from(Maker)
        .join(CatalogueEntry, CatalogueEntry.product_id == Maker.product_id)
        .where(Maker.upt_id == Upt.id, ~entry_lacks_permits_at("makers.upt_id"))
        .lateral("made")
    )
    return (
        select(
            Upt.slug,
            Upt.name,
            Upt.city,
            Upt.province,
            Upt.province_code,
            Kanwil.slug.label("kanwil"),
            Kanwil.name.label("kanwil_name"),
            Upt.is_open_for_pickup,
            made.c.products,
            made.c.ready,
        )
        .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        .join(made, true())
        .where(condition)
        .order_by(made.c.products.desc(), Upt.name)
    )


def _products_statement(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    # the region's products are looked up first: walking the catalogue from its newest end may take for ever
    here = select(Maker.product_id).join(Upt, Upt.id == Maker.upt_id).where(condition).distinct()
    of_region = here.cte("of_region").prefix_with("MATERIALIZED")
    page = (
        select(of_region.c.product_id)
        .join(CatalogueEntry, CatalogueEntry.product_id == of_region.c.product_id)
        .order_by(of_region.c.product_id.desc())
        .limit(bindparam("most"))
        .cte("page")
    )
    return shelf(page).order_by(CatalogueEntry.product_id.desc())


_UPTS_OF_KANWIL = _upts_statement(_of_kanwil)
_UPTS_OF_PROVINCE = _upts_statement(_of_province)
_PRODUCTS_OF_KANWIL = _products_statement(_of_kanwil)
_PRODUCTS_OF_PROVINCE = _products_statement(_of_province)
