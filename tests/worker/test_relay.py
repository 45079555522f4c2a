from datetime import timedelta

from kombu.exceptions import OperationalError
from sqlalchemy import select, text

from kernel.clock import now
from kernel.db import db, transaction
from kernel.outbox import OutboxDelivery, OutboxEvent
from tests.worker.conftest import HandWorker, Rang
from worker import relay
from worker.deliveries import Subscription
from worker.relay import RING_AGAIN, Bell


def nothing(session: object, event: object, *, at: object) -> None:
    """A handler without an effect."""


class SilentBroker:
    """Takes so many tasks, then nothing more."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken: list[tuple[str, tuple[int, int]]] = []
        self.tries = 0

    def send_task(self, name: str, args: tuple[int, int], *, expires: float, retry: bool) -> object:
        assert not retry
        self.tries += 1
        if len(self.taken) == self.takes:
            raise OperationalError("refused")
        self.taken.append((name, args))
        return None


class TestDispatch:
    def test_makes_one_delivery_per_handler(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "one", nothing), Subscription(Rang, "two", nothing)]
        worker.publish(Rang(1), Rang(2))
        assert len(worker.bells()) == 4
        rows = db.session.execute(
            select(OutboxDelivery.event_id, OutboxDelivery.handler).order_by(OutboxDelivery.id)
        ).all()
        assert [tuple(row) for row in rows] == [(1, "one"), (1, "two"), (2, "one"), (2, "two")]

    def test_deals_with_an_event_once(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "one", nothing)]
        worker.publish(Rang(1))
        assert len(worker.bells()) == 1
        with transaction() as session:
            assert relay.dispatch(session, {"Rang": ["one"]}, at=now()) == 0

    def test_leaves_an_event_it_does_not_know_to_a_newer_worker(self, worker: HandWorker) -> None:
        worker.publish(Rang(1))
        assert worker.bells() == []
        assert db.session.scalars(select(OutboxEvent.dispatched_at)).all() == [None]

    def test_marks_a_silent_event_as_dealt_with(self, worker: HandWorker) -> None:
        worker.publish(Rang(1))
        with transaction() as session:
            assert relay.dispatch(session, {"Rang": []}, at=now()) == 1
            assert relay.take_due(session, task="deliver", at=now()) == []

    def test_two_relays_never_take_the_same_event(self, worker: HandWorker) -> None:
        worker.publish(Rang(1), Rang(2))
        with transaction() as session, db.engine.begin() as other:
            other.execute(text("SELECT FROM outbox_events WHERE id = 1 FOR UPDATE"))
            assert relay.dispatch(session, {"Rang": ["one"]}, at=now()) == 1


class TestTakeDue:
    def test_names_a_delivery_again_only_after_a_while(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "one", nothing)]
        worker.publish(Rang(1))
        assert worker.bells() == [Bell("deliver", 1, 0)]
        assert worker.bells() == []
        with transaction() as session:
            again = relay.take_due(session, task="deliver", at=now() + RING_AGAIN + timedelta(seconds=1))
        assert again == [Bell("deliver", 1, 0)]

    def test_does_not_name_what_is_done(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "one", nothing)]
        worker.publish(Rang(1))
        for bell in worker.bells():
            worker.answer(bell)
        worker.hurry()
        assert worker.bells() == []


class TestRing:
    def test_queues_each_with_its_attempts(self) -> None:
        broker = SilentBroker(takes=5)
        assert relay.ring(broker, [Bell("deliver", 7, 0), Bell("deliver", 9, 2)])
        assert broker.taken == [("deliver", (7, 0)), ("deliver", (9, 2))]

    def test_stops_at_the_first_refusal(self) -> None:
        broker = SilentBroker(takes=1)
        assert not relay.ring(broker, [Bell("deliver", number, 0) for number in range(50)])
        assert broker.tries == 2
