"""What staff do with enquiries: answer, decide on a booking, close and reopen, and renew the customer's link.

Each is for the officers of the UPTs that were asked and for the national office, and happens once per form.
What a buyer asks about a parcel is answered by the UPT that packs it alone; the offices above it read along.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from kernel.outbox import publish
from orders.errors import EnquiryClosed, EnquiryNotFound, EnquiryNotYours, SlotFull, WrongState
from orders.events import EnquiryAnswered
from orders.models import Booking, Enquiry, EnquiryMessage
from orders.queries.enquiries import asked_upt_ids, enquiry_for
from orders.queries.slots import lock_slot, taken_places
from orders.rules.enquiries import BOOKING_MOVES
from orders.rules.screening import check_message
from orders.services.enquiring import check_room, is_there, new_link_key


def may_answer(actor: Actor, kind: str, upt_ids: frozenset[int]) -> bool:
    """Whether the actor works on an enquiry of this kind that is put to these UPTs."""
    reaches = bool(actor.upt_ids & upt_ids) or (actor.is_national and kind != "parcel")
    return actor.may("enquiry.work") and reaches


def answer(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Answer in the thread; the customer gets a mail. False for a repeated key.

    Raises EnquiryNotFound, EnquiryNotYours, EnquiryClosed, MessageRefused, ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    if is_there(session, enquiry.id, key):
        return False
    if enquiry.state == "closed":
        raise EnquiryClosed
    _enter(session, enquiry, "message", body, "answered", key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def close(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Close the enquiry, with a last word if there is one; False when it is closed already.

    Raises EnquiryNotFound, EnquiryNotYours, MessageRefused, ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    if enquiry.state == "closed" or is_there(session, enquiry.id, key):
        return False
    _enter(session, enquiry, "closed", body, "closed", key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def reopen(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Open a closed enquiry again; False when it is open.

    Raises EnquiryNotFound, EnquiryNotYours, MessageRefused, ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    if enquiry.state != "closed" or is_there(session, enquiry.id, key):
        return False
    _enter(session, enquiry, "reopened", body, "new", key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def renew_link(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Send the customer a new link and make every earlier one void; False for a repeated key.

    Raises EnquiryNotFound (also where the link is the order's own), EnquiryNotYours, MessageRefused,
    ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    if enquiry.kind == "parcel":
        raise EnquiryNotFound
    if is_there(session, enquiry.id, key):
        return False
    enquiry.link_key = new_link_key()
    _enter(session, enquiry, "link", body, enquiry.state, key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def confirm_booking(
    session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime
) -> bool:
    """Promise the places of a booking; False when they are promised already.

    The slot's row is held while its confirmed people are counted, so two confirmations queue up there and the
    second sees the first: never more than the capacity. Raises EnquiryNotFound, EnquiryNotYours, SlotFull,
    MessageRefused, ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    booking = _booking(session, enquiry)
    if booking.state == "confirmed" or is_there(session, enquiry.id, key):
        return False
    capacity = lock_slot(session, booking.slot_id)
    left = capacity - taken_places(session, booking.slot_id, booking.day)
    if left < booking.people:
        raise SlotFull(left=max(left, 0), people=booking.people)
    _decide(booking, "confirmed", at)
    _enter(session, enquiry, "confirmed", body, "answered", key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def decline_booking(
    session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime
) -> bool:
    """Say that a booking cannot be; places it was promised are free again. False when that is said already.

    Raises EnquiryNotFound, EnquiryNotYours, MessageRefused, ThreadFull.
    """
    enquiry, upt_ids = _mine(session, actor, number)
    booking = _booking(session, enquiry)
    if booking.state == "declined" or is_there(session, enquiry.id, key):
        return False
    _decide(booking, "declined", at)
    _enter(session, enquiry, "declined", body, "answered", key=key, upt_ids=upt_ids, actor=actor, at=at)
    return True


def _mine(session: Session, actor: Actor, number: str) -> tuple[Enquiry, frozenset[int]]:
    """The enquiry, locked, and the UPTs it is put to. Raises EnquiryNotFound, EnquiryNotYours."""
    enquiry = enquiry_for(session, actor, number, lock=True)
    upt_ids = asked_upt_ids(session, enquiry.id)
    if not may_answer(actor, enquiry.kind, upt_ids):
        raise EnquiryNotYours
    return enquiry, upt_ids


def _booking(session: Session, enquiry: Enquiry) -> Booking:
    query = select(Booking).where(Booking.enquiry_id == enquiry.id)
    booking = session.scalar(query.execution_options(populate_existing=True))
    if booking is None:
        raise EnquiryNotFound
    return booking


def _decide(booking: Booking, state: str, at: datetime) -> None:
    if state not in BOOKING_MOVES[booking.state]:
        raise WrongState(state=booking.state)
    booking.state, booking.decided_at = state, at


def _enter(
    session: Session,
    enquiry: Enquiry,
    kind: str,
    body: str,
    state: str,
    *,
    key: str,
    upt_ids: frozenset[int],
    actor: Actor,
    at: datetime,
) -> None:
    """Add what was done to the thread, and tell the customer."""
    check_message(body)
    check_room(session, enquiry.id)
    own = sorted(actor.upt_ids & upt_ids)
    message = EnquiryMessage(
        enquiry_id=enquiry.id,
        key=key,
        sender="staff",
        kind=kind,
        body=body,
        upt_id=own[0] if own else None,
        actor_user_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )
    session.add(message)
    before, enquiry.state, enquiry.moved_at = enquiry.state, state, at
    session.flush()
    publish(session, EnquiryAnswered(message.id))
    record(
        session,
        actor,
        f"enquiry.{'answered' if kind == 'message' else kind}",
        "enquiry",
        enquiry.number,
        upt_id=message.upt_id or min(upt_ids, default=None),
        before={"state": before},
        after={"state": state},
        at=at,
    )
