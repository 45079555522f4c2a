"""What was given up: deliveries and mails that wait for a person, and how to try them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery ("delivery-7") or mail ("mail-7") that was given up; `since` is when it came up (UTC)."""

    id: str
    what: str
    since: datetime
    attempts: int
    reason: str


# A mail is named by its cause: addresses have no business on a terminal.
_LIST = text(
    """
    SELECT 'delivery-' || d.id, d.handler || ' of ' || e.name || ' ' || e.payload::text, e.created_at,
           d.attempts, coalesce(d.last_error, '')
    FROM outbox_deliveries d JOIN outbox_events e ON e.id = d.event_id WHERE d.state = 'dead'
    UNION ALL
    SELECT 'mail-' || id, cause, created_at, attempts, coalesce(last_error, '')
    FROM mails WHERE state = 'dead'
    ORDER BY 3, 1
    """
)

_REPLAY = (
    text(
        """
        UPDATE outbox_deliveries SET state = 'pending', attempts = 0, due_at = :at, last_error = NULL
        WHERE state = 'dead' AND (CAST(:id AS text) IS NULL OR 'delivery-' || id = :id)
        """
    ),
    text(
        """
        UPDATE mails SET state = 'queued', attempts = 0, due_at = :at
        WHERE state = 'dead' AND (CAST(:id AS text) IS NULL OR 'mail-' || id = :id)
        """
    ),
)


def dead_letters(session: Session) -> Sequence[DeadLetter]:
    """Everything that was given up, the oldest first."""
    return [DeadLetter(*row) for row in session.execute(_LIST)]


def replay(session: Session, letter_id: str | None, *, at: datetime) -> int:
    """Let the worker try one dead letter again, or all of them for None; says how many it were.

    An effect that was had is not had again: the delivery would be done, not dead.
    """
    values = {"at": at, "id": letter_id}
    return sum(session.execute(statement, values).rowcount for statement in _REPLAY)  # type: ignore[attr-defined]
