"""The stage: durable servers, databases, shops as production runs them, and the server of the floor."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from kernel.config import Config
from operations import programs
from operations.embedded import embedded_servers
from operations.environment import complete
from operations.ports import steady_port
from operations.processes import Process
from operations.readiness import answers
from operations.schema import upgrade
from operations.supervisor import Supervisor
from tests.servers import drop_database

_KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT")
_NOBODY = "smtp://127.0.0.1:1"  # mails are the worker's, and it does not run here


@dataclass(frozen=True)
class Shop:
    """A running web server; `start_seconds` is what it took from nothing to its first answer."""

    name: str
    config: Config
    process: Process
    start_seconds: float

    @property
    def workers(self) -> list[psutil.Process]:
        """Its worker processes."""
        return list(psutil.Process(self.process.pid).children())


class Stage:
    """Everything that runs while speed is measured; leaving it stops all of it."""

    def __init__(self, folder: Path, servers: tuple[str, str] | None = None) -> None:
        """Data and logs go to `folder`; `servers` are addresses of a database and a broker that run already.

        The CPU time of those is not counted.
        """
        self._folder = folder
        self._servers = servers
        self._stack = ExitStack()
        self._supervisor = Supervisor(lambda _: None)
        self.server_pids: list[int] = []
        """The processes of PostgreSQL and Valkey, without their children."""

    def __enter__(self) -> Stage:
        """Start the servers; they keep what is written even if the plug is pulled, as in production."""
        if self._servers is None:
            before = psutil.Process().children()
            database, broker, _ = self._stack.enter_context(embedded_servers(self._folder / "servers"))
            self.server_pids = [child.pid for child in psutil.Process().children() if child not in before]
        else:
            database, broker = self._servers
        self._server, self._broker = database, broker
        self._stack.callback(self._supervisor.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def new_database(self, name: str) -> str:
        """An empty, migrated database; one of that name from another day is dropped."""
        url = make_url(self._server).set(database=f"bench_{name}")
        with self._admin() as connection:
            drop_database(connection, f"bench_{name}")
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"bench_{name}")))
        address = url.render_as_string(hide_password=False)
        upgrade(address)
        return address

    def config(self, name: str, database_url: str, number: int) -> tuple[Config, dict[str, str]]:
        """The settings of a shop with its own port and numbered cache, and the environment of them."""
        environ = self._environ(name) | {
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": self._broker,
            "CACHE_URL": f"{self._broker.rpartition('/')[0]}/{number}",
        }
        full = complete(environ, {})
        return Config.from_env(full), full

    def start_shop(self, name: str, config: Config, full: Mapping[str, str]) -> Shop:
        """The web server of a shop, with the very command that `lapak run` uses."""
        return self._serve("tests.bench.shop:app", name, config, full, "/healthz")

    def start_hello(self) -> Shop:
        """The floor under the same server with the same settings."""
        config, full = self.config("hello", self._server, 1)
        return self._serve("tests.bench.hello:app", "hello", config, full, "/")

    def _serve(self, app: str, name: str, config: Config, full: Mapping[str, str], path: str) -> Shop:
        web, _ = programs.shop(config, self._folder / name, full=full)[0]
        command = tuple(app if part.endswith(":app") else part for part in web.program.command)
        process = Process(replace(web.program, name=name, command=command))
        began = time.monotonic()
        self._supervisor.start([(process, answers("127.0.0.1", config.port, path))])
        self._supervisor.await_ready()
        return Shop(name, config, process, time.monotonic() - began)

    def _environ(self, name: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        port = steady_port(self._folder / name)
        return kept | {"LAPAK_VAR": str(self._folder), "MAIL_URL": _NOBODY, "PORT": str(port)}

    def _admin(self) -> psycopg.Connection:
        address = make_url(self._server).set(drivername="postgresql", database="postgres")
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time these processes and all their children, ended ones too, have used so far."""
    total = 0.0
    for pid in pids:
        for process in (root := psutil.Process(pid), *root.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue  # ended since it was listed: its parent has its time
            total += times.user + times.system + times.children_user + times.children_system
    return total
