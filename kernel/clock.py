"""The time, in UTC and aware of it, and the shop's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present moment, UTC-aware. Doors read it once and hand it down as `at`."""
    return datetime.now(UTC)


def jakarta_day(at: datetime) -> date:
    """The shop's own date at a moment (UTC): western Indonesia's."""
    return at.astimezone(JAKARTA).date()
