"""Holders of permits are told before one ends, unless the next one is there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.events import PermitEnding
from inventory.models import Permit
from inventory.queries.permits import days_left
from inventory.queries.renewals import has_next
from inventory.rules import PERMIT_WARNINGS, due_warning
from kernel.clock import jakarta_day
from kernel.outbox import publish


def warn_of_ending(session: Session, *, at: datetime) -> int:
    """Have the holders told of permits that end soon, once for each of PERMIT_WARNINGS; says how many.

    Not of one that was sent back, nor of one whose goods the next permit covers already.
    """
    today = jakarta_day(at)
    left = days_left(today)
    query = (
        select(Permit, left)
        .where(left.between(0, max(PERMIT_WARNINGS)), Permit.refusal == "", ~has_next())
        .order_by(Permit.id)
    )
    told = 0
    for permit, number in session.execute(query.with_for_update(of=Permit)):
        days = due_warning(number or 0, permit.warned_days)
        if days is not None:
            permit.warned_days = days
            publish(session, PermitEnding(permit.id, days))
            told += 1
    return told
