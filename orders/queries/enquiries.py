"""Enquiries as plain values: for staff within their scope, for the customer by number, and for mails."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Product
from kernel.db import in_portions
from orders.errors import EnquiryNotFound
from orders.models import Enquiry, EnquiryUpt, Fulfilment

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class EnquiryRow:
    """One line of the staff's list; `about` is a product or a parcel, `upts` the names of those asked."""

    number: str
    kind: str
    state: str
    about: str
    name: str
    company: str
    upts: tuple[str, ...]
    asked_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class EnquiryPage:
    """Some enquiries of a list, from page 1."""

    rows: tuple[EnquiryRow, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """One entry of a thread; `upt_name` is whom an officer answered for, empty for the national office."""

    id: int
    sender: str
    kind: str
    body: str
    upt_name: str
    actor_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BookingView:
    """What is booked: times are local to the UPT's province; `taken` counts the day's confirmed people."""

    slot_id: int
    upt_name: str
    province_code: str
    day: date
    starts_at: time
    ends_at: time
    people: int
    state: str
    capacity: int
    taken: int

    @property
    def left(self) -> int:
        """The places nobody has been promised."""
        return max(self.capacity - self.taken, 0)


@dataclass(frozen=True, slots=True)
class AskedUpt:
    """A UPT that an enquiry is put to."""

    id: int
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """A whole enquiry with its thread, oldest entry first.

    It is about a product, or about a parcel (`parcel_number`) of an order; what it is not about is empty.
    """

    id: int
    number: str
    link_key: str
    kind: str
    state: str
    locale: str
    name: str
    company: str
    email: str
    phone: str
    quantity: int | None
    unit: str
    destination: str
    wanted_on: date | None
    asked_at: datetime
    product: str
    product_slug: str
    parcel_number: str
    order_number: str
    upts: tuple[AskedUpt, ...]
    booking: BookingView | None
    messages: tuple[MessageView, ...]

    def message(self, message_id: int) -> MessageView:
        """The entry of that id, which must be there."""
        return next(message for message in self.messages if message.id == message_id)


_ENQUIRY = """
    SELECT e.id, e.number, e.link_key, e.kind, e.state, e.locale, e.name, e.company, e.email, e.phone,
           e.quantity, e.unit, e.destination, e.wanted_on, e.asked_at, coalesce(p.name, '') AS product,
           coalesce(p.slug, '') AS product_slug, coalesce(f.number, '') AS parcel_number,
           coalesce(o.number, '') AS order_number
    FROM enquiries e LEFT JOIN products p ON p.id = e.product_id
    LEFT JOIN fulfilments f ON f.id = e.fulfilment_id LEFT JOIN orders o ON o.id = f.order_id WHERE
"""
_BY_NUMBER = text(_ENQUIRY + " e.number = :number")
_BY_MESSAGE = text("SELECT enquiry_id FROM enquiry_messages WHERE id = :id")
_BY_ID = text(_ENQUIRY + " e.id = :id")

_UPTS = text(
    """
    SELECT u.id, u.name, u.email FROM enquiry_upts a JOIN upts u ON u.id = a.upt_id
    WHERE a.enquiry_id = :id ORDER BY u.name
    """
)

_MESSAGES = text(
    """
    SELECT m.id, m.sender, m.kind, m.body, coalesce(u.name, ''), m.actor_label, m.at
    FROM enquiry_messages m LEFT JOIN upts u ON u.id = m.upt_id
    WHERE m.enquiry_id = :id ORDER BY m.id
    """
)

_BOOKING = text(
    """
    SELECT b.slot_id, u.name, u.province_code, b.day, s.starts_at, s.ends_at, b.people, b.state, s.capacity,
           (SELECT coalesce(sum(c.people), 0)::bigint FROM bookings c
            WHERE c.slot_id = b.slot_id AND c.day = b.day AND c.state = 'confirmed')
    FROM bookings b JOIN service_slots s ON s.id = b.slot_id JOIN upts u ON u.id = s.upt_id
    WHERE b.enquiry_id = :id
    """
)

_BY_KEY = text("SELECT number FROM enquiries WHERE idempotency_key = :key")


def enquiry_view(session: Session, number: str) -> EnquiryView:
    """The enquiry of that number. The caller has proven its right. Raises EnquiryNotFound."""
    return _view(session, session.execute(_BY_NUMBER, {"number": number}).mappings().one_or_none())


def enquiry_of(session: Session, enquiry_id: int) -> EnquiryView:
    """The enquiry behind an event."""
    return _view(session, session.execute(_BY_ID, {"id": enquiry_id}).mappings().one_or_none())


def enquiry_of_message(session: Session, message_id: int) -> EnquiryView:
    """The enquiry in whose thread an entry stands."""
    return enquiry_of(session, session.execute(_BY_MESSAGE, {"id": message_id}).scalar_one())


def enquiry_number_of_key(session: Session, idempotency_key: str) -> str | None:
    """The number of the enquiry a form has already become."""
    found: str | None = session.execute(_BY_KEY, {"key": idempotency_key}).scalar_one_or_none()
    return found


def enquiry_for(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Enquiry:
    """The enquiry as it is now, if the actor may see it; `lock` holds it until the transaction ends.

    Raises EnquiryNotFound.
    """
    query = select(Enquiry).where(Enquiry.number == number, _seen_by(actor))
    if lock:
        query = query.with_for_update(of=Enquiry)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise EnquiryNotFound
    return found


def asked_upt_ids(session: Session, enquiry_id: int) -> frozenset[int]:
    """The UPTs an enquiry is put to."""
    return frozenset(session.scalars(select(EnquiryUpt.upt_id).where(EnquiryUpt.enquiry_id == enquiry_id)))


def enquiries_for(
    session: Session,
    actor: Actor,
    *,
    states: Collection[str],
    kinds: Collection[str],
    words: str,
    page: int,
) -> EnquiryPage:
    """The enquiries the actor may see: those that wait for an answer first, the longest waiting on top.

    `words` is a part of a number, a name, a company, a product or a parcel's number.
    """
    query = (
        _listed(actor, states, kinds, words)
        .order_by(
            _IS_NEW.desc(),
            case((_IS_NEW, Enquiry.moved_at)).asc().nulls_last(),
            Enquiry.moved_at.desc(),
            Enquiry.id.desc(),
        )
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [_row(*row) for row in session.execute(query)]
    return EnquiryPage(rows=tuple(rows[:PAGE_SIZE]), page=page, has_next=len(rows) > PAGE_SIZE)


def enquiry_rows(
    session: Session, actor: Actor, *, states: Collection[str], kinds: Collection[str], words: str
) -> Iterator[EnquiryRow]:
    """All of them, those that wait for an answer first, then the newest."""
    query = _listed(actor, states, kinds, words)
    for row in in_portions(session, query, (_IS_NEW, Enquiry.id), is_falling=True):
        yield _row(*row)


_IS_NEW: ColumnElement[bool] = Enquiry.state == "new"


def _listed(
    actor: Actor, states: Collection[str], kinds: Collection[str], words: str
) -> Select[*tuple[Any, ...]]:
    upts = (
        select(func.array_agg(aggregate_order_by(Upt.name, Upt.name)))
        .select_from(EnquiryUpt)
        .join(Upt, Upt.id == EnquiryUpt.upt_id)
        .where(EnquiryUpt.enquiry_id == Enquiry.id)
        .scalar_subquery()
    )
    return (
        select(
            Enquiry.number,
            Enquiry.kind,
            Enquiry.state,
            func.coalesce(Product.name, Fulfilment.number),
            Enquiry.name,
            Enquiry.company,
            func.coalesce(upts, []),
            Enquiry.asked_at,
            Enquiry.moved_at,
        )
        .outerjoin(Product, Product.id == Enquiry.product_id)
        .outerjoin(Fulfilment, Fulfilment.id == Enquiry.fulfilment_id)
        .where(Enquiry.state.in_(states), Enquiry.kind.in_(kinds), _matches(words), _seen_by(actor))
    )


def _row(*values: Any) -> EnquiryRow:
    number, kind, state, about, name, company, upts, asked_at, moved_at = values
    return EnquiryRow(number, kind, state, about, name, company, tuple(upts), asked_at, moved_at)


def enquiry_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many enquiries the actor may see in each state; a state without any is absent."""
    query = select(Enquiry.state, func.count()).where(_seen_by(actor)).group_by(Enquiry.state)
    return {row[0]: row[1] for row in session.execute(query)}


def enquiries_waiting(session: Session, actor: Actor) -> int:
    """How many enquiries wait for an answer that the actor may see."""
    is_new = text("enquiries.state = 'new'")  # written out, for the index of those that are
    query = select(func.count()).select_from(Enquiry).where(is_new, _seen_by(actor))
    return session.scalars(query).one()


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Only what is put to a UPT of the actor's scope: the one place that decides it."""
    if actor.is_national:
        return true()
    asked = select(EnquiryUpt.upt_id).join(Upt, Upt.id == EnquiryUpt.upt_id)
    return asked.where(EnquiryUpt.enquiry_id == Enquiry.id, in_scope(actor)).exists()


def _matches(words: str) -> ColumnElement[bool]:
    columns = (Enquiry.number, Enquiry.name, Enquiry.company, Product.name, Fulfilment.number)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _view(session: Session, row: Any) -> EnquiryView:
    if row is None:
        raise EnquiryNotFound
    key = {"id": row["id"]}
    booking = session.execute(_BOOKING, key).one_or_none() if row["kind"] == "booking" else None
    return EnquiryView(
        **row,
        upts=tuple(AskedUpt(*upt) for upt in session.execute(_UPTS, key)),
        booking=BookingView(*booking) if booking else None,
        messages=tuple(MessageView(*message) for message in session.execute(_MESSAGES, key)),
    )
