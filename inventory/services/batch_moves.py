"""How the pieces of batches come and go with the lines of the ledger; the stock row is held by the caller."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from inventory.errors import LifeTooShort
from inventory.models import Batch, BatchMove, LedgerEntry, Product, Stock, Variant
from inventory.rules import Lot, first_expired_first_out

TAKEN_BY_DATE = "expired:"
"""How the cause begins of a line by which pieces past their date left the shelf of themselves."""


def put_in(session: Session, batch_id: int, quantity: int, *, entry_id: int) -> None:
    """The line of the ledger that put a batch onto the shelf."""
    session.execute(insert(BatchMove).values(batch_id=batch_id, ledger_entry_id=entry_id, delta=quantity))


def take_out(
    session: Session,
    stock_id: int,
    quantity: int,
    *,
    entry_id: int,
    left: int,
    good_until: date | None = None,
) -> None:
    """Take the pieces of one line of the ledger out of the batches, the first to expire first.

    `left` is what is still on the shelf after it; pieces that no batch tells of are loose. Raises
    LifeTooShort when too few keep until `good_until`.
    """
    lots = lots_of(session, stock_id, on_hand=left + quantity)
    taken = first_expired_first_out(lots, quantity, good_until=good_until)
    enough = sum(pieces for _, pieces in taken)
    if good_until is not None and enough < quantity:
        raise LifeTooShort(product=_product_name(session, stock_id), left=enough, good_until=good_until)
    moves = [
        {"batch_id": batch_id, "ledger_entry_id": entry_id, "delta": -pieces}
        for batch_id, pieces in taken
        if batch_id is not None
    ]
    for move in moves:
        fewer = update(Batch).values(remaining=Batch.remaining + move["delta"])
        session.execute(fewer.where(Batch.id == move["batch_id"]))
    if moves:
        session.execute(insert(BatchMove), moves)


def put_back(session: Session, stock_id: int, quantity: int, *, entry_id: int) -> None:
    """What corrections had taken comes back with one line: into its batches, the first to expire first.

    What no correction took stays loose. What left because it was past its date does not come back.
    """
    gone = -func.sum(BatchMove.delta)
    query = (
        select(Batch.id, gone)
        .join(BatchMove, BatchMove.batch_id == Batch.id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .where(Batch.stock_id == stock_id, LedgerEntry.kind == "adjusted")
        .where(or_(LedgerEntry.cause.is_(None), ~LedgerEntry.cause.startswith(TAKEN_BY_DATE)))
        .group_by(Batch.id)
        .having(gone > 0)
        .order_by(Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id)
    )
    for batch_id, missing in session.execute(query).all():
        pieces = min(int(missing), quantity)
        if not pieces:
            return
        more = update(Batch).values(remaining=Batch.remaining + pieces)
        session.execute(more.where(Batch.id == batch_id))
        put_in(session, batch_id, pieces, entry_id=entry_id)
        quantity -= pieces


def lots_of(session: Session, stock_id: int, *, on_hand: int) -> list[Lot]:
    """What lies on a shelf of `on_hand` pieces: its batches, and the loose rest."""
    query = select(Batch.id, Batch.remaining, Batch.made_on, Batch.expires_on)
    query = query.where(Batch.stock_id == stock_id, Batch.remaining > 0)
    lots = [Lot(*row) for row in session.execute(query)]
    loose = on_hand - sum(lot.pieces for lot in lots)
    return [*lots, Lot(None, loose)] if loose else lots


def _product_name(session: Session, stock_id: int) -> str:
    query = select(Product.name).join(Variant, Variant.product_id == Product.id)
    return session.scalars(
        query.join(Stock, Stock.variant_id == Variant.id).where(Stock.id == stock_id)
    ).one()
