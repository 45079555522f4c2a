"""F4, F5, F6: the broker dies, forgets everything, falls silent, or says everything several times."""

import random
import time
from collections.abc import Callable
from statistics import median, quantiles

import pytest
import redis
from celery import Celery
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.config import Config
from tests.faults.conftest import Broker, Measured, Shop, kill_group, seconds_until
from tests.faults.handlers import SUBSCRIPTIONS, Counted
from worker import relay
from worker.settings import celery_settings
from worker.subscriptions import handlers_by_event
from worker.tasks import DELIVER_TASK, TASKS

pytestmark = pytest.mark.processes


def kill(broker: Broker) -> None:
    """kill -9; nothing was written to a disk, so it comes back empty."""
    broker.kill()
    broker.start()


def wipe(broker: Broker) -> None:
    """Every queue, message and binding is gone, and nobody notices."""
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()


@pytest.mark.parametrize(("harm", "first"), [(kill, 1_000), (wipe, 2_000)])
def test_f4_a_broker_that_forgets_loses_nothing(
    shop: Shop, broker: Broker, harm: Callable[[Broker], None], first: int, measured: Measured
) -> None:
    shop.expect_calm(first)
    last = first + 300  # more than are dispatched in one second
    shop.publish(*[Counted(number) for number in range(first + 1, last)])
    seconds_until(lambda: len(shop.effects(first, last)) > 10, at_most=60)
    assert len(shop.effects(first, last)) < 300
    harm(broker)
    shop.publish(Counted(last))
    resumed = seconds_until(lambda: shop.effects(last), at_most=30)
    drained = seconds_until(lambda: shop.waiting() == 0, at_most=60)
    assert shop.worker is not None
    assert shop.worker.poll() is None, "the worker ended: it should have found its broker again by itself"
    assert shop.effects(first, last) == list(range(first, last + 1))
    measured("resumed", resumed)
    measured("drained", resumed + drained)


def test_f5_a_silent_or_absent_broker_is_not_felt_by_those_who_publish(
    shop: Shop, broker: Broker, measured: Measured
) -> None:
    shop.expect_calm(10_000)
    before = publishing_seconds(shop, first=11_000, seconds=3)
    seconds_until(lambda: shop.waiting() == 0, at_most=60)
    broker.freeze()
    silent = publishing_seconds(shop, first=12_000, seconds=5)
    broker.thaw()
    broker.kill()
    absent = publishing_seconds(shop, first=13_000, seconds=5)
    assert shop.waiting() > 0
    broker.start()
    drained = seconds_until(lambda: shop.waiting() == 0, at_most=120)
    after = publishing_seconds(shop, first=14_000, seconds=3)
    calm = max(before, after, key=median)  # the machine may be busier than at the beginning
    for faulty in (silent, absent):
        # one word to the broker would cost two seconds; the median does not mind a busy machine
        assert median(faulty) <= median(calm) + 0.020
        assert max(faulty) < 2
    for first, published in ((11_000, before), (12_000, silent), (13_000, absent)):
        assert shop.effects(first, first + 999) == [first + number for number in range(len(published))]
    measured("drained", drained)
    measured("p95 calm, silent, absent", [round(p95(times), 4) for times in (calm, silent, absent)])


def publishing_seconds(shop: Shop, *, first: int, seconds: float) -> list[float]:
    """How long each of a steady stream of publications took."""
    took: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        shop.publish(Counted(first + len(took)))
        took.append(time.monotonic() - start)
        time.sleep(0.2)
    return took


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def test_f6_everything_said_three_times_in_any_order_has_one_effect(shop: Shop, broker: Broker) -> None:
    shop.expect_calm(20_000)
    assert shop.beat is not None
    kill_group(shop.beat)  # nobody else rings, once the last of its messages is dealt with
    with redis.Redis.from_url(broker.url) as queues:
        seconds_until(lambda: not queues.llen("schedule") and not queues.hlen("unacked"), at_most=60)
    shop.publish(*[Counted(number) for number in range(20_001, 20_061)])
    with Session(shop.engine) as session, session.begin():
        relay.dispatch(session, handlers_by_event(SUBSCRIPTIONS), at=now())
        bells = relay.take_due(session, task=DELIVER_TASK, at=now()) * 3
    assert len(bells) == 180
    assert shop.effects(20_001, 20_060) == []
    random.Random(6).shuffle(bells)
    assert relay.ring(client(shop), bells)
    seconds_until(lambda: len(shop.effects(20_001, 20_060)) > 10, at_most=60)
    shop.start_beat()  # on a busy machine some bells grow too old: they are rung for once more
    seconds_until(lambda: shop.waiting() == 0, at_most=60)
    with redis.Redis.from_url(broker.url) as queues:
        seconds_until(lambda: queues.llen("deliveries") == 0, at_most=30)
    assert shop.effects(20_001, 20_060) == list(range(20_001, 20_061))
    attempts = "SELECT DISTINCT attempts FROM outbox_deliveries JOIN outbox_events e ON e.id = event_id"
    assert shop.column(f"{attempts} WHERE (payload ->> 'number')::int > 20000") == [1]


def client(shop: Shop) -> Celery:
    """What rings: the shop's settings without its tasks."""
    celery = Celery(set_as_current=False)
    celery.conf.update(celery_settings(Config.from_env(shop.environ)))
    celery.conf.task_routes = {name: {"queue": queue} for name, (_, queue) in TASKS.items()}
    return celery
