"""The watchdog: deaf is who hears nothing while messages wait, and nobody else."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest
import redis

from worker.watchdog import PATIENCE, Watchdog


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def broker(valkey_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey_url) as broker:
        broker.delete("deliveries", "mails", "schedule")
        yield broker
        broker.delete("deliveries", "mails", "schedule")


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestIsDeaf:
    def test_who_hears_nothing_while_messages_wait(
        self, broker: redis.Redis, valkey_url: str, clock: Clock
    ) -> None:
        watchdog = Watchdog(valkey_url, clock=clock)
        broker.lpush("schedule", "pulse")
        assert not watchdog.is_deaf()
        clock.seconds = PATIENCE
        assert not watchdog.is_deaf()
        clock.seconds = PATIENCE + 1
        assert watchdog.is_deaf()

    def test_not_who_has_just_heard_one(self, broker: redis.Redis, valkey_url: str, clock: Clock) -> None:
        watchdog = Watchdog(valkey_url, clock=clock)
        broker.lpush("deliveries", "bell")
        clock.seconds = PATIENCE + 1
        watchdog.hear(sender="consumer", request=None)
        assert not watchdog.is_deaf()

    def test_not_while_nothing_waits(self, broker: redis.Redis, valkey_url: str, clock: Clock) -> None:
        watchdog = Watchdog(valkey_url, clock=clock)
        clock.seconds = 10 * PATIENCE
        assert not watchdog.is_deaf()
        broker.lpush("mails", "bell")
        assert not watchdog.is_deaf()

    def test_not_while_the_broker_is_away(self, clock: Clock) -> None:
        watchdog = Watchdog("redis://127.0.0.1:1/0", clock=clock)
        clock.seconds = 10 * PATIENCE
        assert not watchdog.is_deaf()


class TestEndWorker:
    def test_ends_the_process_and_its_children(self) -> None:
        script = (
            "import subprocess, sys\n"
            "from worker.watchdog import end_worker\n"
            "child = subprocess.Popen(['sleep', '60'])\n"
            "print(child.pid, flush=True)\n"
            "end_worker()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as worker:
            assert worker.stdout is not None
            child = int(worker.stdout.readline())
            assert worker.wait(timeout=20) == -signal.SIGKILL
            _gone, alive = psutil.wait_procs(alive_or_dead(child), timeout=10)
            assert alive == []


def alive_or_dead(pid: int) -> list[psutil.Process]:
    """The process if it is still there, were it only waiting to be buried."""
    try:
        process = psutil.Process(pid)
        return [] if process.status() == psutil.STATUS_ZOMBIE else [process]
    except psutil.NoSuchProcess:
        return []
