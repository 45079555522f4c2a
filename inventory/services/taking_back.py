"""Pieces that had left for a customer come back onto the shelf they left, and into their batches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.models import Batch, BatchMove, LedgerEntry, Stock
from inventory.services.batch_moves import put_in
from inventory.services.stock import receive


def take_back(
    session: Session, stock_id: int, quantity: int, *, issued_by: str, actor: Actor, at: datetime
) -> None:
    """So many of the pieces that the ledger's line with the cause `issued_by` issued are there again.

    They belong to the batches that line took them from, those that keep longest first; the ledger says
    "returned" once per cause. What is past its date by now leaves again by the job that looks for it.
    """
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
    for batch_id, pieces in _came_from(session, stock_id, issued_by):
        back = min(pieces, quantity)
        if not back:
            return
        more = update(Batch).values(remaining=Batch.remaining + back)
        session.execute(more.where(Batch.id == batch_id))
        put_in(session, batch_id, back, entry_id=entry_id)
        quantity -= back


def _came_from(session: Session, stock_id: int, issued_by: str) -> list[tuple[int, int]]:
    """The batches that a line took pieces from, and how many."""
    taken = func.sum(-BatchMove.delta)
    query = (
        select(Batch.id, taken)
        .join(BatchMove, BatchMove.batch_id == Batch.id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .where(Batch.stock_id == stock_id, LedgerEntry.stock_id == stock_id)
        .where(LedgerEntry.kind == "issued", LedgerEntry.cause == issued_by)
        .group_by(Batch.id)
        .order_by(Batch.expires_on.desc().nulls_first(), Batch.id)
    )
    return [(batch_id, int(pieces)) for batch_id, pieces in session.execute(query)]
