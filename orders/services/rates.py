"""Recording what couriers charge, as a file states it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.importing import ImportRefused, ImportRunning, Problem, Tally
from orders.models import ShippingRate
from orders.rate_file import RateRow, read_rates

_LOCK = 7_214_004  # advisory: one import of rates at a time


def import_rates(session: Session, file: Path, *, is_sample: bool = False) -> Tally:
    """Create or update the rates a file states; none is ever removed. `is_sample` marks those it changes.

    Raises ImportRefused with every problem of the file, and ImportRunning when another import is at work.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        raise ImportRunning
    problems: list[Problem] = []
    rows = read_rates(file, problems)
    if problems:
        raise ImportRefused(problems)
    known = {_key(rate): rate for rate in session.scalars(select(ShippingRate))}
    created = updated = 0
    for row in rows:
        rate = known.get(_key(row))
        if rate is None:
            session.add(ShippingRate(**asdict(row), is_sample=is_sample))
            created += 1
        elif _states_otherwise(rate, row):
            for column, value in (asdict(row) | {"is_sample": is_sample}).items():
                setattr(rate, column, value)
            updated += 1
    session.flush()
    return Tally(created, updated, len(rows) - created - updated)


def _key(rate: ShippingRate | RateRow) -> tuple[str, str, str, str]:
    return rate.origin_code, rate.zone, rate.courier, rate.service


def _states_otherwise(rate: ShippingRate, row: RateRow) -> bool:
    return any(getattr(rate, column) != value for column, value in asdict(row).items())
