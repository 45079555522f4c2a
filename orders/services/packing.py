"""A parcel in several cartons: pieces put apart from the first one, and the later ones handed over.

Each use-case finds and holds the parcel as orders.services.parcel_work has it. The later cartons leave in
their order, each with its pieces; the parcel is its own first carton, and leaves last, by `fulfilling.ship`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.errors import (
    CartonsLeft,
    CourierUnknown,
    FirstCartonEmpty,
    ParcelChanged,
    PieceCountWrong,
    WrongState,
)
from orders.models import Carton, CartonLine, Fulfilment
from orders.queries.cartons import PackedCarton, cartons_of, later_carton, left_in_first
from orders.rules.handling import COURIERS, MOST_CARTONS, bare_tracking_number, normal_tracking_number
from orders.services.parcel_work import (
    arrives_by,
    audit_parcel,
    check_not_asked_for,
    claim_tracking_number,
    hold_parcel,
    issue_pieces,
    note_parcel,
    sent_pieces,
)

PACKING_STATES = ("accepted", "packed", "ready")
"""States of a parcel whose boxes stand open, or may be opened again."""


def add_carton(
    session: Session, number: str, pieces: Mapping[int, int], *, seen: int, actor: Actor, at: datetime
) -> int:
    """Put pieces, by line position, from the first carton into one more; gives its position.

    `seen` is how many cartons besides the first the officer's page showed: a form sent twice raises
    ParcelChanged. Raises FulfilmentNotFound, ParcelNotYours, WrongState, TakeoverOpen, PieceCountWrong,
    FirstCartonEmpty.
    """
    fulfilment, cartons = _hold_open(session, number, seen, actor)
    check_not_asked_for(session, fulfilment)
    if len(cartons) + 1 >= MOST_CARTONS:
        raise WrongState(state=fulfilment.state)
    left = left_in_first(_sent(fulfilment), cartons)
    for position, count in pieces.items():
        if not 0 <= count <= left.get(position, 0):
            raise PieceCountWrong(most=left.get(position, 0))
    chosen = {position: count for position, count in pieces.items() if count}
    if not chosen:
        raise PieceCountWrong(most=max(left.values()))
    if sum(chosen.values()) == sum(left.values()):
        raise FirstCartonEmpty
    carton = Carton(fulfilment_id=fulfilment.id, position=len(cartons) + 2)
    ids = {line.order_line.position: line.id for line in fulfilment.lines}
    carton.lines = [
        CartonLine(fulfilment_line_id=ids[position], pieces=count) for position, count in chosen.items()
    ]
    session.add(carton)
    details = {"carton": carton.position, "pieces": {str(line): count for line, count in chosen.items()}}
    note_parcel(session, fulfilment, "fulfilment_carton_added", details, actor, at)
    before = {"cartons": len(cartons) + 1}
    after = {"cartons": carton.position, **details}
    audit_parcel(session, fulfilment, "parcel.add_carton", actor, at, before, after)
    session.flush()
    return carton.position


def take_apart(session: Session, number: str, *, seen: int, actor: Actor, at: datetime) -> None:
    """Put what lies in the last carton back into the first. Raises as `add_carton` by state and `seen`, and
    WrongState when the courier has it.
    """
    fulfilment, cartons = _hold_open(session, number, seen, actor)
    if not cartons:
        raise ParcelChanged
    last = cartons[-1]
    if last.has_left:
        raise WrongState(state=fulfilment.state)
    session.execute(
        delete(Carton).where(Carton.fulfilment_id == fulfilment.id, Carton.position == last.position)
    )
    note_parcel(session, fulfilment, "fulfilment_carton_undone", {"carton": last.position}, actor, at)
    before = {"cartons": last.position, "pieces": {str(line): count for line, count in last.pieces.items()}}
    after = {"cartons": last.position - 1}
    audit_parcel(session, fulfilment, "parcel.undo_carton", actor, at, before, after)
    session.flush()


def hand_over_carton(
    session: Session,
    number: str,
    position: int,
    courier: str,
    tracking_number: str,
    *,
    actor: Actor,
    at: datetime,
) -> bool:
    """The courier has one of the later cartons of a packed parcel, and its pieces leave the stock; False when
    that was said before.

    Raises FulfilmentNotFound, ParcelNotYours, NoSuchCarton, CourierUnknown, TrackingNumberInvalid,
    TrackingNumberUsed, TakeoverOpen, LifeTooShort, CartonsLeft while one before it is still there, and
    WrongState, also for a second time under another number.
    """
    tracking_number = normal_tracking_number(tracking_number)
    fulfilment = hold_parcel(session, number, actor)
    carton = later_carton(session, fulfilment.id, position)
    if courier not in (fulfilment.courier, *COURIERS):
        raise CourierUnknown
    if bare_tracking_number(carton.tracking_number or "") == bare_tracking_number(tracking_number):
        return False
    if (
        carton.tracking_number is not None
        or fulfilment.state != "packed"
        or fulfilment.hand_over != "courier"
    ):
        raise WrongState(state=fulfilment.state)
    later = cartons_of(session, [fulfilment.id])[fulfilment.id]
    waiting = next(each for each in later if not each.has_left)
    if waiting.position != position:
        raise CartonsLeft(position=waiting.position)
    claim_tracking_number(session, courier, tracking_number)
    good_until = arrives_by(fulfilment, at)
    issue_pieces(session, fulfilment, good_until=good_until, actor=actor, at=at, carton=waiting)
    carton.shipped_courier, carton.tracking_number, carton.shipped_at = courier, tracking_number, at
    details = {
        "carton": position,
        "cartons": len(later) + 1,
        "courier": courier,
        "tracking_number": tracking_number,
    }
    note_parcel(session, fulfilment, "fulfilment_carton_shipped", details, actor, at)
    audit_parcel(session, fulfilment, "parcel.ship_carton", actor, at, {"tracking_number": None}, details)
    session.flush()
    return True


def forget_cartons(session: Session, fulfilment_ids: Sequence[int]) -> None:
    """Parcels that the caller holds, and of which nothing will be sent, lie in no cartons any more."""
    session.execute(delete(Carton).where(Carton.fulfilment_id.in_(fulfilment_ids)))


def _hold_open(
    session: Session, number: str, seen: int, actor: Actor
) -> tuple[Fulfilment, list[PackedCarton]]:
    """A parcel whose boxes may still be opened, held, and its cartons. Raises ParcelChanged, WrongState."""
    fulfilment = hold_parcel(session, number, actor)
    cartons = cartons_of(session, [fulfilment.id])[fulfilment.id]
    if len(cartons) != seen:
        raise ParcelChanged
    if fulfilment.state not in PACKING_STATES:
        raise WrongState(state=fulfilment.state)
    return fulfilment, cartons


def _sent(fulfilment: Fulfilment) -> dict[int, int]:
    return {line.order_line.position: sent_pieces(line) for line in fulfilment.lines}
