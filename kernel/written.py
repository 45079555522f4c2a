"""What people write in spreadsheets: whole numbers, as Indonesians write them."""

from __future__ import annotations

import re

_WHOLE = re.compile(
    r"(?P<sign>[+\-−]?)\s*(?P<digits>[0-9]{1,12}|[0-9]{1,3}(?:(?P<mark>[. ])[0-9]{3})(?:(?P=mark)[0-9]{3})*)"
    r"(?:,0{1,2})?",
    re.ASCII,
)


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
