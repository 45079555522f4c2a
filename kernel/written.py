"""What people write in spreadsheets: whole numbers and days, as Indonesians write them."""

from __future__ import annotations

import re
from datetime import date, datetime

_WHOLE = re.compile(
    r"(?P<sign>[+\-−]?)\s*(?P<digits>[0-9]{1,12}|[0-9]{1,3}(?:(?P<mark>[. ])[0-9]{3})(?:(?P=mark)[0-9]{3})*)"
    r"(?:,0{1,2})?",
    re.ASCII,
)

_DAY = re.compile(r"([0-9]{1,2})[ ./-]([0-9]{1,2}|[a-z]{3,9})[ ./-]([0-9]{4})", re.ASCII)
_MONTHS = (
    *(("jan",), ("feb", "peb"), ("mar",), ("apr",), ("mei", "may"), ("jun",)),
    *(("jul",), ("agu", "ags", "aug"), ("sep",), ("okt", "oct"), ("nov", "nop"), ("des", "dec")),
)
"""How the months begin in Indonesian and English."""


def whole_number(written: object) -> int | None:
    """The whole number in a cell or field: 50, 50.0, "1.234", "1 234", "-5", "+5"; None for anything else.

    A dot parts thousands and a comma decimals: "1,5" is no whole number, "1.234,0" is. Nor is "1,000":
    whoever parts thousands with commas means a thousand.
    """
    if isinstance(written, bool):
        return None
    if isinstance(written, int):
        return written
    if isinstance(written, float):
        return int(written) if written.is_integer() and abs(written) < 10**12 else None
    match = _WHOLE.fullmatch(str(written).replace("\N{NO-BREAK SPACE}", " ").strip())
    if match is None:
        return None
    number = int(re.sub(r"[. ]", "", match["digits"]))
    return -number if match["sign"] in ("-", "−") else number


def day_written(written: object) -> date | None:
    """The day in a cell or field: a day of a workbook, "2026-11-03", "3/11/2026", "3 November 2026".

    The day comes before the month, whatever the signs between them; None for anything else.
    """
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    text = " ".join(str(written or "").lower().split())
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        return date(int(match[3]), _month(match[2]), int(match[1]))
    except ValueError:  # no such day
        return None


def _month(written: str) -> int:
    """The number of a month; 0 for none."""
    if written.isdecimal():
        return int(written)
    return next((number for number, names in enumerate(_MONTHS, start=1) if written.startswith(names)), 0)
