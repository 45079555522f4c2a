"""The time, in UTC and aware of it, and the shop's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present moment, UTC-aware. Doors read it once and hand it down as `at`."""
    return datetime.now(UTC)


def jakarta_day(at: datetime) -> date:
    """The shop's own date at a moment (UTC): western Indonesia's."""
    return at.astimezone(JAKARTA).date()


def day_begins(day: date) -> datetime:
    """The moment at which a day of the shop begins."""
    return datetime.combine(day, time(), JAKARTA)


def day_is_over(day: date) -> datetime:
    """The first moment after a day of the shop; the last one there is ends as it begins."""
    return day_begins(min(day, date.max - timedelta(days=1)) + timedelta(days=1))
