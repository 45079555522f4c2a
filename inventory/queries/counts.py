"""Stock-takes as officers see them: sheets, their lines, and differences that wait for a second person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select, true
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import CountNotFound
from inventory.models import CountLine, Product, StockCount, Variant
from kernel.db import in_portions

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sheet and how far it is; `open`, `counted`, `waiting` are lines in these states."""

    id: int
    key: UUID
    upt_id: int
    kanwil_id: int
    upt_code: str
    upt_name: str
    province_code: str
    words: str
    actor_label: str
    opened_at: datetime
    closed_at: datetime | None
    lines: int
    open: int
    counted: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Some sheets of a list, from page 1."""

    rows: tuple[SheetRow, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """One line of a sheet; pieces as in `CountLine`, `price` in rupiah."""

    position: int
    sku: str
    product: str
    variant: str
    price: int | None
    expected: int
    look: int
    seen_at: datetime
    state: str
    refusal: str | None
    counted: int | None
    noted_by: int | None
    noted_label: str | None
    decided_label: str | None
    decided_at: datetime | None

    @property
    def difference(self) -> int:
        """Pieces found beyond those expected, negative when some are missing; 0 before it is counted."""
        return 0 if self.counted is None else self.counted - self.expected


def sheets_for(session: Session, actor: Actor, *, page: int, is_waiting: bool = False) -> SheetPage:
    """The newest sheets of the actor's UPTs; or those with differences that wait, the oldest first.

    Chosen before their lines are counted, so that a page costs the same however many sheets there are.
    """
    order: tuple[Any, ...] = (StockCount.opened_at.desc(), StockCount.id.desc())
    if is_waiting:
        order = (StockCount.opened_at, StockCount.id)
    chosen = select(StockCount.id).join(Upt, Upt.id == StockCount.upt_id)
    chosen = chosen.where(in_scope(actor), _shown(is_waiting=is_waiting))
    chosen = chosen.order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    ids = session.scalars(chosen).all()
    query = _sheets(actor).where(StockCount.id.in_(ids[:PAGE_SIZE])).order_by(*order)
    rows = tuple(SheetRow(*row) for row in session.execute(query))
    return SheetPage(rows, page, len(ids) > PAGE_SIZE)


def sheet_rows(session: Session, actor: Actor, *, is_waiting: bool) -> Iterator[SheetRow]:
    """All of them, in the same order."""
    query = _sheets(actor).where(_shown(is_waiting=is_waiting))
    keys = (StockCount.opened_at, StockCount.id)
    for row in in_portions(session, query, keys, is_falling=not is_waiting):
        yield SheetRow(*row)


def _shown(*, is_waiting: bool) -> ColumnElement[bool]:
    waits = (CountLine.count_id == StockCount.id) & (CountLine.state == "waiting")
    return select(CountLine.id).where(waits).correlate(StockCount).exists() if is_waiting else true()


def sheet_for(session: Session, actor: Actor, key: UUID) -> SheetRow:
    """One sheet, if the actor may see it. Raises CountNotFound."""
    row = session.execute(_sheets(actor).where(StockCount.key == key)).one_or_none()
    if row is None:
        raise CountNotFound
    return SheetRow(*row)


def count_lines_of(session: Session, count_id: int) -> Sequence[CountRow]:
    """The lines of a sheet, by name of the product."""
    columns: tuple[Any, ...] = (CountLine.position, Variant.sku, Product.name, Variant.name, Variant.price)
    columns += (CountLine.expected, CountLine.look, CountLine.seen_at, CountLine.state, CountLine.refusal)
    columns += (CountLine.counted, CountLine.noted_by, CountLine.noted_label)
    columns += (CountLine.decided_label, CountLine.decided_at)
    query = (
        select(*columns)
        .join_from(CountLine, Variant, Variant.id == CountLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(CountLine.count_id == count_id)
        .order_by(CountLine.position)
    )
    return [CountRow(*row) for row in session.execute(query)]


def differences_waiting(session: Session, actor: Actor) -> int:
    """How many differences wait for a second person whom the actor can be: not those they noted."""
    query = (
        select(func.count(CountLine.id))
        .join(StockCount, StockCount.id == CountLine.count_id)
        .join(Upt, Upt.id == StockCount.upt_id)
        .where(CountLine.state == "waiting", CountLine.noted_by != actor.user_id, in_scope(actor))
    )
    return session.scalars(query).one()


def _lines_in(state: str) -> Any:
    return cast(func.count(CountLine.id).filter(CountLine.state == state), Integer)


def _sheets(actor: Actor) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (StockCount.id, StockCount.key, Upt.id, Upt.kanwil_id, Upt.code, Upt.name)
    columns += (Upt.province_code, StockCount.words, StockCount.actor_label, StockCount.opened_at)
    return (
        select(*columns, StockCount.closed_at, func.count(CountLine.id))
        .add_columns(*(_lines_in(state) for state in ("open", "counted", "waiting")))
        .join_from(StockCount, Upt, Upt.id == StockCount.upt_id)
        .outerjoin(CountLine, CountLine.count_id == StockCount.id)
        .where(in_scope(actor))
        .group_by(StockCount.id, Upt.id)
    )
