"""How the pieces of batches come and go with the lines of the ledger; the stock row is held by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session

from inventory.errors import LifeTooShort
from inventory.models import Batch, BatchMove, LedgerEntry, Product, Stock, Variant
from inventory.rules import Lot, first_expired_first_out

TAKEN_BY_DATE = "expired:"
"""How the cause begins of a line by which pieces past their date left the shelf of themselves."""

_CORRECTIONS = LedgerEntry.kind == "adjusted"


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
    _move(session, entry_id, {batch_id: -pieces for batch_id, pieces in taken if batch_id is not None})


def put_back(
    session: Session,
    stock_id: int,
    quantity: int,
    *,
    entry_id: int,
    taken_by: ColumnElement[bool] = _CORRECTIONS,
    still_out: int | None = None,
) -> None:
    """What some lines had taken comes back with one line: into its batches, the first to expire first.

    What none of them took stays loose. What left because it was past its date does not come back, nor what
    is lost when only `still_out` pieces are left of what was taken.
    """
    gone = _gone(session, stock_id, taken_by)
    if still_out is not None:
        gone = _last_gone(session, gone, still_out, taken_by)
    _move(session, entry_id, _fill(gone, quantity, {}))


def turn_around(
    session: Session, stock_id: int, delta: int, *, entry_id: int, of_entry: int, left: int
) -> None:
    """Take back with one line what another moved the other way: the very pieces, as far as they lie there.

    What it put into batches leaves them and what it took goes back there; the rest was loose, and stays or
    leaves as such. What does not fit goes the way of any correction. `left` as in `take_out`.
    """
    of_line = select(BatchMove.batch_id, BatchMove.delta).where(BatchMove.ledger_entry_id == of_entry)
    moved = {move.batch_id: move.delta for move in session.execute(of_line)}
    if delta > 0:
        gone = _gone(session, stock_id)
        first = {batch_id: min(-pieces, gone.get(batch_id, 0)) for batch_id, pieces in moved.items()}
        _move(session, entry_id, _fill(gone, -sum(moved.values()), first))
        return
    lots = lots_of(session, stock_id, on_hand=left - delta)
    wanted, taken = -delta, dict[int | None, int]()
    # the loose ones come behind those that are known
    for lot in sorted(lots, key=lambda lot: lot.batch_id is None):
        pieces = min(lot.pieces, wanted if lot.batch_id is None else moved.get(lot.batch_id, 0))
        taken[lot.batch_id] = pieces
        wanted -= pieces
    others = [replace(lot, pieces=lot.pieces - taken[lot.batch_id]) for lot in lots]
    for other, pieces in first_expired_first_out(others, wanted, good_until=None):
        taken[other] += pieces
    _move(
        session, entry_id, {batch_id: -pieces for batch_id, pieces in taken.items() if batch_id is not None}
    )


def _gone(session: Session, stock_id: int, taken_by: ColumnElement[bool] = _CORRECTIONS) -> dict[int, int]:
    """How many pieces some lines have taken out of each batch of a shelf, the first to expire first."""
    gone = -func.sum(BatchMove.delta)
    query = (
        select(Batch.id, gone)
        .join(BatchMove, BatchMove.batch_id == Batch.id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .where(Batch.stock_id == stock_id, taken_by)
        .where(or_(LedgerEntry.cause.is_(None), ~LedgerEntry.cause.startswith(TAKEN_BY_DATE)))
        .group_by(Batch.id)
        .having(gone > 0)
        .order_by(Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id)
    )
    return {batch_id: int(missing) for batch_id, missing in session.execute(query)}


def _last_gone(
    session: Session, gone: Mapping[int, int], still_out: int, taken_by: ColumnElement[bool]
) -> dict[int, int]:
    """Of what is `gone` so many pieces: those that left last; of one line the first to expire."""
    query = (
        select(BatchMove.batch_id, -BatchMove.delta)
        .join(Batch, Batch.id == BatchMove.batch_id)
        .join(LedgerEntry, LedgerEntry.id == BatchMove.ledger_entry_id)
        .where(Batch.id.in_(gone), BatchMove.delta < 0, taken_by)
        .order_by(LedgerEntry.id.desc(), Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id)
    )
    last = dict.fromkeys(gone, 0)
    for batch_id, left in session.execute(query):
        pieces = min(left, gone[batch_id] - last[batch_id], still_out)
        last[batch_id] += pieces
        still_out -= pieces
    return last


def _fill(gone: Mapping[int, int], quantity: int, first: Mapping[int, int]) -> dict[int, int]:
    """How `quantity` pieces go back to where they are `gone` from: `first` to some batches, then in order."""
    quantity -= sum(first.values())
    filled = {}
    for batch_id, missing in gone.items():
        known = first.get(batch_id, 0)
        more = min(missing - known, quantity)
        filled[batch_id] = known + more
        quantity -= more
    return filled


def _move(session: Session, entry_id: int, deltas: Mapping[int, int]) -> None:
    """Move pieces of batches with one line of the ledger."""
    moves = [
        {"batch_id": batch_id, "ledger_entry_id": entry_id, "delta": delta}
        for batch_id, delta in deltas.items()
        if delta
    ]
    for move in moves:
        moved = update(Batch).values(remaining=Batch.remaining + move["delta"])
        session.execute(moved.where(Batch.id == move["batch_id"]))
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
