"""One delivery: a handler's effect and the note that it is done are one transaction."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kernel import log
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Unavailable
from kernel.outbox import Event, OutboxDelivery, OutboxEvent, restore
from orders.errors import ProviderRejected
from orders.ports import PaymentProvider
from worker.rules import MOST_ATTEMPTS, PATIENT_ATTEMPTS, is_given_up, wait_before

_UNFINISHED = "the process ended during this attempt"
_RING_AGAIN = timedelta(seconds=10)
_LOCKS = 0x1A9A_0000_0000_0000  # where the delivery ids begin among the advisory locks of the database
ANY_LONG = 0
"""The id, which no delivery has, that stands for all that take long."""

_KILLED_TOO_OFTEN = and_(
    func.coalesce(OutboxDelivery.last_error, "") == _UNFINISHED, OutboxDelivery.attempts >= MOST_ATTEMPTS
)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler of an event type, known by `name` in the database.

    `apply(session, event, at=...)` is the effect. A handler that must ask a vendor has two steps before:
    `ask(session, event)` gives the question or None for nothing to do, `call(provider, question)` asks it
    outside any transaction, and `apply(session, event, answer, at=...)` gets the answer, which is the
    ProviderRejected error when the vendor refused for good. One that `is_long` may take a minute.
    """

    event: type[Event]
    name: str
    apply: Callable[..., object]
    ask: Callable[[Session, Any], Any] | None = None
    call: Callable[[PaymentProvider, Any], Any] | None = None
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery_id: int
    handler: str
    event_id: int
    event_name: str
    payload: dict[str, Any]
    happened_at: datetime
    number: int


def handle(
    delivery_id: int, attempts: int, *, handlers: Mapping[str, Subscription], provider: PaymentProvider
) -> None:
    """Work on a delivery that had `attempts` behind it when it was rung for.

    A second bell for the same attempt finds the count moved on, or the first still at work, and does
    nothing. A failure is noted with the time of the next attempt; the last one makes it a dead letter.
    """
    with alone(delivery_id) as is_alone:
        attempt = _begin(delivery_id, attempts) if is_alone else None
        if attempt is None:
            return
        try:
            _work(attempt, handlers[attempt.handler], provider)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises must become a row, not a lost task
            _note_failure(attempt, error)


@contextmanager
def alone(delivery_id: int) -> Iterator[bool]:
    """Whether nobody else works on the delivery (or on ANY_LONG); a killed process lets go of it at once."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = _LOCKS + delivery_id
        is_alone = bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
        try:
            yield is_alone
        finally:
            if is_alone:
                connection.execute(select(func.pg_advisory_unlock(key)))


def _begin(delivery_id: int, attempts: int) -> _Attempt | None:
    """Count the attempt before it is made, so that one which kills its process is counted too."""
    with transaction() as session:
        at = now()
        row = session.execute(
            update(OutboxDelivery)
            .where(
                OutboxDelivery.id == delivery_id,
                OutboxDelivery.state == "pending",
                or_(OutboxDelivery.attempts == attempts, OutboxDelivery.last_error == _UNFINISHED),
                ~_KILLED_TOO_OFTEN,
                OutboxEvent.id == OutboxDelivery.event_id,
            )
            .values(attempts=OutboxDelivery.attempts + 1, due_at=at + _RING_AGAIN, last_error=_UNFINISHED)
            .returning(
                OutboxDelivery.id,
                OutboxDelivery.handler,
                OutboxEvent.id,
                OutboxEvent.name,
                OutboxEvent.payload,
                OutboxEvent.created_at,
                OutboxDelivery.attempts,
            ),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        if row is None and _has_killed_too_often(session, delivery_id):
            _bury(session, delivery_id, _UNFINISHED)
        return None if row is None else _Attempt(*row)


def _has_killed_too_often(session: Session, delivery_id: int) -> bool:
    query = select(OutboxDelivery.id).where(
        OutboxDelivery.id == delivery_id, OutboxDelivery.state == "pending", _KILLED_TOO_OFTEN
    )
    return session.scalar(query) is not None


def _work(attempt: _Attempt, subscription: Subscription, provider: PaymentProvider) -> None:
    event = restore(attempt.event_name, attempt.payload)
    answers: tuple[Any, ...] = ()
    has_effect = True
    if subscription.ask is not None and subscription.call is not None:
        with transaction() as session:
            question = subscription.ask(session, event)
        has_effect = question is not None
        if has_effect:
            answers = (_answer(subscription.call, provider, question),)
    with transaction() as session:
        at = now()
        if not _finish(session, attempt, at=at):
            return
        if has_effect:
            subscription.apply(session, event, *answers, at=at)


def _answer(call: Callable[[PaymentProvider, Any], Any], provider: PaymentProvider, question: Any) -> Any:
    try:
        return call(provider, question)
    except ProviderRejected as refusal:
        return refusal


def _finish(session: Session, attempt: _Attempt, *, at: datetime) -> bool:
    """Mark the delivery done in the effect's transaction; False when it is settled already."""
    mine = (
        select(OutboxDelivery.id)
        .where(OutboxDelivery.id == attempt.delivery_id, OutboxDelivery.state == "pending")
        .with_for_update(skip_locked=True)
    )
    done = session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.id.in_(mine.scalar_subquery()))
        .values(state="done", done_at=at, last_error=None)
        .returning(OutboxDelivery.id)
    )
    return done.one_or_none() is not None


def _note_failure(attempt: _Attempt, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:500]
    fields = {"handler": attempt.handler, "event_id": attempt.event_id, "attempt": attempt.number}
    _logger.warning("delivery failed", exc_info=error, extra={"fields": fields})
    with transaction() as session:
        at = now()
        is_their_fault = isinstance(error, Unavailable | OperationalError)
        if is_given_up(attempt.number, at - attempt.happened_at, somebody_else=is_their_fault):
            _bury(session, attempt.delivery_id, reason)
            return
        if attempt.number == PATIENT_ATTEMPTS:
            log.alarm(_logger, "delivery waits for somebody else", **fields, reason=reason)
        wait = wait_before(attempt.number, jitter=random.random())  # noqa: S311 -- spreads load, guards nothing
        session.execute(
            update(OutboxDelivery)
            .where(OutboxDelivery.id == attempt.delivery_id, OutboxDelivery.state == "pending")
            .values(due_at=at + wait, last_error=reason)
        )


def _bury(session: Session, delivery_id: int, reason: str) -> None:
    """Make it a dead letter and call a person."""
    handler = session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.id == delivery_id, OutboxDelivery.state == "pending")
        .values(state="dead", last_error=reason)
        .returning(OutboxDelivery.handler)
    ).scalar_one_or_none()
    log.alarm(_logger, "dead letter", delivery_id=delivery_id, handler=handler, reason=reason)
