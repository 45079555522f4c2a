"""What every use-case of a parcel begins and ends with: who may, the locks, the history, the audit entry.

Locks are taken in one order: the order, then the parcel, then the stock rows in the order of their ids, and
the audit log last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.services.stock import issue
from kernel.clock import jakarta_day
from kernel.i18n import province_zone
from orders.errors import (
    ParcelInCartons,
    ParcelNotYours,
    PieceCountWrong,
    TakeoverOpen,
    TrackingNumberUsed,
)
from orders.models import Carton, Fulfilment, FulfilmentLine, OrderEvent, Takeover
from orders.queries.cartons import PackedCarton
from orders.queries.paid_shipping import paid_shipping
from orders.queries.payments import lock_left_of_payment, lock_order
from orders.queries.staff import fulfilment_for, is_tracking_number_used, lock_fulfilment
from orders.rules.handling import bare_tracking_number
from orders.rules.paid_shipping import shipping_to_return
from orders.rules.shipping import transit_days
from orders.services.moves import move_to
from orders.services.refunding import Share


def hold_parcel(session: Session, number: str, actor: Actor) -> Fulfilment:
    """The parcel, held until the transaction ends. Raises FulfilmentNotFound, ParcelNotYours."""
    fulfilment = fulfilment_for(session, actor, number)
    if not actor.may_at("parcel.work", fulfilment.upt_id):
        raise ParcelNotYours
    lock_order(session, fulfilment.order_id)
    lock_fulfilment(session, fulfilment.id)
    return fulfilment_for(session, actor, number)


def advance(session: Session, number: str, to_state: str, action: str, actor: Actor, at: datetime) -> bool:
    """One step that needs nothing more; False when the parcel is there already. Raises WrongState."""
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == to_state:
        return False
    move_parcel(session, fulfilment, to_state, action, actor, at, {})
    return True


def move_parcel(
    session: Session,
    fulfilment: Fulfilment,
    to_state: str,
    action: str,
    actor: Actor,
    at: datetime,
    details: Mapping[str, Any],
) -> None:
    """Lead a parcel to another state, with its line of history and its audit entry. Raises WrongState."""
    before = {"state": fulfilment.state}
    move_to(session, fulfilment, to_state, actor=actor, at=at, details=details)
    audit_parcel(session, fulfilment, action, actor, at, before, {"state": to_state, **details})


def note_parcel(
    session: Session,
    fulfilment: Fulfilment,
    kind: str,
    details: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    """A line of history that leads to no other state."""
    session.add(
        OrderEvent(
            order_id=fulfilment.order_id,
            fulfilment_id=fulfilment.id,
            kind=kind,
            details=dict(details),
            actor_user_id=actor.user_id,
            actor_label=actor.label,
            at=at,
        )
    )


def audit_parcel(
    session: Session,
    fulfilment: Fulfilment,
    action: str,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Say in the audit log what became of a parcel; last, for whoever holds the log waits for nobody."""
    number, upt_id = fulfilment.number, fulfilment.upt_id
    audit.record(session, actor, action, "parcel", number, at=at, upt_id=upt_id, before=before, after=after)


def in_stock_order(fulfilment: Fulfilment) -> list[FulfilmentLine]:
    """The lines in the order in which every use-case takes stock rows, so that none wait in a circle."""
    return sorted(fulfilment.lines, key=lambda line: line.reservation.stock_id)


def sent_pieces(line: FulfilmentLine) -> int:
    """How many pieces of a line its parcel sends, or has sent."""
    return line.quantity - line.cancelled - line.taken_over


def open_pieces(line: FulfilmentLine) -> int:
    """How many pieces of a line are neither shipped nor cancelled, nor taken over by another UPT."""
    return sent_pieces(line) - line.shipped


def issue_pieces(
    session: Session,
    fulfilment: Fulfilment,
    *,
    good_until: date,
    actor: Actor,
    at: datetime,
    carton: PackedCarton | None = None,
) -> None:
    """What is open of a parcel leaves the shelf, or what lies in one of its later cartons.

    Raises TakeoverOpen, and LifeTooShort, see inventory.services.stock.issue.
    """
    check_not_asked_for(session, fulfilment)
    took = select(Takeover.id).where(Takeover.taken_by_id == fulfilment.id)
    reason = "shipped" if session.scalar(took) is None else "sent_for_upt"
    for line in in_stock_order(fulfilment):
        left = carton.pieces.get(line.order_line.position, 0) if carton else open_pieces(line)
        if left:
            cause = f"ship:{line.id}:{carton.position}" if carton else f"ship:{line.id}"
            issue(
                session,
                line.reservation_id,
                left,
                cause=cause,
                actor=actor,
                at=at,
                good_until=good_until,
                reason=reason,
            )
            line.shipped += left


