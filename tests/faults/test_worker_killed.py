"""F1, F2, F3: the worker or one of its children dies, is told to stop, or meets work that kills."""

import os
import signal
import time

import pytest

from tests.faults.conftest import Measured, Shop, kill_group, seconds_until
from tests.faults.handlers import Counted, Dawdled, Poisoned, Refused

pytestmark = pytest.mark.processes


def test_f1_a_killed_child_costs_seconds_and_the_effect_comes_once(shop: Shop, measured: Measured) -> None:
    shop.expect_calm(100)
    shop.publish(Dawdled(101, seconds=15))
    seconds_until(lambda: shop.beginnings(101), at_most=40)
    assert shop.effects(101) == []
    os.kill(shop.beginnings(101)[0], signal.SIGKILL)
    took = seconds_until(lambda: shop.effects(101) == [101], at_most=10)
    assert len(shop.beginnings(101)) == 2
    measured("effect after", took)


def test_f1_a_killed_worker_costs_at_most_a_minute_and_the_effect_comes_once(
    shop: Shop, measured: Measured
) -> None:
    shop.expect_calm(200)
    shop.publish(Dawdled(201, seconds=15))
    seconds_until(lambda: shop.beginnings(201), at_most=40)
    assert shop.worker is not None
    kill_group(shop.worker)
    assert shop.effects(201) == []
    shop.start_worker()
    took = seconds_until(lambda: shop.effects(201) == [201], at_most=60)
    assert len(shop.beginnings(201)) == 2
    measured("effect after", took)


def test_f2_a_worker_told_to_stop_under_load_loses_nothing(shop: Shop, measured: Measured) -> None:
    shop.expect_calm(300)
    shop.publish(*[Counted(number) for number in range(301, 399)], Dawdled(399, seconds=5))
    seconds_until(lambda: len(shop.effects(301, 399)) > 10, at_most=60)
    assert shop.waiting() > 0
    assert shop.worker is not None
    start = time.monotonic()
    os.kill(shop.worker.pid, signal.SIGTERM)
    shop.worker.wait(30)
    measured("stopped after", time.monotonic() - start)
    shop.start_worker()
    seconds_until(lambda: shop.waiting() == 0, at_most=60)
    assert shop.effects(301, 399) == list(range(301, 400))


def test_f3_poison_is_dead_after_five_attempts_and_the_others_go_on(shop: Shop, measured: Measured) -> None:
    shop.expect_calm(400)
    shop.publish(Poisoned(401), Refused(402), *[Counted(number) for number in range(403, 423)])
    took = seconds_until(lambda: len(shop.effects(403, 422)) == 20, at_most=40)
    dead = "SELECT handler FROM outbox_deliveries WHERE state = 'dead'"
    seconds_until(lambda: "kill" in shop.column(dead), at_most=90)
    assert len(shop.beginnings(401)) == 5
    begun = len(shop.beginnings(402))  # counted first: meanwhile another attempt may begin
    (attempts,) = shop.column("SELECT attempts FROM outbox_deliveries WHERE handler = 'refuse'")
    assert begun <= attempts <= 5
    seconds_until(lambda: '"alarm": true' in shop.log.read_text(), at_most=20)
    shop.expect_calm(423)
    measured("twenty others took", took)
