"""Enquiries: what customers ask for, the thread of answers, and the slots of services with their bookings."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date, SmallInteger, Time

from kernel.db import Base, Id, one_of
from orders.rules.enquiries import (
    BOOKING_STATES,
    KINDS,
    LONGEST_MESSAGE,
    MESSAGE_KINDS,
    MOST_PEOPLE,
    MOST_QUANTITY,
    SENDERS,
    STATES,
)


class ServiceSlot(Base):
    """A time of the week at which a UPT serves people: `weekday` 1 is Monday, times are the UPT's local ones.

    `capacity` is how many people are served in it on one day. Confirming a booking locks this row.
    """

    __tablename__ = "service_slots"

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[time] = mapped_column(Time)
    ends_at: Mapped[time] = mapped_column(Time)
    capacity: Mapped[int]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        UniqueConstraint("product_id", "upt_id", "weekday", "starts_at"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint(f"capacity BETWEEN 1 AND {MOST_PEOPLE}", name="capacity"),
    )


class Enquiry(Base):
    """One thing a customer asked for. `idempotency_key` is the form's: a repeat finds this enquiry.

    `link_key` is part of the customer's link: a new one makes every earlier link void. `moved_at` is when
    the thread last grew. It is about a product, or about the parcel `fulfilment_id` of the customer's order.
    """

    __tablename__ = "enquiries"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    link_key: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'new'"))
    locale: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"), index=True)
    fulfilment_id: Mapped[int | None] = mapped_column(ForeignKey("fulfilments.id"), unique=True)
    name: Mapped[str]
    company: Mapped[str] = mapped_column(server_default=text("''"))
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default=text("''"))
    quantity: Mapped[int | None]
    unit: Mapped[str] = mapped_column(server_default=text("''"))
    destination: Mapped[str] = mapped_column(server_default=text("''"))
    wanted_on: Mapped[date | None] = mapped_column(Date)
    asked_at: Mapped[datetime]
    moved_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_QUANTITY}", name="quantity"),
        CheckConstraint("(kind = 'parcel') = (fulfilment_id IS NOT NULL)", name="parcel"),
        CheckConstraint("(product_id IS NULL) = (fulfilment_id IS NOT NULL)", name="one_subject"),
        Index("ix_enquiries_moved", "moved_at"),
        Index("ix_enquiries_new", "id", postgresql_where=text("state = 'new'")),
    )


class EnquiryUpt(Base):
    """A UPT that an enquiry is put to: its officers see it and answer."""

    __tablename__ = "enquiry_upts"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiries.id"), primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), primary_key=True, index=True)


class EnquiryMessage(Base):
    """One entry of a thread, append-only: who wrote or did what. `key` is the form's: a repeat adds nothing.

    `upt_id` is the UPT that an officer answered for, empty for the national office and for customers.
    """

    __tablename__ = "enquiry_messages"

    id: Mapped[Id]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiries.id"))
    key: Mapped[str]
    sender: Mapped[str]
    kind: Mapped[str]
    body: Mapped[str]
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("enquiry_id", "key"),
        CheckConstraint(one_of("sender", SENDERS), name="sender"),
        CheckConstraint(one_of("kind", MESSAGE_KINDS), name="kind"),
        CheckConstraint(f"char_length(body) <= {LONGEST_MESSAGE}", name="length"),
        CheckConstraint("kind <> 'message' OR body <> ''", name="says_something"),
        CheckConstraint("sender = 'staff' OR kind = 'message'", name="customers_only_write"),
    )


class Booking(Base):
    """So many people who wish to come to a slot on a day; only confirmed ones take its places."""

    __tablename__ = "bookings"

    id: Mapped[Id]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiries.id"), unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("service_slots.id"))
    day: Mapped[date] = mapped_column(Date)
    people: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'asked'"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("state", BOOKING_STATES), name="state"),
        CheckConstraint(f"people BETWEEN 1 AND {MOST_PEOPLE}", name="people"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decision_has_a_time"),
        Index("ix_bookings_slot_id_day", "slot_id", "day"),
    )
