"""What takes long is worked on one at a time, so it is never the whole worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from flask import current_app

from tests.worker.conftest import HandWorker, Rang
from worker.deliveries import ANY_LONG, Subscription, alone
from worker.relay import Broker
from worker.subscriptions import by_handler
from worker.tasks import DELIVER_LONG_TASK, DELIVER_TASK, TASKS

_NO_BROKER = cast(Broker, None)


def test_a_second_long_delivery_waits_and_a_short_one_does_not(
    worker: HandWorker, leaves_a_row: Callable[..., Any]
) -> None:
    long = Subscription(Rang, "leave_row", leaves_a_row, is_long=True)
    worker.subscriptions = [long, replace(long, name="leave_another", is_long=False)]
    current_app.extensions["handlers"] = by_handler(worker.subscriptions)
    current_app.extensions["payments"] = worker.provider
    worker.publish(Rang(1))
    first, second = worker.bells()
    deliver_long, deliver = TASKS[DELIVER_LONG_TASK][0], TASKS[DELIVER_TASK][0]
    with alone(ANY_LONG) as is_alone:
        assert is_alone
        deliver_long(_NO_BROKER, first.row_id, first.attempts)
        assert worker.effects() == 0
        deliver(_NO_BROKER, second.row_id, second.attempts)
        assert worker.effects() == 1
    worker.hurry()
    (again,) = worker.bells()
    assert again == first, "no attempt was counted"
    deliver_long(_NO_BROKER, again.row_id, again.attempts)
    assert worker.effects() == 2
