"""How the pieces of batches come and go with the lines of the ledger; the stock row is held by the caller."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from inventory.errors import LifeTooShort
from inventory.models import Batch, BatchMove, Product, Stock, Variant
from inventory.rules import Lot, first_expired_first_out


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
