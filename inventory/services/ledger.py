"""How a line of the stock ledger is written; the shelf it is about is held by the caller."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.models import LedgerEntry


def write_ledger(
    session: Session,
    stock_id: int,
    kind: str,
    delta: int,
    *,
    reason: str,
    cause: str | None,
    actor: Actor,
    at: datetime,
    location_id: int | None = None,
) -> int:
    """One line, of the store or of a place of the UPT, `delta` in pieces; gives its id."""
    entry = insert(LedgerEntry).values(
        stock_id=stock_id,
        location_id=location_id,
        kind=kind,
        delta=delta,
        reason=reason,
        cause=cause,
        actor_user_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )
    return session.execute(entry.returning(LedgerEntry.id)).scalar_one()
