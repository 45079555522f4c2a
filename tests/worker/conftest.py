"""A worker without a broker: what the relay would ring is kept in a list and answered by hand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from accounts.models import Kanwil
from kernel.clock import now
from kernel.db import db, transaction
from kernel.outbox import Event, OutboxDelivery, publish
from orders.ports import PaymentProvider
from tests.factories.inventory import make_kanwil
from tests.fakes import FakeProvider
from worker import relay
from worker.deliveries import Subscription, handle
from worker.relay import Bell
from worker.subscriptions import by_handler, handlers_by_event


@dataclass(frozen=True, slots=True)
class Rang(Event):
    """The event of these tests."""

    number: int


@dataclass
class HandWorker:
    """Publishes, relays and works step by step; `effects` counts rows that handlers left behind."""

    subscriptions: Sequence[Subscription] = ()
    provider: PaymentProvider = field(default_factory=FakeProvider)

    def publish(self, *events: Event) -> None:
        with transaction() as session:
            for event in events:
                publish(session, event)

    def bells(self) -> list[Bell]:
        """What the relay rings for at this moment."""
        with transaction() as session:
            relay.dispatch(session, handlers_by_event(self.subscriptions), at=now())
            return relay.take_due(session, task="deliver", at=now())

    def answer(self, bell: Bell) -> None:
        handle(bell.row_id, bell.attempts, handlers=by_handler(self.subscriptions), provider=self.provider)

    def hurry(self) -> None:
        """Let every wait be over."""
        with transaction() as session:
            session.execute(update(OutboxDelivery).values(due_at=func.clock_timestamp()))

    def delivery(self) -> OutboxDelivery:
        """The only delivery, as the database has it."""
        db.session.rollback()
        return db.session.scalars(select(OutboxDelivery).execution_options(populate_existing=True)).one()

    def effects(self) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Kanwil)) or 0


@pytest.fixture
def worker(app: Flask) -> Iterator[HandWorker]:
    """A worker by hand in the app's context; its database is emptied after the test."""
    with app.app_context():
        yield HandWorker()


@pytest.fixture
def leaves_a_row() -> Callable[..., None]:
    """An effect that can be counted."""

    def apply(session: object, event: Rang, *answers: object, at: object) -> None:
        make_kanwil(session)  # type: ignore[arg-type]

    return apply
