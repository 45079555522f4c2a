"""Forgetting: rows nobody needs any more, by table and age."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# Children before parents.
_RULES: tuple[tuple[str, timedelta], ...] = (
    ("DELETE FROM job_runs WHERE started_at < :before", timedelta(days=7)),
    ("DELETE FROM outbox_deliveries WHERE state = 'done' AND done_at < :before", timedelta(days=30)),
    (
        """
        DELETE FROM outbox_events WHERE dispatched_at < :before
        AND NOT EXISTS (SELECT FROM outbox_deliveries WHERE event_id = outbox_events.id)
        """,
        timedelta(days=30),
    ),
    ("DELETE FROM user_sessions WHERE expires_at < :before", timedelta(0)),
    ("DELETE FROM account_links WHERE expires_at < :before", timedelta(days=7)),
    ("DELETE FROM sign_ins WHERE at < :before", timedelta(days=365)),
    ("DELETE FROM handovers WHERE done_at < :before", timedelta(days=90)),
    ("DELETE FROM restock_requests WHERE ended_at < :before", timedelta(days=30)),
    (
        "DELETE FROM restock_requests WHERE confirmed_at IS NULL AND asked_at < :before",
        timedelta(days=7),
    ),
    ("DELETE FROM restock_requests WHERE asked_at < :before", timedelta(days=365)),
    ("DELETE FROM sheet_imports WHERE sent_at < :before", timedelta(days=30)),
    ("DELETE FROM mails WHERE state = 'sent' AND sent_at < :before", timedelta(days=90)),
    ("DELETE FROM mails WHERE state = 'dropped' AND created_at < :before", timedelta(days=90)),
)


def purge(session: Session, *, at: datetime) -> int:
    """Delete what is older than its rule allows. Dead letters stay until a person has looked at them."""
    removed = 0
    for statement, age in _RULES:
        result = session.execute(text(statement), {"before": at - age})
        removed += result.rowcount  # type: ignore[attr-defined]
    return removed
