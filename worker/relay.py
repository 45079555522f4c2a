"""The relay: makes a delivery for each handler of a new event, and rings for every delivery that is due."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kombu.exceptions import OperationalError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.outbox import OutboxDelivery, OutboxEvent

RING_AGAIN = timedelta(seconds=10)
"""A doorbell nobody answered in this time was lost with its broker or worker: ring again."""

_AT_ONCE = 200
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bell:
    """One task to queue: the row it is about, and how many attempts the row had behind it."""

    task: str
    row_id: int
    attempts: int


class Broker(Protocol):
    """The part of a Celery app that queues a task by its name."""

    def send_task(self, name: str, args: tuple[int, int], *, expires: float, retry: bool) -> object:
        """Queue one task; raises kombu's OperationalError when the broker does not take it."""
        ...


def dispatch(session: Session, handlers: Mapping[str, Sequence[str]], *, at: datetime) -> int:
    """Give each new event one delivery row per handler (`handlers`: event name -> handler names).

    Events of a name unknown here wait for a worker of the release that knows it. Returns how many.
    """
    events = session.execute(
        select(OutboxEvent.id, OutboxEvent.name)
        .where(OutboxEvent.dispatched_at.is_(None), OutboxEvent.name.in_(handlers))
        .order_by(OutboxEvent.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    deliveries = [
        {"event_id": event_id, "handler": handler, "due_at": at}
        for event_id, name in events
        for handler in handlers[name]
    ]
    if deliveries:
        session.execute(insert(OutboxDelivery).on_conflict_do_nothing(), deliveries)
    if events:
        ids = [event_id for event_id, _ in events]
        session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(ids)).values(dispatched_at=at))
    return len(events)


def take_due(
    session: Session, *, task: str, at: datetime, long_task: str = "", long: Collection[str] = ()
) -> list[Bell]:
    """The bells to ring now, the longest waiting first; each is not named again before RING_AGAIN.

    Deliveries of the handlers in `long` are rung for with a task of their own, which has more time.
    """
    due = (
        select(OutboxDelivery.id)
        .where(OutboxDelivery.state == "pending", OutboxDelivery.due_at <= at)
        .order_by(OutboxDelivery.due_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.id.in_(due.scalar_subquery()))
        .values(due_at=at + RING_AGAIN)
        .returning(OutboxDelivery.id, OutboxDelivery.attempts, OutboxDelivery.handler)
    )
    return [
        Bell(long_task if handler in long else task, row_id, attempts)
        for row_id, attempts, handler in sorted(rows.all())
    ]


def ring(broker: Broker, bells: Iterable[Bell]) -> bool:
    """Queue a task for each bell, after the commit; False when the broker took not all of them.

    Nothing is lost then: the rows are there, and the next sweep rings for them.
    """
    for bell in bells:
        try:
            broker.send_task(
                bell.task, (bell.row_id, bell.attempts), expires=RING_AGAIN.total_seconds(), retry=False
            )
        except (OperationalError, OSError) as error:
            _logger.warning("broker unavailable", extra={"fields": {"error": str(error)}})
            return False
    return True
