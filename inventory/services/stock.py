"""Use-cases of stock. Each counter moves by one conditional UPDATE, rows in the order of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Update, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.errors import QuantityInvalid, ReasonMissing, StockTooLow
from inventory.events import BackInStock
from inventory.models import Batch, Reservation, Stock
from inventory.rules import ADJUSTMENT_REASONS, CATALOGUE, MOST_PIECES_AT_ONCE
from inventory.services.batch_moves import put_back, take_out
from inventory.services.ledger import write_ledger
from kernel.clock import jakarta_day
from kernel.db import mark_changed
from kernel.outbox import publish


@dataclass(frozen=True, slots=True)
class Piece:
    """So many pieces of one stock row."""

    stock_id: int
    quantity: int


class TakenMeanwhile(Exception):
    """Between looking and reserving somebody else took a piece: look again with the rows locked."""


# All lines in one round trip, or none. The rows are locked in the order of their ids, whatever the basket's,
# so two baskets never wait for each other in a circle; the condition stands on the row itself, so READ
# COMMITTED checks it again after waiting; and nothing is changed unless every row passed it.
_RESERVE = text(
    """
    WITH pieces AS (
        SELECT * FROM unnest(CAST(:stock_ids AS bigint[]), CAST(:quantities AS bigint[]))
                      WITH ORDINALITY AS p (stock_id, quantity, place)
    ), wanted AS (
        SELECT stock_id AS id, CAST(sum(quantity) AS bigint) AS quantity FROM pieces GROUP BY stock_id
    ), held AS (
        SELECT s.id, w.quantity FROM stocks s JOIN wanted w ON w.id = s.id
        WHERE s.on_hand - s.reserved >= w.quantity
        ORDER BY s.id FOR UPDATE OF s
    ), taken AS (
        UPDATE stocks s SET reserved = s.reserved + held.quantity FROM held
        WHERE s.id = held.id AND (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted)
        RETURNING s.id
    )
    INSERT INTO reservations (stock_id, order_number, quantity, expires_at)
    SELECT p.stock_id, CAST(:order_number AS text), p.quantity, CAST(:expires_at AS timestamptz)
    FROM pieces p JOIN taken ON taken.id = p.stock_id
    ORDER BY p.place
    RETURNING id
    """
)


def reserve(
    session: Session, pieces: Sequence[Piece], *, order_number: str, expires_at: datetime | None
) -> list[int]:
    """Promise pieces to an order until `expires_at` (UTC; empty once it is paid).

    Gives one reservation id a piece, in their order.

    Rule I3: never more than are on hand. Raises TakenMeanwhile, having changed nothing; the rows
    that had enough stay locked until the caller rolls back to before.
    """
    values = {
        "stock_ids": [piece.stock_id for piece in pieces],
        "quantities": [piece.quantity for piece in pieces],
        "order_number": order_number,
        "expires_at": expires_at,
    }
    reservation_ids = session.scalars(_RESERVE, values).all()
    if len(reservation_ids) != len(pieces):
        raise TakenMeanwhile
    mark_changed(session, CATALOGUE)
    return sorted(reservation_ids)  # they were numbered in the order of the pieces


def extend(session: Session, order_number: str, *, expires_at: datetime) -> None:
    """Hold an order's pieces longer, until `expires_at` (UTC)."""
    session.execute(_held_of(order_number).values(expires_at=expires_at))


def confirm(session: Session, order_number: str) -> None:
    """Hold an order's pieces without an end: they are paid for."""
    session.execute(_held_of(order_number).values(expires_at=None))


def release_order(session: Session, order_number: str, *, at: datetime) -> None:
    """Free everything an order still holds; a second call finds nothing to free."""
    held = select(Reservation.id, Reservation.held).where(
        Reservation.order_number == order_number, Reservation.held > 0
    )
    for reservation_id, quantity in session.execute(held.order_by(Reservation.stock_id)).all():
        release(session, reservation_id, quantity, at=at)


def release(session: Session, reservation_id: int, quantity: int, *, at: datetime) -> None:
    """Free `quantity` pieces of a reservation. Raises StockTooLow when it no longer holds so many."""
    stock_id = _take_from(session, reservation_id, "released", quantity)
    freed = update(Stock).where(Stock.id == stock_id).values(reserved=Stock.reserved - quantity)
    variant_id, fresh = session.execute(freed.returning(Stock.variant_id, _fresh(at))).one()
    mark_changed(session, CATALOGUE)
    _announce(session, variant_id, fresh=fresh, more=quantity)


def issue(
    session: Session,
    reservation_id: int,
    quantity: int,
    *,
    cause: str,
    actor: Actor,
    at: datetime,
    good_until: date | None = None,
    reason: str = "shipped",
) -> None:
    """Hand out reserved pieces: they leave both counters, and the ledger says so once per `cause`.

    Of its batches the first to expire goes first, but none that does not keep until `good_until`. Raises
    StockTooLow when the reservation no longer holds so many, LifeTooShort when too few keep so long.
    """
    stock_id = _take_from(session, reservation_id, "issued", quantity)
    left = _take_reserved(session, stock_id, quantity)
    entry_id = write_ledger(
        session, stock_id, "issued", -quantity, reason=reason, cause=cause, actor=actor, at=at
    )
    take_out(session, stock_id, quantity, entry_id=entry_id, left=left, good_until=good_until)


