"""F1, F2, F3: the worker or one of its children dies, is told to stop, or meets work that kills."""

import os
import signal
import time

import pytest

from tests.faults.conftest import Measured, Shop, kill_group, seconds_until, started
from tests.faults.handlers import Counted, Dawdled, Poisoned, Refused

pytestmark = pytest.mark.processes


def test_f1_a_killed_child_costs_seconds_and_the_effect_comes_once(shop: Shop, measured: Measured) -> None:
    started(shop, [Counted(1)])
    assert shop.effects() == [1]
    shop.publish(Dawdled(2, seconds=15))
    seconds_until(lambda: shop.beginnings(2), at_most=10)
    assert shop.effects() == [1]
    os.kill(shop.beginnings(2)[0], signal.SIGKILL)
    took = seconds_until(lambda: shop.effects() == [1, 2], at_most=10)
    assert len(shop.beginnings(2)) == 2
    seconds_until(lambda: shop.waiting() == 0, at_most=5)
    measured("seconds", took)


def test_f1_a_killed_worker_costs_at_most_a_minute_and_the_effect_comes_once(
    shop: Shop, measured: Measured
) -> None:
    started(shop, [Counted(1)])
    worker = shop.processes[0]
    shop.publish(Dawdled(2, seconds=15))
    seconds_until(lambda: shop.beginnings(2), at_most=10)
    kill_group(worker)
    assert shop.effects() == [1]
    shop.start_worker()
    took = seconds_until(lambda: shop.effects() == [1, 2], at_most=60)
    assert len(shop.beginnings(2)) == 2
    measured("seconds", took)


def test_f2_a_worker_told_to_stop_under_load_loses_nothing(shop: Shop, measured: Measured) -> None:
    started(shop, [Counted(0)])
    worker = shop.processes[0]
    shop.publish(*[Counted(number) for number in range(1, 101)], Dawdled(101, seconds=2))
    seconds_until(lambda: shop.beginnings(101) or len(shop.effects()) > 10, at_most=20)
    assert shop.waiting() > 0
    start = time.monotonic()
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(30)
    took = time.monotonic() - start
    assert took <= 30
    shop.start_worker()
    seconds_until(lambda: shop.waiting() == 0, at_most=60)
    assert shop.effects() == list(range(102))
    measured("seconds", took)


def test_f3_poison_is_dead_after_five_attempts_and_the_others_go_on(shop: Shop, measured: Measured) -> None:
    started(shop, [Counted(1)])
    shop.publish(Poisoned(2), Refused(3), *[Counted(number) for number in range(4, 24)])
    took = seconds_until(lambda: len(shop.effects()) == 21, at_most=20)
    seconds_until(lambda: len(shop.beginnings(2)) >= 5, at_most=30)
    seconds_until(
        lambda: shop.column("SELECT handler FROM outbox_deliveries WHERE state = 'dead'").count("kill"),
        at_most=30,
    )
    assert len(shop.beginnings(2)) == 5
    shop.publish(Counted(24))
    seconds_until(lambda: 24 in shop.effects(), at_most=10)
    (attempts,) = shop.column("SELECT attempts FROM outbox_deliveries WHERE handler = 'refuse'")
    assert len(shop.beginnings(3)) <= attempts <= 5
    assert '"alarm": true' in shop.log.read_text()
    measured("seconds", took)
