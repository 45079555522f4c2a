"""A broker of the tests' own to be killed, a database per test, and worker and beat as processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from kernel.outbox import Event, publish
from operations import valkey
from operations.processes import Process
from tests.faults.handlers import TABLES
from tests.sandbox_client import free_port

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "broker-of-the-fault-tests"


@dataclass
class Broker:
    """One Valkey server: killed, wiped, frozen and started again on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        return valkey.broker_url(self.port, PASSWORD)

    def start(self) -> None:
        self.process = valkey.valkey_process(
            self.folder, self.folder / "valkey.log", self.port, PASSWORD, durable=False
        )
        self.process.start()
        valkey.wait_until_ready(self.port, PASSWORD, process=self.process, seconds=20)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill_group()
        self.process.finish(time.monotonic() + 5)

    def freeze(self) -> None:
        """Connections are still taken by the kernel, but nobody ever answers."""
        self._server().suspend()

    def thaw(self) -> None:
        self._server().resume()

    def _server(self) -> psutil.Process:
        assert self.process is not None
        return psutil.Process(self.process.pid)


@dataclass
class Shop:
    """A database with a worker and a beat on it."""

    engine: Engine
    environ: dict[str, str]
    app: str = "tests.faults.worker_app:celery"
    log: Path = field(default_factory=Path)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start_worker(self, *options: str) -> "subprocess.Popen[bytes]":
        """A worker with two children; returns at once."""
        return self._celery(
            "worker",
            "--concurrency=2",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            *options,
        )

    def start_beat(self) -> "subprocess.Popen[bytes]":
        return self._celery("beat", "--pidfile=")

    def publish(self, *events: Event) -> None:
        """As a web request does: rows in one transaction, no word to the broker."""
        with Session(self.engine) as session, session.begin():
            for event in events:
                publish(session, event)

    def column(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).scalars())

    def effects(self) -> list[int]:
        """The numbers of the events that had their effect, each as often as it had it."""
        return self.column("SELECT number FROM effects ORDER BY number")

    def beginnings(self, number: int) -> list[int]:
        """The processes that began to work on an event."""
        return self.column("SELECT pid FROM beginnings WHERE number = :number ORDER BY at", number=number)

    def waiting(self) -> int:
        """Events and deliveries that are not settled."""
        return int(
            self.column(
                "SELECT (SELECT count(*) FROM outbox_events WHERE dispatched_at IS NULL)"
                " + (SELECT count(*) FROM outbox_deliveries WHERE state = 'pending')"
            )[0]
        )

    def stop(self) -> None:
        for process in self.processes:
            kill_group(process)

    def _celery(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", self.app, *arguments],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """kill -9 a process and all its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def seconds_until(done: Callable[[], object], *, at_most: float) -> float:
    """How long it took until `done()`; fails when that is more than `at_most` seconds."""
    start = time.monotonic()
    while not done():
        took = time.monotonic() - start
        assert took < at_most, f"not within {at_most:g} s"
        time.sleep(0.05)
    return time.monotonic() - start


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def broker(_broker: Broker) -> Iterator[Broker]:
    """A broker that runs and is empty."""
    yield _broker
    _broker.kill()
    _broker.start()


@pytest.fixture
def shop(broker: Broker, new_database: Callable[[], str], tmp_path: Path) -> Iterator[Shop]:
    """A shop whose worker and beat are not started yet; all its processes end with the test."""
    url = new_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(TABLES))
    shop = Shop(engine, environ_of(url, broker.url), log=tmp_path / "celery.log")
    yield shop
    shop.stop()
    engine.dispose()


def environ_of(database_url: str, broker_url: str) -> dict[str, str]:
    """The settings of a worker under test."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "LAPAK_ENV": "test",
        "DATABASE_URL": database_url.replace("+psycopg", ""),
        "CELERY_BROKER_URL": broker_url,
        "SECRET_KEY": "a-secret-for-tests-that-is-long-enough",
        "STRIPE_SECRET_KEY": "sk_test_0123456789",
        "STRIPE_WEBHOOK_SECRET": "whsec_0123456789",
        "STRIPE_API_BASE": "http://127.0.0.1:1",
        "MAIL_URL": "smtp://127.0.0.1:1",
        "BASE_URL": "http://localhost",
    }


def started(shop: Shop, events: Sequence[Event]) -> None:
    """Start worker and beat and see that a first event passes: the calm before."""
    shop.start_worker()
    shop.start_beat()
    shop.publish(*events)
    seconds_until(lambda: shop.waiting() == 0, at_most=30)


Measured = Callable[[str, object], None]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Keeps a figure with the test's result: `--junitxml` writes it down."""

    def keep(name: str, value: object) -> None:
        request.node.user_properties.append((name, value))

    return keep
