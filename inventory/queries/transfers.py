"""Transfers as officers see them: the list, one with its lines, and what is under way."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import TransferNotFound
from inventory.models import Location, LocationStock, Maker, Product, Stock, Transfer, TransferLine, Variant
from inventory.moving import MOST_TRANSFER_LINES
from inventory.queries.resting import product_lacks_permits_at
from inventory.queries.staff import matching
from kernel.db import in_portions

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One transfer; a place's name is empty for a store, `pieces` are those that go."""

    id: int
    key: UUID
    from_upt_id: int
    from_upt: str
    from_location_id: int | None
    from_place: str
    to_upt_id: int
    to_upt: str
    to_location_id: int | None
    to_place: str
    state: str
    explanation: str
    actor_label: str
    at: datetime
    sent_label: str | None
    sent_at: datetime | None
    received_label: str | None
    received_at: datetime | None
    pieces: int

    @property
    def from_name(self) -> str:
        """Where it comes from, in words."""
        return f"{self.from_upt}, {self.from_place}" if self.from_place else self.from_upt

    @property
    def to_name(self) -> str:
        """Where it goes, in words."""
        return f"{self.to_upt}, {self.to_place}" if self.to_place else self.to_upt


@dataclass(frozen=True, slots=True)
class TransferPage:
    """Some transfers of a list, from page 1."""

    rows: tuple[TransferRow, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class TransferLineRow:
    """One kind of goods in a transfer, or on the shelf that it would leave.

    `free` pieces could go (0 once it was sent), `pieces` go, `received` of them arrived; None where nobody
    has said.
    """

    sku: str
    product: str
    variant: str
    free: int
    pieces: int | None
    received: int | None


def transfers_for(session: Session, actor: Actor, *, page: int) -> TransferPage:
    """The newest transfers that leave or reach the actor's scope, those on their way first."""
    order = (Transfer.state != "sent", Transfer.at.desc(), Transfer.id.desc())
    query = _transfers(actor).order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    rows = [TransferRow(*row) for row in session.execute(query)]
    return TransferPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def transfer_for(session: Session, actor: Actor, key: UUID) -> TransferRow:
    """One transfer, if it leaves the actor's scope, or was sent there. Raises TransferNotFound."""
    row = session.execute(_transfers(actor).where(Transfer.key == key)).one_or_none()
    if row is None:
        raise TransferNotFound
    return TransferRow(*row)


def transfers_waiting(session: Session, actor: Actor) -> int:
    """How many transfers are on their way to the actor's own UPTs."""
    own = actor.only("stock.change").upt_ids
    query = select(func.count(Transfer.id)).where(Transfer.state == "sent", Transfer.to_upt_id.in_(own))
    return session.scalars(query).one()


def sendable_lines(
    session: Session, draft: TransferRow, *, words: str, also: Collection[str] = ()
) -> tuple[list[TransferLineRow], bool]:
    """What is in a draft, and what else could go by name or SKU; and whether there is more than is shown.

    The shelves of the SKUs in `also` are among them, whatever lies there and however they are called.
    """
    place, free = _free_at(draft.from_location_id)
    here = and_(Stock.variant_id == Variant.id, Stock.upt_id == draft.from_upt_id)
    drawn_up = and_(TransferLine.variant_id == Variant.id, TransferLine.transfer_id == draft.id)
    is_named = or_(TransferLine.id.is_not(None), Variant.sku.in_(also))
    query = (
        select(Variant.sku, Product.name, Variant.name, free, TransferLine.pieces, TransferLine.received)
        .join_from(Variant, Stock, here)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(LocationStock, place)
        .outerjoin(TransferLine, drawn_up)
        .where(or_(is_named, and_(free > 0, matching(words), target_makes(draft))))
        .order_by(is_named.desc(), Product.name, Variant.name, Variant.id)
        .limit(MOST_TRANSFER_LINES + 1)
    )
    rows = [TransferLineRow(*row) for row in session.execute(query)]
    return rows[:MOST_TRANSFER_LINES], len(rows) > MOST_TRANSFER_LINES


def transfer_rows(session: Session, actor: Actor) -> Iterator[tuple[TransferRow, TransferLineRow]]:
    """Every line of the transfers of the actor's scope, the newest first."""
    query = (
        _transfers(actor)
        .join(TransferLine, TransferLine.transfer_id == Transfer.id)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .add_columns(Variant.sku, Product.name, Variant.name, literal(0))
        .add_columns(TransferLine.pieces, TransferLine.received)
    )
    columns = len(fields(TransferRow))
    for row in in_portions(session, query, (TransferLine.id,), is_falling=True):
        yield TransferRow(*row[:columns]), TransferLineRow(*row[columns:])


def transfer_lines_of(session: Session, transfer: TransferRow) -> list[TransferLineRow]:
    """What is in a transfer, by name."""
    query = (
        select(Variant.sku, Product.name, Variant.name, literal(0))
        .add_columns(TransferLine.pieces, TransferLine.received)
        .join_from(TransferLine, Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TransferLine.transfer_id == transfer.id)
        .order_by(Product.name, Variant.name, Variant.id)
    )
    return [TransferLineRow(*row) for row in session.execute(query)]


def resting_there(session: Session, draft: TransferRow, skus: Collection[str]) -> frozenset[str]:
    """Which of these goods the UPT they would go to may not sell today for want of a permit.

    The shop tells it: they are not on that UPT's page. Its permits lie beyond the sender's reach, though.
    """
    query = (
        select(Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .join(Upt, Upt.id == draft.to_upt_id)
        .where(Variant.sku.in_(skus), product_lacks_permits_at("upts.id"))
    )
    return frozenset(session.scalars(query))


def target_makes(transfer: TransferRow) -> ColumnElement[bool]:
    """Whether a variant may go with a transfer: to another UPT only what it makes too."""
    if transfer.from_upt_id == transfer.to_upt_id:
        return true()
    is_there = and_(Maker.product_id == Variant.product_id, Maker.upt_id == transfer.to_upt_id)
    return exists().where(is_there)


def _free_at(location_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """How a shelf's pieces at a place are joined, and how many are free there; None is the store."""
    at_place = and_(LocationStock.stock_id == Stock.id, LocationStock.location_id == location_id)
    return at_place, func.coalesce(LocationStock.on_hand if location_id else Stock.available, 0)


def _transfers(actor: Actor) -> Select[*tuple[Any, ...]]:
    source, target = aliased(Upt), aliased(Upt)
    from_place, to_place = aliased(Location), aliased(Location)
    is_in = TransferLine.transfer_id == Transfer.id
    pieces = select(func.coalesce(func.sum(TransferLine.pieces), 0)).where(is_in).correlate(Transfer)
    columns: tuple[Any, ...] = (Transfer.id, Transfer.key, source.id, source.name)
    columns += (Transfer.from_location_id, func.coalesce(from_place.name, ""), target.id, target.name)
    columns += (Transfer.to_location_id, func.coalesce(to_place.name, ""), Transfer.state)
    columns += (Transfer.explanation, Transfer.actor_label, Transfer.at, Transfer.sent_label)
    columns += (
        Transfer.sent_at,
        Transfer.received_label,
        Transfer.received_at,
        cast(pieces.scalar_subquery(), BigInteger),
    )
    return (
        select(*columns)
        .join_from(Transfer, source, source.id == Transfer.from_upt_id)
        .join(target, target.id == Transfer.to_upt_id)
        .outerjoin(from_place, from_place.id == Transfer.from_location_id)
        .outerjoin(to_place, to_place.id == Transfer.to_location_id)
        .where(_is_theirs(actor))
    )


def _is_theirs(actor: Actor) -> ColumnElement[bool]:
    """Whether a transfer leaves the actor's scope, or was sent there: a draft is its sender's alone."""
    scope = select(Upt.id).where(in_scope(actor))
    return or_(
        Transfer.from_upt_id.in_(scope), and_(Transfer.to_upt_id.in_(scope), Transfer.sent_at.is_not(None))
    )
