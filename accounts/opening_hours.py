"""Opening hours as schema.org writes them: "Mo-Th 08:30-15:00; Fr 08:30-11:00". Days not named are closed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_DAY = f"({'|'.join(DAYS)})"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = f"{_DAY}(-{_DAY})? {_TIME}-{_TIME}"
OPENING_HOURS = f"{_SPAN}(; {_SPAN})*"
"""What a whole text of opening hours matches, in Python as in the database."""


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """From day `first` to day `last` (0 is Monday) it is open from `opens` to `closes`, local time."""

    first: int
    last: int
    opens: time
    closes: time


def read_opening_hours(written: str) -> tuple[OpenSpan, ...]:
    """The spans of a text, in its order. Raises ValueError for one that says nothing sensible.

    No day comes twice, days run forwards and it opens before it closes.
    """
    if not re.fullmatch(OPENING_HOURS, written):
        raise ValueError(written)
    spans = tuple(_span(part) for part in written.split("; "))
    days = [day for span in spans for day in range(span.first, span.last + 1)]
    if len(days) != len(set(days)):
        raise ValueError(written)
    return spans


def _span(part: str) -> OpenSpan:
    days, hours = part.split(" ")
    first, _, last = days.partition("-")
    opens, closes = (time.fromisoformat(moment) for moment in hours.split("-"))
    span = OpenSpan(DAYS.index(first), DAYS.index(last or first), opens, closes)
    if span.first > span.last or span.opens >= span.closes:
        raise ValueError(part)
    return span