def write_off_reserved(
    session: Session,
    reservation_id: int,
    quantity: int,
    *,
    cause: str,
    actor: Actor,
    at: datetime,
    reason: str = "cannot_supply",
) -> None:
    """Reserved pieces turn out not to be there: free the reservation and correct the shelf in one step.

    Without the correction the shop would sell the missing pieces again at once.
    """
    stock_id = _take_from(session, reservation_id, "released", quantity)
    left = _take_reserved(session, stock_id, quantity)
    entry_id = write_ledger(
        session, stock_id, "adjusted", -quantity, reason=reason, cause=cause, actor=actor, at=at
    )
    take_out(session, stock_id, quantity, entry_id=entry_id, left=left)


def receive(
    session: Session,
    variant_id: int,
    upt_id: int,
    quantity: int,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    cause: str | None = None,
    kind: Literal["received", "returned", "moved"] = "received",
) -> int:
    """Pieces came onto a UPT's shelf, or came back to it; gives the id of the ledger's line.

    Raises QuantityInvalid for less than one or absurdly many.
    """
    if not 0 < quantity <= MOST_PIECES_AT_ONCE:
        raise QuantityInvalid(most=MOST_PIECES_AT_ONCE)
    statement = upsert(Stock).values(variant_id=variant_id, upt_id=upt_id, on_hand=quantity)
    stock_id, fresh = session.execute(
        statement.on_conflict_do_update(
            index_elements=["variant_id", "upt_id"], set_={"on_hand": Stock.on_hand + quantity}
        ).returning(Stock.id, _fresh(at))
    ).one()
    mark_changed(session, CATALOGUE)
    entry_id = write_ledger(session, stock_id, kind, quantity, reason=reason, cause=cause, actor=actor, at=at)
    _announce(session, variant_id, fresh=fresh, more=quantity)
    return entry_id


def adjust(
    session: Session,
    stock_id: int,
    delta: int,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    cause: str | None = None,
) -> None:
    """Add or take pieces outside of an order, always by difference, never "set to".

    Pieces that come back belong to the batches that corrections took them from, as far as there are any.
    Raises QuantityInvalid for none or absurdly many, ReasonMissing, and StockTooLow when fewer pieces
    would be left than are reserved.
    """
    if delta == 0 or abs(delta) > MOST_PIECES_AT_ONCE:
        raise QuantityInvalid(most=MOST_PIECES_AT_ONCE)
    if reason not in ADJUSTMENT_REASONS:
        raise ReasonMissing
    changed = session.execute(
        update(Stock)
        .where(Stock.id == stock_id, Stock.on_hand + delta >= Stock.reserved)
        .values(on_hand=Stock.on_hand + delta)
        .returning(Stock.variant_id, Stock.on_hand, _fresh(at).label("fresh"))
    ).one_or_none()
    if changed is None:
        available = session.scalar(select(Stock.available).where(Stock.id == stock_id))
        raise StockTooLow(available=available or 0)
    mark_changed(session, CATALOGUE)
    entry_id = write_ledger(
        session, stock_id, "adjusted", delta, reason=reason, cause=cause, actor=actor, at=at
    )
    if delta < 0:
        take_out(session, stock_id, -delta, entry_id=entry_id, left=changed.on_hand)
    else:
        put_back(session, stock_id, delta, entry_id=entry_id)
    _announce(session, changed.variant_id, fresh=changed.fresh, more=delta)


def _announce(session: Session, variant_id: int, *, fresh: int, more: int) -> None:
    """Publish that a shelf's free pieces rose from none, if anybody waits for the variant."""
    if 0 < fresh <= more and session.scalar(_IS_WAITED_FOR, {"variant_id": variant_id}):
        publish(session, BackInStock(variant_id))


def _fresh(at: datetime) -> ColumnElement[int]:
    """The free pieces of the stock row at hand, without those past their date: these are about to leave."""
    past = select(func.coalesce(func.sum(Batch.remaining), 0)).where(
        Batch.stock_id == literal_column("stocks.id"),
        Batch.remaining > 0,
        Batch.expires_on < jakarta_day(at),
    )
    return Stock.available - past.scalar_subquery()


_IS_WAITED_FOR = text(
    """
    SELECT EXISTS (SELECT FROM restock_requests
                   WHERE variant_id = :variant_id AND ended_at IS NULL AND confirmed_at IS NOT NULL)
    """
)


def _held_of(order_number: str) -> Update:
    return update(Reservation).where(Reservation.order_number == order_number, Reservation.held > 0)


def _take_from(session: Session, reservation_id: int, counter: str, quantity: int) -> int:
    column = getattr(Reservation, counter)
    stock_id = session.execute(
        update(Reservation)
        .where(Reservation.id == reservation_id, Reservation.held >= quantity)
        .values({counter: column + quantity})
        .returning(Reservation.stock_id)
    ).scalar_one_or_none()
    if stock_id is None:
        held = session.scalar(select(Reservation.held).where(Reservation.id == reservation_id))
        raise StockTooLow(available=held or 0)
    return stock_id


def _take_reserved(session: Session, stock_id: int, quantity: int) -> int:
    """Lower both counters; gives what is left on the shelf."""
    fewer = update(Stock).values(on_hand=Stock.on_hand - quantity, reserved=Stock.reserved - quantity)
    return session.execute(fewer.where(Stock.id == stock_id).returning(Stock.on_hand)).scalar_one()
