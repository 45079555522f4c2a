"""The ledger of many shelves as officers read it: the newest lines first, a portion at a time.

Whoever reads of few shelves has these looked up first: the lines are then found by their shelf, not among
those of the whole nation by their time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Batch, BatchMove, LedgerEntry, Location, LocationStock, Product, Stock, Variant

LEDGER_PAGE_SIZE = 50
_EXPORTED_AT_ONCE = 1000
_MANY_SHELVES = 5000


@dataclass(frozen=True, slots=True)
class LedgerWish:
    """Which lines are asked for; what is empty does not matter.

    `since` and `until` are moments, the second one outside; `words` is a part of a product's name or SKU,
    `batch` the code of a batch whose pieces came or went, `place` a part of the name of a place beside the
    store or, of one alone, its key; `upt_code` the code of the shelf's UPT.
    """

    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    batch: str = ""
    kind: str = ""
    reason: str = ""
    place: str | UUID = ""
    upt_code: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line with its shelf; `delta` is in pieces, `batches` the codes of those it moved.

    `parcel` is the number of the parcel that the pieces left with, `place` where the line is about another
    place of the UPT than its store.
    """

    at: datetime
    upt_code: str
    upt_name: str
    province_code: str
    sku: str
    product: str
    variant: str
    kind: str
    delta: int
    reason: str
    batches: str | None
    parcel: str | None
    actor_user_id: int | None
    actor_label: str
    place: str | None


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """Where to go on: after the first `passed` lines of the moment `at`. It tells no number of any row."""

    at: datetime
    passed: int


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some lines; `older` is where to go on, None at the end."""

    rows: tuple[LedgerRow, ...]
    older: LedgerMark | None


def ledger_page(session: Session, actor: Actor, wish: LedgerWish, *, after: LedgerMark | None) -> LedgerPage:
    """The lines of the actor's shelves that fit, from the newest or from where another page ended."""
    shelves = _shelves(session, actor, wish)
    rows = _rows(session, actor, wish, shelves, after=after, most=LEDGER_PAGE_SIZE + 1)
    shown = tuple(rows[:LEDGER_PAGE_SIZE])
    return LedgerPage(shown, _end_of(shown, after) if len(rows) > LEDGER_PAGE_SIZE else None)


def ledger_rows(session: Session, actor: Actor, wish: LedgerWish) -> Iterator[LedgerRow]:
    """Every line of the actor's shelves that fits, the newest first, read a thousand at a time."""
    after: LedgerMark | None = None
    shelves = _shelves(session, actor, wish)
    while rows := _rows(session, actor, wish, shelves, after=after, most=_EXPORTED_AT_ONCE):
        yield from rows
        after = _end_of(rows, after)


def _shelves(session: Session, actor: Actor, wish: LedgerWish) -> Sequence[int] | None:
    """The stock rows whose lines are asked for; None when they are many or all."""
    if actor.is_national and not (wish.words or wish.place or wish.upt_code):
        return None
    query = (
        select(Stock.id)
        .join(Upt, Upt.id == Stock.upt_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(in_scope(actor), *_of_shelf(wish))
        .limit(_MANY_SHELVES)
    )
    found = session.scalars(query).all()
    return found if len(found) < _MANY_SHELVES else None


def _rows(
    session: Session,
    actor: Actor,
    wish: LedgerWish,
    shelves: Sequence[int] | None,
    *,
    after: LedgerMark | None,
    most: int,
) -> list[LedgerRow]:
    at_shelves: tuple[ColumnElement[bool], ...]
    if shelves is None:
        at_shelves = (in_scope(actor), *_of_shelf(wish))
    elif shelves:
        at_shelves = (LedgerEntry.stock_id == func.any(bindparam("shelves", shelves, ARRAY(BigInteger))),)
    else:
        return []
    query = (
        select(*_COLUMNS)
        .join_from(LedgerEntry, Stock, Stock.id == LedgerEntry.stock_id)
        .join(Upt, Upt.id == Stock.upt_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(*at_shelves, *_of_line(wish), LedgerEntry.at <= after.at if after else true())
        .order_by(LedgerEntry.at.desc(), LedgerEntry.id.desc())
        .offset(after.passed if after else 0)
        .limit(most)
    )
    return [LedgerRow(*row) for row in session.execute(query)]


def _end_of(rows: tuple[LedgerRow, ...] | list[LedgerRow], after: LedgerMark | None) -> LedgerMark:
    at = rows[-1].at
    passed = sum(row.at == at for row in rows)
    return LedgerMark(at, passed + (after.passed if after and after.at == at else 0))


_BATCHES = (
    select(func.string_agg(Batch.code, ", "))
    .join(BatchMove, BatchMove.batch_id == Batch.id)
    .where(BatchMove.ledger_entry_id == LedgerEntry.id)
    .scalar_subquery()
)

# a line by which a parcel took pieces, gave them back or left them to another UPT's says so in its cause
# (orders.services.parcel_work, taking_over); only one of the shelf's own UPT is named: that parcel the reader
# of the line may open
_PARCEL = literal_column(
    """(
        SELECT f.number FROM fulfilment_lines l JOIN fulfilments f ON f.id = l.fulfilment_id
        WHERE f.upt_id = stocks.upt_id AND ledger_entries.kind IN ('issued', 'returned', 'adjusted')
          AND l.id = CAST(substring(
              ledger_entries.cause from '^(?:ship|taken-over:[0-9]+):([0-9]{1,18})(?::|$)') AS bigint)
    )""",
    Text,
)

_COLUMNS: tuple[Any, ...] = (
    LedgerEntry.at,
    Upt.code,
    Upt.name,
    Upt.province_code,
    Variant.sku,
    Product.name,
    Variant.name,
    LedgerEntry.kind,
    LedgerEntry.delta,
    LedgerEntry.reason,
    _BATCHES,
    _PARCEL,
    LedgerEntry.actor_user_id,
    LedgerEntry.actor_label,
    select(Location.name).where(Location.id == LedgerEntry.location_id).scalar_subquery(),
)


def _of_shelf(wish: LedgerWish) -> Iterator[ColumnElement[bool]]:
    if wish.words:
        yield or_(
            Product.name.icontains(wish.words, autoescape=True),
            Variant.sku.icontains(wish.words, autoescape=True),
        )
    if wish.place:
        lain = select(LocationStock.stock_id).join(Location, Location.id == LocationStock.location_id)
        yield Stock.id.in_(lain.where(_is_at(wish.place)))
    if wish.upt_code:
        yield Upt.code == wish.upt_code


def _of_line(wish: LedgerWish) -> Iterator[ColumnElement[bool]]:
    if wish.since is not None:
        yield LedgerEntry.at >= wish.since
    if wish.until is not None:
        yield LedgerEntry.at < wish.until
    if wish.batch:
        moved = select(BatchMove.ledger_entry_id).join(Batch, Batch.id == BatchMove.batch_id)
        yield LedgerEntry.id.in_(moved.where(Batch.code == wish.batch.upper()))
    if wish.kind:
        yield LedgerEntry.kind == wish.kind
    if wish.reason:
        yield LedgerEntry.reason == wish.reason
    if wish.place:
        yield LedgerEntry.location_id.in_(select(Location.id).where(_is_at(wish.place)))


def _is_at(place: str | UUID) -> ColumnElement[bool]:
    """At one place, or at all whose names have this part: one of last year may have been called so."""
    if isinstance(place, UUID):
        return Location.key == place
    return Location.name.icontains(place, autoescape=True)
