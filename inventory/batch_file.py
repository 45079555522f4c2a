"""The table of production batches: its columns, and what one row of it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.rules import MOST_BOOKED_SINGLY, MOST_HOURS, MOST_PEOPLE, MOST_PIECES_AT_ONCE, BatchEntry
from inventory.table_file import Cells, Layout, TableLine, Words, refuse_empty
from kernel.written import day_written, whole_number

DAYS = ("made_on", "expires_on")
COUNTS = {
    **dict.fromkeys(("passed", "reworked", "failed"), ("batch_pieces", MOST_PIECES_AT_ONCE)),
    "people": ("batch_work", MOST_PEOPLE),
    "hours": ("batch_work", MOST_HOURS),
}
"""The columns that hold numbers: what is said of a wrong one, and the most there may be."""

OWN_COLUMNS = (*DAYS, "passed", "reworked", "failed", "code", "people", "hours")


def _read(line: TableLine, cells: Cells, _words: Words) -> bool:
    """The batch, its days in ISO; a row where only the shelf stands says nothing."""
    if not any(line.written.get(name) for name in OWN_COLUMNS):
        return False
    refuse_empty(line, upt=line.upt_code, sku=line.sku, made_on=line.written["made_on"])
    line.says = {"code": line.written.get("code", "")}
    for name in DAYS:
        found = day_written(cells.get(name))
        if found is None and line.written.get(name):
            line.errors.append((name, "table_day", {}))
        line.says[name] = found and found.isoformat()
    for name, (code, most) in COUNTS.items():
        number = whole_number(cells.get(name))
        if line.written.get(name) and (number is None or not 0 <= number <= most):
            line.errors.append((name, code, {"most": most}))
        line.says[name] = number
    return True


def batch_entry(says: Mapping[str, Any]) -> BatchEntry:
    """The batch that a right row tells of."""
    made_on, expires_on = (date.fromisoformat(says[name]) if says[name] else None for name in DAYS)
    assert made_on is not None  # a row without it is wrong
    return BatchEntry(
        code=says["code"],
        made_on=made_on,
        expires_on=expires_on,
        passed=says["passed"] or 0,
        reworked=says["reworked"] or 0,
        failed=says["failed"] or 0,
        people=says["people"],
        hours=says["hours"],
    )


_COLUMNS = ("upt", "sku", *OWN_COLUMNS)

BATCHES = Layout(_COLUMNS, frozenset({"upt", "sku", "made_on", "passed"}), MOST_BOOKED_SINGLY, _read)
"""Of what UPT, what, when it was made, how long it keeps, what the quality check found, the work."""
