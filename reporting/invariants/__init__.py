"""What must always be true, as SQL: each query returns the rows that break it, and none when all is well.

The tests run them after every race and fault, `lapak check-invariants` on demand, the schedule by night.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from reporting.invariants.invariant import Invariant
from reporting.invariants.money import MONEY
from reporting.invariants.orders import ORDERS
from reporting.invariants.parcels import PARCELS
from reporting.invariants.record import RECORD
from reporting.invariants.stock import STOCK
from reporting.invariants.visitors import VISITORS

_MOST_ROWS = 20

INVARIANTS: Sequence[Invariant] = (*STOCK, *ORDERS, *PARCELS, *MONEY, *VISITORS, *RECORD)


def violations(
    session: Session, *, at: datetime, names: Collection[str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Ask every invariant, or those of `names`; gives the first offending rows of each broken one by name."""
    found = {}
    for invariant in INVARIANTS:
        if names is not None and invariant.name not in names:
            continue
        statement = text(invariant.sql)
        values = {"at": at} if ":at" in invariant.sql else {}
        rows = session.execute(statement, values).mappings().fetchmany(_MOST_ROWS)
        if rows:
            found[invariant.name] = [dict(row) for row in rows]
    return found