def arrives_by(fulfilment: Fulfilment, at: datetime) -> date:
    """The last day on which a box that leaves at `at` (UTC) may arrive, by the courier's promise."""
    zone = province_zone(fulfilment.upt.province_code)
    days = transit_days(jakarta_day(fulfilment.order.placed_at), fulfilment.promised_until)
    return at.astimezone(zone).date() + timedelta(days=days)


def check_not_asked_for(session: Session, fulfilment: Fulfilment) -> None:
    """Raises TakeoverOpen while another UPT is asked for pieces of the parcel."""
    asked = select(Takeover.id).where(Takeover.fulfilment_id == fulfilment.id, Takeover.state == "asked")
    if session.scalar(asked) is not None:
        raise TakeoverOpen


def check_in_one_box(session: Session, fulfilment: Fulfilment, *, but_left: bool = False) -> None:
    """Raises ParcelInCartons while some of a parcel lies in a later carton, `but_left`: in the house."""
    later = select(Carton.id).where(Carton.fulfilment_id == fulfilment.id)
    if but_left:
        later = later.where(Carton.shipped_at.is_(None))
    if session.scalar(later.limit(1)) is not None:
        raise ParcelInCartons


def claim_tracking_number(
    session: Session,
    courier: str,
    tracking_number: str,
    *,
    parcel_id: int | None = None,
    carton_id: int | None = None,
) -> None:
    """Keep a courier's number for the first carton of a parcel, or for a later one.

    Whoever else writes the same number waits until this transaction ends. Raises TrackingNumberUsed.
    """
    session.execute(_LOCK_KEY, {"key": f"tracking:{courier}:{bare_tracking_number(tracking_number)}"})
    if is_tracking_number_used(session, courier, tracking_number, parcel_id=parcel_id, carton_id=carton_id):
        raise TrackingNumberUsed(courier=courier)


_LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def chosen_lines(fulfilment: Fulfilment, pieces: Mapping[int, int]) -> list[tuple[FulfilmentLine, int]]:
    """The lines with the open pieces chosen of each, in the order of stock rows. Raises PieceCountWrong."""
    lines = in_stock_order(fulfilment)
    if not pieces.keys() <= {line.order_line.position for line in lines}:
        raise PieceCountWrong(most=0)
    chosen = [(line, pieces.get(line.order_line.position, 0)) for line in lines]
    for line, count in chosen:
        if not 0 <= count <= open_pieces(line):
            raise PieceCountWrong(most=open_pieces(line))
    some = [(line, count) for line, count in chosen if count]
    if not some:
        raise PieceCountWrong(most=max(open_pieces(line) for line in lines))
    return some


def shares_unsent(
    session: Session, fulfilment: Fulfilment, pieces: Iterable[tuple[FulfilmentLine, int]]
) -> list[Share]:
    """What these pieces of a parcel that is not sent cost, and the shipping that nothing is sent for now.

    That is of the parcel it was paid with, which may be another: pieces taken over are sent for it too. Not
    more than is left of the payment: a person may have given it back in the provider's own pages.
    """
    own = share_of(fulfilment, pieces)
    back = shipping_to_return(paid_shipping(session, fulfilment.order_id), fulfilment.id)
    left = lock_left_of_payment(session, fulfilment.order_id) - own.amount if back else 0
    cost = min(back.cost, max(left, 0)) if back else 0
    shares = [own]
    if back and back.parcel_id != fulfilment.id:
        shares.append(Share(back.parcel_id, {}, cost, cost))
    elif cost:
        shares = [replace(own, shipping=cost, amount=own.amount + cost)]
    return [share for share in shares if share.amount]


def share_of(
    fulfilment: Fulfilment, pieces: Iterable[tuple[FulfilmentLine, int]], *, shipping: int = 0
) -> Share:
    """What these pieces of a parcel cost, with so many rupiah of its shipping."""
    counts = {line.order_line.position: (line.order_line.unit_price, count) for line, count in pieces}
    return Share(
        fulfilment.id,
        {position: count for position, (_, count) in counts.items()},
        shipping,
        sum(price * count for price, count in counts.values()) + shipping,
    )
