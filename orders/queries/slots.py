"""The slots of a service: its week, and which days still have places. Only confirmed bookings take any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.queries.resting import pauses


@dataclass(frozen=True, slots=True)
class WeekSlot:
    """A time of the week at one UPT: `weekday` 1 is Monday, times are local to its province."""

    upt_name: str
    upt_slug: str
    province_code: str
    weekday: int
    starts_at: time
    ends_at: time
    capacity: int
    is_sample: bool


@dataclass(frozen=True, slots=True)
class SlotDay:
    """One slot on one day; `taken` places belong to confirmed bookings."""

    slot_id: int
    upt_id: int
    upt_name: str
    province_code: str
    day: date
    starts_at: time
    ends_at: time
    capacity: int
    taken: int

    @property
    def left(self) -> int:
        """The places that can still be confirmed."""
        return max(self.capacity - self.taken, 0)


_WEEK = text(
    """
    SELECT u.name, u.slug, u.province_code, s.weekday, s.starts_at, s.ends_at, s.capacity, s.is_sample
    FROM service_slots s JOIN upts u ON u.id = s.upt_id
    WHERE s.product_id = :product_id ORDER BY u.name, s.weekday, s.starts_at
    """
)

_DAYS = text(
    f"""
    SELECT s.id, s.upt_id, u.name, u.province_code, d.day::date, s.starts_at, s.ends_at, s.capacity,
           coalesce(taken.people, 0)
    FROM service_slots s
    JOIN upts u ON u.id = s.upt_id
    JOIN generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS d (day)
      ON extract(isodow FROM d.day) = s.weekday
    LEFT JOIN LATERAL (
        SELECT sum(b.people)::bigint AS people FROM bookings b
        WHERE b.slot_id = s.id AND b.day = d.day::date AND b.state = 'confirmed'
    ) taken ON true
    WHERE s.product_id = :product_id
      AND NOT {pauses(product="s.product_id", upt="s.upt_id", day="d.day::date")}
    ORDER BY d.day, s.starts_at, u.name
    """  # noqa: S608  our own column names
)

_LOCK = text("SELECT capacity FROM service_slots WHERE id = :slot_id FOR UPDATE")

_TAKEN = text(
    """
    SELECT coalesce(sum(people), 0)::bigint FROM bookings
    WHERE slot_id = :slot_id AND day = :day AND state = 'confirmed'
    """
)


def week_of(session: Session, product_id: int) -> Sequence[WeekSlot]:
    """When a service is given, UPT by UPT, Monday first."""
    return [WeekSlot(*row) for row in session.execute(_WEEK, {"product_id": product_id})]


def slot_days(session: Session, product_id: int, *, first: date, last: date) -> Sequence[SlotDay]:
    """The slots of these days, the next first, full ones too; on none on which their UPT pauses."""
    values = {"product_id": product_id, "first": first, "last": last}
    return [SlotDay(*row) for row in session.execute(_DAYS, values)]


def lock_slot(session: Session, slot_id: int) -> int:
    """Hold a slot until the transaction ends; gives its capacity. What is counted afterwards is certain."""
    capacity: int = session.execute(_LOCK, {"slot_id": slot_id}).scalar_one()
    return capacity


def taken_places(session: Session, slot_id: int, day: date) -> int:
    """How many people have a confirmed booking of a slot on a day."""
    taken: int = session.execute(_TAKEN, {"slot_id": slot_id, "day": day}).scalar_one()
    return taken
