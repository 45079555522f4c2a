"""Pieces that had left for a customer come back onto the shelf they left, and into their batches."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.models import Batch, BatchMove, LedgerEntry, Stock
from inventory.services.batch_moves import put_in
from inventory.services.stock import receive
from kernel.clock import jakarta_day


def pieces_past_date(session: Session, stock_id: int, issued_by: str, *, at: datetime) -> int:
    """How many pieces that the ledger's lines with that cause issued are past their date by now."""
    day = jakarta_day(at)
    return sum(pieces for _, pieces, end in _came_from(session, stock_id, issued_by) if end and end < day)


def take_back(
    session: Session, stock_id: int, issued_by: str, *, quantity: int, actor: Actor, at: datetime
) -> None:
    """So many of the pieces that the ledger's lines with the cause `issued_by` issued are there again.

    They belong to the batches these took them from and that have not ended, the first to expire first: of
    two that may be meant, none is sold as keeping longer than it does. The ledger says "returned" once per
    cause. The caller takes back no more than `pieces_past_date` leaves.
    """
    day = jakarta_day(at)
    place = select(Stock.variant_id, Stock.upt_id).where(Stock.id == stock_id)
    variant_id, upt_id = session.execute(place.with_for_update()).one()
    entry_id = receive(
        session,
        variant_id,
        upt_id,
        quantity,
        kind="returned",
        reason="came_back",
        cause=issued_by,
        actor=actor,
        at=at,
    )
    for batch_id, pieces, end in _came_from(session, stock_id, issued_by):
        if end and end < day:
            continue
        back = min(pieces, quantity)
        if not back:
            return
        more = update(Batch).values(remaining=Batch.remaining + back)
        session.execute(more.where(Batch.id == batch_id))
        put_in(session, batch_id, back, entry_id=entry_id)
        quantity -= back


def _came_from(session: Session, stock_id: int, issued_by: str) -> list[tuple[int, int, date | None]]:
    """The batches that pieces were taken from, how many, and their last day; the first to expire first.

    What left in several boxes has a line each, whose cause goes on with a colon.
    """
    taken = func.sum(-BatchMove.delta)
    query = (
        select(Batch.id, taken, Batch.expires_on)
        .join(BatchMove, BatchMove.batch_id == Batch.id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .where(Batch.stock_id == stock_id, LedgerEntry.stock_id == stock_id)
        .where(LedgerEntry.kind == "issued")
        .where(or_(LedgerEntry.cause == issued_by, LedgerEntry.cause.startswith(f"{issued_by}:")))
        .group_by(Batch.id)
        .order_by(Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id)
    )
    return [(batch_id, int(pieces), end) for batch_id, pieces, end in session.execute(query)]
