"""Counting again: what is on the books against what happened. A difference is an alarm, never a repair."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reporting.invariants import violations
from worker.notifications.alerts import alert_violations

_STOCK_RULES = frozenset({"I1", "I2", "I2-lines", "I3", "I4", "I4-batches"})


def recount_stock(session: Session, *, at: datetime) -> int:
    """Compare every stock row with its ledger and its reservations; says how many rules are broken."""
    return _report(session, violations(session, at=at, names=_STOCK_RULES), at=at)


def check_invariants(session: Session, *, at: datetime) -> int:
    """Ask every invariant; says how many are broken."""
    return _report(session, violations(session, at=at), at=at)


def _report(session: Session, found: dict[str, list[dict[str, object]]], *, at: datetime) -> int:
    if found:
        alert_violations(session, found, at=at)
    return len(found)
