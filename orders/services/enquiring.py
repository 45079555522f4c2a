"""What customers do with enquiries: ask, and write on in the thread. Each happens once per form's key."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from kernel.outbox import publish
from orders.errors import EnquiryNotFound, SlotFull, SlotUnknown, ThreadBusy, ThreadFull
from orders.events import EnquiryContinued, EnquiryReceived
from orders.models import Booking, Enquiry, EnquiryMessage, EnquiryUpt
from orders.queries.enquiries import enquiry_number_of_key
from orders.queries.slots import slot_days
from orders.rules.enquiries import MOST_MESSAGES, MOST_WRITTEN_PER_HOUR
from orders.rules.screening import check_line, check_message
from orders.services.numbering import draw_number

FIRST = "first"
"""The key of a thread's first entry where the form's own key is the enquiry's."""


@dataclass(frozen=True, slots=True)
class WantedSlot:
    """A slot on a day, and for how many people."""

    slot_id: int
    day: date
    people: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What a customer sent. `upt_ids` are whom it is put to; `quantity` counts `unit`.

    `earliest` and `latest` are the days on which a slot may be asked for. It is about a product or, for the
    buyer, a parcel of theirs (`fulfilment_id`); `first_key` is the key of the thread's first entry.
    """

    idempotency_key: str
    kind: str
    product_id: int | None
    upt_ids: Sequence[int]
    locale: str
    name: str
    email: str
    body: str
    company: str = ""
    phone: str = ""
    quantity: int | None = None
    unit: str = ""
    destination: str = ""
    wanted_on: date | None = None
    slot: WantedSlot | None = None
    earliest: date | None = None
    latest: date | None = None
    fulfilment_id: int | None = None
    first_key: str = FIRST


@dataclass(frozen=True, slots=True)
class Asked:
    """The enquiry a form has become; `is_new` is false when an earlier sending had made it."""

    number: str
    is_new: bool


def ask(session: Session, wish: Ask, *, actor: Actor, at: datetime) -> Asked:
    """Write an enquiry down and announce it. A repeated key changes nothing and gives the first enquiry.

    Raises MessageRefused, SlotUnknown, and SlotFull when the slot's confirmed bookings leave too few places.
    """
    check_message(wish.body)
    typed = (wish.name, wish.company, wish.destination, wish.unit, wish.phone, wish.email)
    # what a parcel's enquiry says beside its words was taken from the order
    for written in typed if wish.fulfilment_id is None else ():
        check_line(written)
    number = draw_number("PM")
    new = upsert(Enquiry).values(
        number=number,
        idempotency_key=wish.idempotency_key,
        link_key=new_link_key(),
        kind=wish.kind,
        locale=wish.locale,
        product_id=wish.product_id,
        fulfilment_id=wish.fulfilment_id,
        name=wish.name,
        company=wish.company,
        email=wish.email,
        phone=wish.phone,
        quantity=wish.quantity,
        unit=wish.unit,
        destination=wish.destination,
        wanted_on=wish.wanted_on,
        asked_at=at,
        moved_at=at,
    )
    # a repeat that comes at the same time waits here until the first has ended
    once = new.on_conflict_do_nothing(index_elements=["idempotency_key"]).returning(Enquiry.id)
    enquiry_id = session.scalar(once)
    if enquiry_id is None:
        return Asked(enquiry_number_of_key(session, wish.idempotency_key) or number, is_new=False)
    upt_ids = sorted(set(_upts_of(session, wish)))
    if upt_ids:
        rows = [{"enquiry_id": enquiry_id, "upt_id": upt_id} for upt_id in upt_ids]
        session.execute(insert(EnquiryUpt), rows)
    if wish.slot is not None:
        wanted = wish.slot
        booking = {"slot_id": wanted.slot_id, "day": wanted.day, "people": wanted.people}
        session.execute(insert(Booking).values(enquiry_id=enquiry_id, **booking))
    if wish.body:
        _add(session, enquiry_id, wish.first_key, wish.body, actor=actor, at=at)
    publish(session, EnquiryReceived(enquiry_id))
    record(session, actor, "enquiry.asked", "enquiry", number, after={"kind": wish.kind}, at=at)
    return Asked(number, is_new=True)


def write_on(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Add a customer's words to the thread, which waits for an answer again; False for a repeated key.

    The caller has proven the customer's right.
    Raises EnquiryNotFound, MessageRefused, ThreadFull, ThreadBusy.
    """
    check_message(body)
    enquiry = session.scalar(select(Enquiry).where(Enquiry.number == number).with_for_update())
    if enquiry is None:
        raise EnquiryNotFound
    if is_there(session, enquiry.id, key):
        return False
    check_room(session, enquiry.id)
    _check_pace(session, enquiry.id, at)
    message_id = _add(session, enquiry.id, key, body, actor=actor, at=at)
    before = enquiry.state
    enquiry.state, enquiry.moved_at = "new", at
    session.flush()
    publish(session, EnquiryContinued(message_id))
    record(
        session,
        actor,
        "enquiry.continued",
        "enquiry",
        number,
        before={"state": before},
        after={"state": "new"},
        at=at,
    )
    return True


def check_room(session: Session, enquiry_id: int) -> None:
    """Raises ThreadFull when the thread takes nothing more; the enquiry must be locked."""
    counted = select(func.count()).where(EnquiryMessage.enquiry_id == enquiry_id)
    if session.scalars(counted).one() >= MOST_MESSAGES:
        raise ThreadFull(most=MOST_MESSAGES)


def _check_pace(session: Session, enquiry_id: int, at: datetime) -> None:
    """Raises ThreadBusy when the customer wrote enough within the last hour; the enquiry must be locked."""
    counted = select(func.count()).where(
        EnquiryMessage.enquiry_id == enquiry_id,
        EnquiryMessage.sender == "customer",
        EnquiryMessage.key != FIRST,
        EnquiryMessage.at > at - timedelta(hours=1),
    )
    if session.scalars(counted).one() >= MOST_WRITTEN_PER_HOUR:
        raise ThreadBusy(most=MOST_WRITTEN_PER_HOUR)


def is_there(session: Session, enquiry_id: int, key: str) -> bool:
    """Whether a form's entry is in the thread already; the enquiry must be locked."""
    found = select(EnquiryMessage.id).where(EnquiryMessage.enquiry_id == enquiry_id)
    return session.scalar(found.where(EnquiryMessage.key == key)) is not None


def new_link_key() -> str:
    """What makes a customer's link; nobody guesses it."""
    return secrets.token_urlsafe(16)


def _upts_of(session: Session, wish: Ask) -> Sequence[int]:
    """Whom the enquiry is put to: a booking to the UPT of its slot, which must have the places."""
    wanted = wish.slot
    if wanted is None:
        return wish.upt_ids
    assert wish.product_id is not None
    assert wish.earliest is not None
    assert wish.latest is not None
    if not wish.earliest <= wanted.day <= wish.latest:
        raise SlotUnknown
    found = slot_days(session, wish.product_id, first=wanted.day, last=wanted.day)
    slot = next((each for each in found if each.slot_id == wanted.slot_id), None)
    if slot is None:
        raise SlotUnknown
    if slot.left < wanted.people:
        raise SlotFull(left=slot.left, people=wanted.people)
    return (slot.upt_id,)


def _add(session: Session, enquiry_id: int, key: str, body: str, *, actor: Actor, at: datetime) -> int:
    message = EnquiryMessage(
        enquiry_id=enquiry_id,
        key=key,
        sender="customer",
        kind="message",
        body=body,
        actor_user_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )
    session.add(message)
    session.flush()
    return message.id
