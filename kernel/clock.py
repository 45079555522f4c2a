"""The time, in UTC and aware of it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, UTC-aware. Doors read it once and hand it down as `at`."""
    return datetime.now(UTC)
