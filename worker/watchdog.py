"""A worker that has stopped listening ends itself, so that its supervisor starts another.

Celery's consumer is known to stop for good after a lost broker (celery#8796 and its like); here one run left
the queues undrained for two minutes after the broker was back, for a reason that was not found.
Nothing is lost by ending: unacknowledged messages are handed on, and the outbox rings again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

import redis

from kernel.log import alarm
from worker.settings import DELIVERIES, HARD_LIMIT, MAILS, SCHEDULE

PATIENCE = HARD_LIMIT + 15
"""Seconds without hearing a message while some wait: longer than every child can be busy with one task."""

_LOOK_EVERY = 5.0
_BROKER_SECONDS = 2
_QUEUES = (DELIVERIES, MAILS, SCHEDULE)
_logger = logging.getLogger(__name__)


class Watchdog:
    """Notes when the worker last heard a message, and whether it is deaf to those that wait."""

    def __init__(self, broker_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._broker: redis.Redis = redis.Redis.from_url(
            broker_url, socket_timeout=_BROKER_SECONDS, socket_connect_timeout=_BROKER_SECONDS
        )
        self._clock = clock
        self._heard = clock()

    def hear(self, **_: object) -> None:
        """The worker took a message: connected to Celery's `task_received`."""
        self._heard = self._clock()

    def is_deaf(self) -> bool:
        """Whether messages have waited all the time since the worker last heard one, for PATIENCE seconds."""
        if not self._messages_wait():
            self._heard = self._clock()
        return self._clock() - self._heard > PATIENCE

    def start(self, **_: object) -> None:
        """Look every few seconds from now on: connected to Celery's `worker_ready`."""
        self._heard = self._clock()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _messages_wait(self) -> bool:
        try:
            return any(self._broker.llen(queue) for queue in _QUEUES)
        except redis.RedisError:
            return False  # nobody can be heard through a broker that is away

    def _watch(self) -> None:
        while not self.is_deaf():
            time.sleep(_LOOK_EVERY)
        alarm(_logger, "the worker hears no messages and ends itself", patience_seconds=PATIENCE)
        end_worker()


def end_worker() -> None:
    """End this worker and its children at once; a hung one would not answer anything milder."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
