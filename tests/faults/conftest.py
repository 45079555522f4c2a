"""A broker to be killed, and a database with worker and beat as processes for each file of tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from kernel.outbox import Event, publish
from operations import valkey
from operations.processes import Process
from tests.conftest import NO_FILES
from tests.faults.handlers import TABLES, Counted
from tests.sandbox_client import free_port
from tests.servers import database_copy

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
        valkey.wait_until_ready(self.port, PASSWORD, process=self.process, seconds=60)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill_group()
        self.process.finish(time.monotonic() + 60)

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
    log: Path
    app: str = "tests.faults.worker_app:celery"
    worker: "subprocess.Popen[bytes] | None" = None
    beat: "subprocess.Popen[bytes] | None" = None

    def start_worker(self) -> None:
        """A worker with two children; returns at once."""
        quietly = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        self.worker = self._celery("worker", "--concurrency=2", *quietly)

    def start_beat(self) -> None:
        self.beat = self._celery("beat", "--pidfile=")

    def expect_calm(self, number: int) -> None:
        """See that worker and beat are at work: the event of that number passes."""
        if self.worker is None or self.worker.poll() is not None:
            self.start_worker()
        if self.beat is None or self.beat.poll() is not None:
            self.start_beat()
        self.publish(Counted(number))
        seconds_until(lambda: self.effects(number) == [number], at_most=90)

    def publish(self, *events: Event) -> None:
        """As a web request does: rows in one transaction, no word to the broker."""
        with Session(self.engine) as session, session.begin():
            for event in events:
                publish(session, event)

    def column(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).scalars())

    def effects(self, first: int, last: int | None = None) -> list[int]:
        """The numbers of the events up to `last` that had their effect, each as often as it had it."""
        query = "SELECT number FROM effects WHERE number BETWEEN :first AND :last ORDER BY number"
        return self.column(query, first=first, last=first if last is None else last)

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

    def unsettled(self) -> list[str]:
        """What waits and who is at it, for the eyes of whoever reads a failed test."""
        return [
            *self.column("SELECT e::text FROM outbox_events e WHERE dispatched_at IS NULL LIMIT 20"),
            *self.column("SELECT d::text FROM outbox_deliveries d WHERE state = 'pending' LIMIT 20"),
            *self.column(
                "SELECT concat_ws(' ', pid, state, now() - xact_start, wait_event, query)"
                " FROM pg_stat_activity WHERE datname = current_database()"
            ),
        ]

    def stop(self) -> None:
        for process in (self.worker, self.beat):
            if process is not None:
                kill_group(process)

    def _celery(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", self.app, *arguments],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


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
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The broker of these tests; whoever harms it starts it again."""
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def shop(
    broker: Broker, _servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A shop with a database of its own; what it started ends with the last test of the file."""
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()
    with database_copy(_servers[0], "shop") as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(TABLES))
        folder = tmp_path_factory.mktemp("shop")
        shop = Shop(engine, environ_of(url, broker.url), folder / "celery.log")
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
        "FILES_URL": NO_FILES,
    }


Measured = Callable[[str, object], None]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Keeps a figure with the test's result: `--junitxml` writes it down."""

    def keep(name: str, value: object) -> None:
        request.node.user_properties.append((name, value))

    return keep


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is shown with what its shop still had to do and the last words of worker and beat."""
    report = yield
    shop = getattr(item, "funcargs", {}).get("shop")
    if report.failed and isinstance(shop, Shop):
        report.sections.append(("what waits", "\n".join(shop.unsettled())))
        report.sections.append(("worker and beat", shop.log.read_text(errors="replace")[-20_000:]))
    return report
