"""What a UPT does with its parcel: accept, pack, ship, note that it arrived, say what it cannot supply.

Each use-case finds the parcel through the gate (FulfilmentNotFound), lets only the UPT's own officers work on
it (ParcelNotYours), holds the order, then the parcel, then the stock rows in the order of their ids, and
leaves a line of history and an audit entry. Doing the same twice changes nothing and answers False.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.services.stock import release, write_off_reserved
from kernel.outbox import publish
from orders.errors import (
    CartonsLeft,
    CourierUnknown,
    ParcelChanged,
    ParcelNotYours,
    ReceiverMissing,
    ShortageReasonMissing,
    WrongState,
)
from orders.events import FulfilmentDelivered, FulfilmentReduced, FulfilmentShipped
from orders.models import Fulfilment
from orders.queries.cartons import cartons_of, later_carton
from orders.queries.payments import lock_order
from orders.queries.staff import (
    fulfilments_for,
    lock_fulfilment,
)
from orders.rules.handling import (
    COURIERS,
    LONGEST_RECEIVER,
    NOT_FETCHED,
    REASONS_TO_KEEP,
    SHORTAGE_REASONS,
    STATES_IN_HOUSE,
    bare_tracking_number,
    normal_tracking_number,
)
from orders.services.moves import may_move
from orders.services.parcel_work import (
    advance,
    arrives_by,
    audit_parcel,
    check_in_one_box,
    check_not_asked_for,
    chosen_lines,
    claim_tracking_number,
    hold_parcel,
    issue_pieces,
    move_parcel,
    note_parcel,
    open_pieces,
    share_of,
    shares_unsent,
)
from orders.services.refunding import check_not_own, refund_order


def accept_all(
    session: Session, numbers: Collection[str], *, actor: Actor, at: datetime
) -> tuple[list[str], list[str]]:
    """Accept several new parcels; gives the numbers of those accepted now, and of those that no longer wait.

    Raises FulfilmentNotFound or ParcelNotYours, and then nothing is accepted. All of them are held, in one
    order, before the first is written: an audit entry holds the log's head, and whoever waits for an order
    with that in hand would wait in a circle with the one who holds the order.
    """
    chosen = fulfilments_for(session, actor, numbers)
    if any(not actor.may_at("parcel.work", each.upt_id) for each in chosen):
        raise ParcelNotYours
    for order_id in sorted({each.order_id for each in chosen}):
        lock_order(session, order_id)
    for each in chosen:
        lock_fulfilment(session, each.id)
    accepted: list[str] = []
    left: list[str] = []
    for each in chosen:
        try:
            is_new = accept(session, each.number, actor=actor, at=at)
        except WrongState:
            is_new = False
        (accepted if is_new else left).append(each.number)
    return accepted, left


def accept(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    """The UPT has seen the parcel and will pack it. Raises WrongState."""
    return advance(session, number, "accepted", "parcel.accept", actor, at)


def pack(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    """The pieces lie in the box. Raises WrongState."""
    return advance(session, number, "packed", "parcel.pack", actor, at)


def deliver(session: Session, number: str, *, actor: Actor, at: datetime, receiver: str = "") -> bool:
    """The parcel has arrived, as the courier says or the UPT that brought it itself: the customer is told.

    Who took in what the UPT brought is named, and kept unless the customer was forgotten. Raises
    ReceiverMissing, WrongState, also for what is fetched.
    """
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "delivered":
        return False
    if fulfilment.state != "shipped":
        raise WrongState(state=fulfilment.state)
    if fulfilment.hand_over == "upt_delivery":
        name = " ".join(receiver.split())
        if not 0 < len(name) <= LONGEST_RECEIVER:
            raise ReceiverMissing(most=LONGEST_RECEIVER)
        if fulfilment.order.email:
            fulfilment.receiver = name
    move_parcel(session, fulfilment, "delivered", "parcel.deliver", actor, at, {})
    publish(session, FulfilmentDelivered(fulfilment.id))
    return True


def ship(
    session: Session, number: str, courier: str, tracking_number: str, *, actor: Actor, at: datetime
) -> bool:
    """The parcel is with the courier: what is open of it leaves the stock, and the customer is told.

    Keeps I14: each piece is then shipped or cancelled. Raises CourierUnknown, TrackingNumberInvalid,
    TrackingNumberUsed, LifeTooShort when goods would be past their date before they arrive, CartonsLeft while
    a later carton is still there, and WrongState, also for a second shipment under another number.
    """
    tracking_number = normal_tracking_number(tracking_number)
    fulfilment = hold_parcel(session, number, actor)
    if courier not in (fulfilment.courier, *COURIERS):
        raise CourierUnknown
    if _bears(fulfilment, tracking_number):
        return False
    if fulfilment.hand_over == "pickup" or not may_move(fulfilment, "shipped"):
        raise WrongState(state=fulfilment.state)
    later = cartons_of(session, [fulfilment.id])[fulfilment.id]
    if waiting := [carton.position for carton in later if not carton.has_left]:
        raise CartonsLeft(position=waiting[0])
    claim_tracking_number(session, courier, tracking_number, parcel_id=fulfilment.id)
    issue_pieces(session, fulfilment, good_until=arrives_by(fulfilment, at), actor=actor, at=at)
    fulfilment.shipped_courier = courier
    fulfilment.tracking_number = tracking_number
    fulfilment.shipped_at = at
    details: dict[str, Any] = {"courier": courier, "tracking_number": tracking_number}
    if later:
        details |= {"carton": 1, "cartons": len(later) + 1}
    move_parcel(session, fulfilment, "shipped", "parcel.ship", actor, at, details)
    publish(session, FulfilmentShipped(fulfilment.id))
    return True


def renumber(
    session: Session,
    number: str,
    courier: str,
    tracking_number: str,
    *,
    carton: int = 1,
    actor: Actor,
    at: datetime,
) -> bool:
    """Put right the courier or tracking number of a carton that has left; the wrong number is free again.

    Raises NoSuchCarton, CourierUnknown, TrackingNumberInvalid, TrackingNumberUsed, and WrongState for what
    was never sent or whose customer was forgotten.
    """
    tracking_number = normal_tracking_number(tracking_number)
    fulfilment = hold_parcel(session, number, actor)
    box = fulfilment if carton == 1 else later_carton(session, fulfilment.id, carton)
    if courier not in (fulfilment.courier, box.shipped_courier, *COURIERS):
        raise CourierUnknown
    if not box.tracking_number:
        raise WrongState(state=fulfilment.state)
    before: dict[str, Any] = {"courier": box.shipped_courier, "tracking_number": box.tracking_number}
    after: dict[str, Any] = {"courier": courier, "tracking_number": tracking_number}
    if before == after:
        return False
    is_first = isinstance(box, Fulfilment)
    own = {"parcel_id": box.id} if is_first else {"carton_id": box.id}
    claim_tracking_number(session, courier, tracking_number, **own)
    box.shipped_courier, box.tracking_number = courier, tracking_number
    if is_first:
        fulfilment.shares_number = False
    else:
        after["carton"] = carton
    note_parcel(session, fulfilment, "fulfilment_renumbered", after, actor, at)
    audit_parcel(session, fulfilment, "parcel.renumber", actor, at, before, after)
    return True


def cannot_supply(
    session: Session,
    number: str,
    pieces: Mapping[int, int],
    *,
    reason: str,
    seen_cancelled: int,
    actor: Actor,
    at: datetime,
) -> None:
    """Cancel pieces that are not there after all, and give their money back; `pieces` is by line position.

    The shipping goes back too when nothing is sent for it any more. When nothing is left in the
    house it is cancelled, or, where the courier has cartons of it, it has left with the last one. The missing
    pieces leave the stock, or the shop would sell them again; those that only do not keep until this parcel
    arrives stay where they are and are free for others. `seen_cancelled` is how many cancelled pieces
    the officer's page showed: a form sent twice raises ParcelChanged and cancels nothing more. Raises also
    WrongState, TakeoverOpen, OwnOrder, PieceCountWrong, ShortageReasonMissing, and ParcelInCartons while some
    of it lies in a later carton in the house.
    """
    if reason not in (*SHORTAGE_REASONS, NOT_FETCHED):
        raise ShortageReasonMissing
    fulfilment = hold_parcel(session, number, actor)
    if sum(line.cancelled for line in fulfilment.lines) != seen_cancelled:
        raise ParcelChanged
    if fulfilment.state not in STATES_IN_HOUSE or (reason == NOT_FETCHED and fulfilment.state != "ready"):
        raise WrongState(state=fulfilment.state)
    check_not_asked_for(session, fulfilment)
    check_in_one_box(session, fulfilment, but_left=True)
    check_not_own(session, fulfilment.order_id, actor)
    missing = chosen_lines(fulfilment, pieces)
    key = f"{fulfilment.number}:{seen_cancelled}"
    for line, count in missing:
        cause = f"cannot-supply:{line.id}:{seen_cancelled}"
        if reason in REASONS_TO_KEEP:
            release(session, line.reservation_id, count, at=at)
        else:
            write_off_reserved(session, line.reservation_id, count, cause=cause, actor=actor, at=at)
        line.cancelled += count
    is_empty = not any(open_pieces(line) for line in fulfilment.lines)
    if is_empty and not any(line.shipped for line in fulfilment.lines):
        shares = shares_unsent(session, fulfilment, missing)
    else:
        shares = [share_of(fulfilment, missing)]
    amount = sum(share.amount for share in shares)
    refund_id = refund_order(
        session,
        fulfilment.order_id,
        amount,
        cause=f"cannot-supply:{key}",
        reason="cannot_supply",
        actor=actor,
        at=at,
        shares=shares,
    )
    details = {
        "reason": reason,
        "pieces": {str(line.order_line.position): count for line, count in missing},
        "refund_id": str(refund_id),
        "amount": amount,
    }
    _reduce(session, fulfilment, is_empty, details, actor, at)
    publish(session, FulfilmentReduced(fulfilment.id, str(refund_id)))


def _bears(fulfilment: Fulfilment, tracking_number: str) -> bool:
    return bare_tracking_number(fulfilment.tracking_number or "") == bare_tracking_number(tracking_number)


def _reduce(
    session: Session,
    fulfilment: Fulfilment,
    is_empty: bool,
    details: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    """Write down that pieces were cancelled, and what becomes of a parcel without any left in the house."""
    has_left = any(line.shipped for line in fulfilment.lines)
    if is_empty and not has_left:
        move_parcel(session, fulfilment, "cancelled", "parcel.cannot_supply", actor, at, details)
        return
    note_parcel(session, fulfilment, "fulfilment_reduced", details, actor, at)
    audit_parcel(session, fulfilment, "parcel.cannot_supply", actor, at, {}, details)
    if is_empty:
        _leave_with_last(session, fulfilment, actor, at)


def _leave_with_last(session: Session, fulfilment: Fulfilment, actor: Actor, at: datetime) -> None:
    """The first carton stayed empty: the last one, which the courier has, takes its place."""
    last = later_carton(
        session, fulfilment.id, cartons_of(session, [fulfilment.id])[fulfilment.id][-1].position
    )
    courier, number, left_at = last.shipped_courier, last.tracking_number, last.shipped_at
    session.delete(last)
    session.flush()
    fulfilment.shipped_courier, fulfilment.tracking_number, fulfilment.shipped_at = courier, number, left_at
    details = {"courier": courier, "tracking_number": number}
    move_parcel(session, fulfilment, "shipped", "parcel.ship", actor, at, details)
    publish(session, FulfilmentShipped(fulfilment.id))
