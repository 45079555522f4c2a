"""Pure rules of reported problems: reasons and states, until when one is heard, and when it must be answered.

PP 80/2019 gives a buyer at least two working days after the goods have come; a complaint service must name
its time. Working days are those of the yearly joint decree on holidays.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lokal.holidays import add_working_days

REASONS = ("damaged", "spoiled", "wrong_goods", "missing_pieces", "not_as_described", "not_arrived")
STATES = ("open", "answered", "closed")
"""Whose turn it is: the UPT's, the customer's to be content, nobody's."""

ENTRY_KINDS = ("reported", "answered", "refunded", "closed")
REPORTABLE_STATES = ("shipped", "delivered")

REPORT_DAYS = 2
"""Working days after the day of delivery in which a problem may be reported."""

ANSWER_DAYS = 2
"""Working days after the day of the report in which the UPT answers."""

MOST_PROBLEMS = 5
"""So many problems of one parcel are taken; what is more is a matter for its conversation."""

SHORTEST_REPORT, LONGEST_TEXT = 10, 2_000

# While the decree of a year is not known, longer than any stretch of days off that one has ordered.
_WITHOUT_DECREE = timedelta(days=14)


def report_until(delivered_at: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which the time to report a problem is over: a midnight in the customer's zone."""
    return _end_of(working_days_after(delivered_at.astimezone(zone).date(), REPORT_DAYS), zone)


def answer_due(reported_at: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) by which the UPT answers: a midnight in its zone."""
    return _end_of(working_days_after(reported_at.astimezone(zone).date(), ANSWER_DAYS), zone)


def last_day(until: datetime, zone: ZoneInfo) -> date:
    """The last whole day before such a midnight."""
    return (until - timedelta(seconds=1)).astimezone(zone).date()


def working_days_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; two weeks later while a year's holidays are not decreed."""
    try:
        found: date = add_working_days(day, count)
    except ValueError:
        return day + _WITHOUT_DECREE
    return found


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
