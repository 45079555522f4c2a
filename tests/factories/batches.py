"""Production batches for tests, noted as an officer does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from inventory.models import Batch, Variant
from inventory.rules import BatchEntry
from inventory.services.batches import note_batch
from tests.factories.accounts import make_officer


def entry(**values: Any) -> BatchEntry:
    """Four good pieces made on 20 November 2026, without a date unless the test says so."""
    defaults: dict[str, Any] = {
        "code": "",
        "made_on": date(2026, 11, 20),
        "expires_on": None,
        "passed": 4,
        "reworked": 0,
        "failed": 0,
        "people": None,
        "hours": None,
    }
    return BatchEntry(**{**defaults, **values})


def make_batch(session: Session, variant: Variant, upt: Upt, *, at: datetime, **values: Any) -> Batch:
    """A batch on the shelf of a UPT that makes the variant."""
    user, key = make_officer(session, upt), uuid4()
    actor = actor_of(session, user.id, user.name)
    note_batch(session, upt.code, variant.sku, entry(**values), key=key, actor=actor, at=at)
    return session.scalars(select(Batch).where(Batch.key == key)).one()
