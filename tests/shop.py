"""The whole shop as real processes on free ports, for tests: web, worker and beat, simulator and inbox.

    with running_shop(database_url, broker_url, folder) as shop:
        shop.url, shop.simulator, shop.inbox
        with shop.transaction() as session: ...      # the shop's own database, committed at the end
        shop.violations()                            # {} while every invariant holds

The commands are those of `lapak run`; the database is the caller's, migrated, with goods or without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.config import Config
from operations import programs
from operations.processes import Process
from operations.supervisor import Supervisor
from operations.transactions import one_transaction
from reporting.invariants import violations
from tests.conftest import NO_FILES
from tests.sandbox_client import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    Inbox,
    StripeSimulator,
    free_port,
    running_inbox,
    running_simulator,
)


@dataclass(frozen=True)
class RunningShop:
    """A shop while it runs; `processes` by name: web, worker, beat."""

    config: Config
    engine: Engine
    simulator: StripeSimulator
    inbox: Inbox
    processes: Mapping[str, Process]

    @property
    def url(self) -> str:
        """The shop's address."""
        return self.config.base_url

    def transaction(self) -> AbstractContextManager[Session]:
        """A session of the test's own on the shop's database, as a command of the shop has it."""
        return one_transaction(self.config)

    def violations(self) -> dict[str, list[dict[str, Any]]]:
        """The rows that break an invariant, by its name."""
        with Session(self.engine) as session:
            return violations(session, at=now())


@contextmanager
def running_shop(database_url: str, broker_url: str, folder: Path) -> Iterator[RunningShop]:
    """The shop on this database, stopped at the end of the block; its logs are in `folder`/log."""
    port = free_port()
    supervisor = Supervisor(lambda _: None)
    engine = create_engine(database_url)
    with (
        running_simulator(webhook_url=f"http://127.0.0.1:{port}/webhooks/stripe") as simulator,
        running_inbox() as inbox,
        redis.Redis.from_url(broker_url) as broker,
    ):
        full = environ_of(
            database_url,
            broker_url,
            port=port,
            stripe_api_base=simulator.url,
            mail_url=inbox.smtp_url,
            files_url=str(folder / "files"),
        )
        config = Config.from_env(full)
        broker.flushdb()
        try:
            started = programs.shop(config, folder, full=full)
            supervisor.start(started)
            supervisor.await_ready()
            processes = {process.name: process for process, _ in started}
            yield RunningShop(config, engine, simulator, inbox, processes)
        finally:
            supervisor.stop()
            broker.flushdb()
            engine.dispose()


def environ_of(
    database_url: str,
    broker_url: str,
    *,
    port: int,
    stripe_api_base: str,
    mail_url: str,
    files_url: str = NO_FILES,
) -> dict[str, str]:
    """The settings of a shop under test, as its processes read them."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LAPAK_ENV": "test",
        "DATABASE_URL": database_url.replace("+psycopg", ""),
        "CELERY_BROKER_URL": broker_url,
        "SECRET_KEY": "a-secret-for-tests-that-is-long-enough",
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": stripe_api_base,
        "MAIL_URL": mail_url,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "FILES_URL": files_url,
    }
