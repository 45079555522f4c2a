"""Places of a UPT beside its store, and where its transfers may begin or end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import PlaceNotFound
from inventory.models import Location, LocationStock, Maker, Product, Stock, Variant
from kernel.db import in_portions


@dataclass(frozen=True, slots=True)
class End:
    """Where a transfer begins or ends: a UPT's store, or a place of it."""

    upt_id: int
    upt_code: str
    upt_name: str
    location_id: int | None = None
    location_key: UUID | None = None
    location_name: str = ""

    @property
    def value(self) -> str:
        """How a form names it."""
        return end_value(self.upt_code, self.location_key)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with the pieces that lie there, over all goods."""

    id: int
    key: UUID
    upt_id: int
    upt_code: str
    upt_name: str
    kind: str
    name: str
    closed_at: datetime | None
    pieces: int

    @property
    def end(self) -> str:
        """How a form names it as an end of a transfer."""
        return end_value(self.upt_code, self.key)


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """So many pieces of one variant at a place."""

    sku: str
    product: str
    variant: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """So many pieces of one variant at a place of a UPT; a place where nothing lies has one line of none."""

    upt_code: str
    upt_name: str
    kind: str
    name: str
    sku: str | None
    product: str | None
    variant: str | None
    on_hand: int


def end_value(upt_code: str, location_key: UUID | None) -> str:
    """How a form names a UPT's store, or a place of it."""
    return f"{upt_code}/{location_key}" if location_key else upt_code


def ends_for(session: Session, actor: Actor) -> list[End]:
    """Where the actor's transfers may begin or end: own stores and places, and the stores of other UPTs.

    Other UPTs are those whose goods overlap: they make something that an own UPT holds.
    """
    own = actor.only("stock.change").upt_ids
    held = select(Variant.product_id).join(Stock, Stock.variant_id == Variant.id).where(Stock.upt_id.in_(own))
    sisters = select(Maker.upt_id).where(Maker.product_id.in_(held))
    upts = select(Upt.id, Upt.code, Upt.name).where(or_(Upt.id.in_(own), Upt.id.in_(sisters)))
    places = (
        select(Upt.id, Upt.code, Upt.name, Location.id, Location.key, Location.name)
        .join(Location, Location.upt_id == Upt.id)
        .where(Upt.id.in_(own), Location.closed_at.is_(None))
    )
    found = [*(End(*row) for row in session.execute(upts)), *(End(*row) for row in session.execute(places))]
    return sorted(found, key=lambda end: (end.upt_id not in own, end.upt_name, end.location_name))


def places_for(session: Session, actor: Actor) -> Sequence[PlaceRow]:
    """The open places of the actor's scope, by name."""
    query = _places(actor).where(Location.closed_at.is_(None)).order_by(Upt.name, Location.name)
    return [PlaceRow(*row) for row in session.execute(query)]


def place_for(session: Session, actor: Actor, key: UUID) -> PlaceRow:
    """One place, open or closed, if the actor may see it. Raises PlaceNotFound."""
    row = session.execute(_places(actor).where(Location.key == key)).one_or_none()
    if row is None:
        raise PlaceNotFound
    return PlaceRow(*row)


def placed_at(session: Session, location_id: int) -> Sequence[PlacedRow]:
    """What lies at a place, by name."""
    query = (
        select(Variant.sku, Product.name, Variant.name, LocationStock.on_hand)
        .join_from(LocationStock, Stock, Stock.id == LocationStock.stock_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(LocationStock.location_id == location_id, LocationStock.on_hand > 0)
        .order_by(Product.name, Variant.name, Variant.id)
    )
    return [PlacedRow(*row) for row in session.execute(query)]


def placed_rows(session: Session, actor: Actor, place: PlaceRow | None = None) -> Iterator[PlacedLine]:
    """What lies at every open place of the actor's scope, or at one of them, in the order of their pages."""
    there = (LocationStock.location_id == Location.id) & (LocationStock.on_hand > 0)
    query = (
        select(Upt.code, Upt.name, Location.kind, Location.name)
        .add_columns(Variant.sku, Product.name, Variant.name, func.coalesce(LocationStock.on_hand, 0))
        .join_from(Location, Upt, Upt.id == Location.upt_id)
        .outerjoin(LocationStock, there)
        .outerjoin(Stock, Stock.id == LocationStock.stock_id)
        .outerjoin(Variant, Variant.id == Stock.variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(in_scope(actor), Location.id == place.id if place else Location.closed_at.is_(None))
    )
    goods = (func.coalesce(Product.name, ""), func.coalesce(Variant.name, ""), func.coalesce(Variant.id, 0))
    for row in in_portions(session, query, (Upt.name, Location.name, Location.id, *goods)):
        yield PlacedLine(*row)


def _places(actor: Actor) -> Select[*tuple[Any, ...]]:
    here = LocationStock.location_id == Location.id
    pieces = select(func.coalesce(func.sum(LocationStock.on_hand), 0)).where(here).scalar_subquery()
    pieces_there = cast(pieces, BigInteger)
    columns: tuple[Any, ...] = (Location.id, Location.key, Upt.id, Upt.code, Upt.name)
    return (
        select(*columns, Location.kind, Location.name, Location.closed_at, pieces_there)
        .join_from(Location, Upt, Upt.id == Location.upt_id)
        .where(in_scope(actor))
    )
