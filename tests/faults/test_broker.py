"""F4, F5, F6: the broker dies, forgets everything, falls silent, or says everything several times."""

import random
import time
from collections.abc import Callable
from statistics import quantiles

import pytest
import redis
from celery import Celery
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.config import Config
from tests.faults.conftest import Broker, Measured, Shop, seconds_until, started
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


@pytest.mark.parametrize("harm", [kill, wipe])
def test_f4_a_broker_that_forgets_loses_nothing(
    shop: Shop, broker: Broker, harm: Callable[[Broker], None], measured: Measured
) -> None:
    started(shop, [Counted(0)])
    assert shop.effects() == [0]
    shop.publish(*[Counted(number) for number in range(1, 121)])
    seconds_until(lambda: len(shop.effects()) > 10, at_most=20)
    assert len(shop.effects()) < 121
    harm(broker)
    shop.publish(Counted(121))
    resumed = seconds_until(lambda: 121 in shop.effects(), at_most=30)
    drained = seconds_until(lambda: shop.waiting() == 0, at_most=60)
    assert shop.effects() == list(range(122))
    measured("resumed", resumed)
    measured("drained", resumed + drained)


def test_f5_a_silent_or_absent_broker_is_not_felt_by_those_who_publish(
    shop: Shop, broker: Broker, measured: Measured
) -> None:
    started(shop, [Counted(0)])
    calm = publishing_seconds(shop, first=1, seconds=3)
    seconds_until(lambda: shop.waiting() == 0, at_most=30)
    broker.freeze()
    silent = publishing_seconds(shop, first=1_000, seconds=15)
    broker.thaw()
    broker.kill()
    absent = publishing_seconds(shop, first=2_000, seconds=15)
    assert shop.waiting() > 0
    for faulty in (silent, absent):
        assert p95(faulty) <= p95(calm) + 0.020
    broker.start()
    drained = seconds_until(lambda: shop.waiting() == 0, at_most=120)
    assert len(shop.effects()) == 1 + len(calm) + len(silent) + len(absent)
    assert len(set(shop.effects())) == len(shop.effects())
    measured("drained", drained)
    measured("p95", [p95(calm), p95(silent), p95(absent)])


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


def test_f6_everything_said_three_times_in_any_order_has_one_effect(shop: Shop) -> None:
    shop.publish(*[Counted(number) for number in range(60)])
    with Session(shop.engine) as session, session.begin():
        relay.dispatch(session, handlers_by_event(SUBSCRIPTIONS), at=now())
        bells = relay.take_due(session, task=DELIVER_TASK, at=now()) * 3
    assert len(bells) == 180
    random.Random(6).shuffle(bells)
    assert relay.ring(client(shop), bells)
    assert shop.effects() == []
    shop.start_worker()
    seconds_until(lambda: shop.waiting() == 0, at_most=30)
    with redis.Redis.from_url(shop.environ["CELERY_BROKER_URL"]) as queues:
        seconds_until(lambda: queues.llen("deliveries") == 0, at_most=30)
    assert shop.effects() == list(range(60))
    assert set(shop.column("SELECT attempts FROM outbox_deliveries")) == {1}


def client(shop: Shop) -> Celery:
    """What rings: the shop's settings without its tasks."""
    celery = Celery(set_as_current=False)
    celery.conf.update(celery_settings(Config.from_env(shop.environ)))
    celery.conf.task_routes = {name: {"queue": queue} for name, (_, queue) in TASKS.items()}
    return celery
