"""Pieces that leave a store or place for another: their counters, the ledger's lines, their batches.

The shelves are held by the caller. What is between the two ends is on the transfer's line, nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import case, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.errors import StockTooLow
from inventory.models import Batch, BatchMove, LedgerEntry, LocationStock, Stock, Transfer, TransferLine
from inventory.queries.transfers import TransferRow
from inventory.rules import CATALOGUE
from inventory.services.batch_moves import put_back, put_in, take_out
from inventory.services.count_shelves import open_shelves
from inventory.services.ledger import write_ledger
from inventory.services.stock import receive
from kernel.db import mark_changed

_TO_PLACE, _FROM_PLACE = "to_location", "from_location"
_TAKEN_BACK = "taken_back"
_LENT = (LedgerEntry.kind == "moved") & LedgerEntry.reason.in_((_TO_PLACE, _FROM_PLACE))
"""The lines by which pieces went to a place of the UPT, or came back from there."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many pieces of one line of a transfer, and the shelf that they leave or reach."""

    line_id: int
    variant_id: int
    stock_id: int
    pieces: int


def hold_stocks(session: Session, upt_id: int, variant_ids: Collection[int]) -> dict[int, int]:
    """The shelf of each variant at a UPT, by variant: made if need be, held in the order of their ids."""
    open_shelves(session, upt_id, variant_ids)
    query = select(Stock.variant_id, Stock.id).where(Stock.upt_id == upt_id)
    query = query.where(Stock.variant_id.in_(variant_ids)).order_by(Stock.id).with_for_update()
    return {row.variant_id: row.id for row in session.execute(query)}


def move_out(session: Session, transfer: TransferRow, load: Load, *, actor: Actor, at: datetime) -> None:
    """Pieces leave a store or place. Raises StockTooLow when fewer are free there."""
    reason, cause = _reason(transfer, is_out=True), _cause(load.line_id, "out")
    said: dict[str, Any] = {"reason": reason, "cause": cause, "actor": actor, "at": at}
    place = transfer.from_location_id
    if place is not None:
        change_place(session, place, load.stock_id, -load.pieces)
        write_ledger(session, load.stock_id, "moved", -load.pieces, location_id=place, **said)
        return
    left = _lower_store(session, load)
    entry_id = write_ledger(session, load.stock_id, "moved", -load.pieces, **said)
    take_out(session, load.stock_id, load.pieces, entry_id=entry_id, left=left)
    mark_changed(session, CATALOGUE)


def move_in(session: Session, transfer: TransferRow, load: Load, *, actor: Actor, at: datetime) -> None:
    """Pieces arrive at a store or place; to a store their batches come with them."""
    reason, cause = _reason(transfer, is_out=False), _cause(load.line_id, "in")
    said: dict[str, Any] = {"reason": reason, "cause": cause, "actor": actor, "at": at}
    if transfer.to_location_id is not None:
        change_place(session, transfer.to_location_id, load.stock_id, load.pieces)
        place = transfer.to_location_id
        write_ledger(session, load.stock_id, "moved", load.pieces, location_id=place, **said)
        return
    entry_id = receive(session, load.variant_id, transfer.to_upt_id, load.pieces, kind="moved", **said)
    if reason == _FROM_PLACE:
        still_out = load.pieces + _away(session, transfer, load)
        put_back(session, load.stock_id, load.pieces, entry_id=entry_id, taken_by=_LENT, still_out=still_out)
    else:
        _bring_batches(session, transfer, load, entry_id=entry_id, actor=actor, at=at)


def move_back(session: Session, transfer: TransferRow, load: Load, *, actor: Actor, at: datetime) -> None:
    """Pieces that left lie again where they left, in the batches that they left."""
    out, cause = _cause(load.line_id, "out"), _cause(load.line_id, "back")
    said: dict[str, Any] = {"cause": cause, "actor": actor, "at": at}
    if transfer.from_location_id is not None:
        place = transfer.from_location_id
        change_place(session, place, load.stock_id, load.pieces)
        said["reason"] = _TAKEN_BACK
        write_ledger(session, load.stock_id, "moved", load.pieces, location_id=place, **said)
        return
    said["reason"] = _TAKEN_BACK if transfer.to_location_id is None else _FROM_PLACE
    entry_id = receive(session, load.variant_id, transfer.from_upt_id, load.pieces, kind="moved", **said)
    by_line = (LedgerEntry.kind == "moved") & (LedgerEntry.cause == out)
    put_back(session, load.stock_id, load.pieces, entry_id=entry_id, taken_by=by_line)


def change_place(session: Session, location_id: int, stock_id: int, delta: int) -> int:
    """Add pieces of a shelf at a place, or take some; gives how many lie there then.

    Raises StockTooLow when fewer lie there than are taken.
    """
    here = (LocationStock.location_id == location_id) & (LocationStock.stock_id == stock_id)
    on_hand = LocationStock.on_hand + delta
    if delta > 0:
        more = upsert(LocationStock).values(location_id=location_id, stock_id=stock_id, on_hand=delta)
        added = more.on_conflict_do_update(
            index_elements=["location_id", "stock_id"], set_={"on_hand": on_hand}
        )
        return session.scalars(added.returning(LocationStock.on_hand)).one()
    fewer = update(LocationStock).where(here, on_hand >= 0).values(on_hand=on_hand)
    left: int | None = session.scalar(fewer.returning(LocationStock.on_hand))
    if left is None:
        raise StockTooLow(available=session.scalar(select(LocationStock.on_hand).where(here)) or 0)
    return left


def _lower_store(session: Session, load: Load) -> int:
    """Take free pieces off the shelf; gives what is left on it. Raises StockTooLow."""
    fewer = update(Stock).values(on_hand=Stock.on_hand - load.pieces)
    fewer = fewer.where(Stock.id == load.stock_id, Stock.available >= load.pieces)
    left: int | None = session.scalar(fewer.returning(Stock.on_hand))
    if left is None:
        available = session.scalar(select(Stock.available).where(Stock.id == load.stock_id))
        raise StockTooLow(available=available or 0)
    return left


def _away(session: Session, transfer: TransferRow, load: Load) -> int:
    """Pieces of a shelf that lie at its UPT's places, or are on their way between them and its store.

    Those of this line of the transfer are not among them.
    """
    here = select(func.coalesce(func.sum(LocationStock.on_hand), 0))
    here = here.where(LocationStock.stock_id == load.stock_id)
    under_way = (
        select(func.coalesce(func.sum(TransferLine.pieces), 0))
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(Transfer.state == "sent", Transfer.from_upt_id == transfer.to_upt_id)
        .where(Transfer.to_upt_id == transfer.to_upt_id, TransferLine.variant_id == load.variant_id)
        .where(TransferLine.id != load.line_id)
    )
    return int(session.scalars(select(here.scalar_subquery() + under_way.scalar_subquery())).one())


def _reason(transfer: TransferRow, *, is_out: bool) -> str:
    if transfer.from_upt_id != transfer.to_upt_id:
        return "to_upt" if is_out else "from_upt"
    if transfer.from_location_id is None:
        return _TO_PLACE
    return _FROM_PLACE if transfer.to_location_id is None else "between_locations"


def _cause(line_id: int, way: str) -> str:
    return f"transfer:{line_id}/{way}"


def _bring_batches(
    session: Session, transfer: TransferRow, load: Load, *, entry_id: int, actor: Actor, at: datetime
) -> None:
    """The batches that pieces left another UPT's store from are here too, the first to expire first.

    One that has come before is filled, and one that was made here and comes home. Of a transfer that
    arrives short the pieces with the nearest dates are taken to have arrived.
    """
    pieces = load.pieces
    for batch, moved in _left_with(session, transfer, load):
        arrived = min(pieces, moved)
        if not arrived:
            return
        batch_id = _fill_known(session, load.stock_id, batch, arrived)
        if batch_id is None:
            batch_id = _copy(session, load.stock_id, batch, arrived, actor=actor, at=at)
        put_in(session, batch_id, arrived, entry_id=entry_id)
        pieces -= arrived


def _fill_known(session: Session, stock_id: int, batch: Batch, pieces: int) -> int | None:
    """Put pieces into the batch of this code and these days on a shelf; None when there is none for them."""
    is_copy = Batch.from_batch_id.is_not(None)
    remaining = Batch.remaining + pieces
    fuller = (
        update(Batch)
        .values(remaining=remaining, passed=case((is_copy, Batch.passed + pieces), else_=Batch.passed))
        .where(Batch.stock_id == stock_id, Batch.made_on == batch.made_on)
        .where(Batch.expires_on.is_not_distinct_from(batch.expires_on))
        .where(Batch.code == batch.code, or_(is_copy, remaining <= Batch.passed + Batch.reworked))
    )
    return session.scalar(fuller.returning(Batch.id))


def _copy(session: Session, stock_id: int, batch: Batch, pieces: int, *, actor: Actor, at: datetime) -> int:
    """A batch of another UPT on this shelf, under its code where that is free; gives its id."""
    known = set(session.scalars(select(Batch.code).where(Batch.stock_id == stock_id)))
    copy = insert(Batch).values(
        key=uuid4(),
        stock_id=stock_id,
        code=_free_code(batch.code, known),
        made_on=batch.made_on,
        expires_on=batch.expires_on,
        passed=pieces,
        remaining=pieces,
        from_batch_id=batch.id,
        actor_user_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )
    return session.scalars(copy.returning(Batch.id)).one()


def _left_with(session: Session, transfer: TransferRow, load: Load) -> Sequence[Any]:
    """The batches that a line of a transfer left its UPT's store from, and how many pieces of each."""
    query = (
        select(Batch, -BatchMove.delta)
        .join(BatchMove, BatchMove.batch_id == Batch.id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .join(Stock, Stock.id == LedgerEntry.stock_id)
        .where(Stock.variant_id == load.variant_id, Stock.upt_id == transfer.from_upt_id)
        .where(LedgerEntry.kind == "moved", LedgerEntry.cause == _cause(load.line_id, "out"))
        .order_by(Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id)
    )
    return session.execute(query).all()


def _free_code(code: str, known: Collection[str]) -> str:
    numbered = (f"{code}-{number}" for number in range(2, len(known) + 3))
    return next(each for each in (code, *numbered) if each not in known)
