"""The embedded servers of one folder: PostgreSQL and Valkey, owned by one command and shared with others.

The first command that needs them starts them as its own children and owns them; while it runs, other
commands of the same folder use the same servers, and the owner waits for those before it stops them.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from operations import postgres, valkey
from operations.credentials import load_credentials
from operations.errors import OperationsError
from operations.locks import FolderLock
from operations.ports import steady_port
from operations.processes import Process, RunningServer

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


class EmbeddedServers:
    """PostgreSQL and Valkey with their data, passwords and logs under one folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder.resolve()
        self._durable = durable
        self._owner = FolderLock(self._folder / "servers.owner")
        self._users = FolderLock(self._folder / "servers.users")
        self.processes: list[Process] = []
        """The servers this command started and owns, in the order they were started."""

    # --- whose they are ------------------------------------------------------------------------------

    def own_or_join(self) -> bool:
        """Become the owner if nobody is (True), else join the owner's servers (False).

        Raises OperationsError if an owner that is just stopping does not end.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._owner.try_exclusive():
                return True
            if self._users.try_shared():
                if not self._owner.try_exclusive():
                    return False
                self._users.release()  # the owner ended between the two questions
                return True
            time.sleep(0.05)
        raise OperationsError(f"The servers in {self._folder} do not stop: end {self._owner.holder()}.")

    def own(self) -> None:
        """Become the owner.

        Raises OperationsError naming the command that is.
        """
        if not self._owner.try_exclusive():
            raise OperationsError(
                f"The embedded servers of this folder are used by {self._owner.holder()}: wait for its end."
            )

    def leave(self, *, patience: float = 600.0) -> None:
        """Stop what this command owns, once the commands that joined have ended; otherwise just leave.

        Those commands get `patience` seconds.
        """
        if self.processes:
            self._users.wait_exclusive(patience)
            for process in self.processes:
                process.ask_to_stop()
            deadline = time.monotonic() + _STOP_SECONDS
            for process in self.processes:
                process.finish(deadline)
            self.processes.clear()
        self._owner.release()
        self._users.release()

    # --- the two servers -----------------------------------------------------------------------------

    def start_postgres(self) -> str:
        """Start PostgreSQL as its owner and return the shop's database address.

        Raises OperationsError if it cannot run here.
        """
        data, passwords = self._folder / "postgres", self._passwords()
        _end_left_over(postgres.running_server(data))
        port = steady_port(data)
        process = postgres.postgres_process(
            data, self._log("postgres"), port, passwords, durable=self._durable
        )
        self._start(process)
        postgres.wait_until_ready(port, passwords, process=process, seconds=_START_SECONDS)
        return postgres.database_url(port, passwords)

    def start_valkey(self) -> str:
        """Start Valkey as its owner and return the broker's address.

        Raises OperationsError if it cannot run here.
        """
        data, password = self._folder / "valkey", self._password("VALKEY_PASSWORD")
        _end_left_over(valkey.running_server(data))
        port = steady_port(data)
        process = valkey.valkey_process(data, self._log("valkey"), port, password, durable=self._durable)
        self._start(process)
        valkey.wait_until_ready(port, password, process=process, seconds=_START_SECONDS)
        return valkey.broker_url(port, password)

    def join_postgres(self) -> str:
        """The database address of the server the owner runs, once it answers.

        Raises OperationsError if the owner runs none.
        """
        find = partial(postgres.running_server, self._folder / "postgres")
        server = self._await_server(find, "PostgreSQL", "DATABASE_URL")
        postgres.wait_until_ready(server.port, self._passwords(), process=None, seconds=_START_SECONDS)
        return postgres.database_url(server.port, self._passwords())

    def join_valkey(self) -> str:
        """The broker address of the server the owner runs, once it answers.

        Raises OperationsError if the owner runs none.
        """
        find = partial(valkey.running_server, self._folder / "valkey")
        server = self._await_server(find, "Valkey", "CELERY_BROKER_URL")
        password = self._password("VALKEY_PASSWORD")
        valkey.wait_until_ready(server.port, password, process=None, seconds=_START_SECONDS)
        return valkey.broker_url(server.port, password)

    def _start(self, process: Process) -> None:
        self.processes.append(process)  # first, so that an interrupted start is stopped too
        process.start()

    def _await_server(
        self, find: Callable[[], RunningServer | None], name: str, setting: str
    ) -> RunningServer:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            server = find()
            if server is not None:
                return server
            time.sleep(0.1)
        raise OperationsError(
            f"No embedded {name} is run by {self._owner.holder()}: give this command the same {setting}."
        )

    def _log(self, name: str) -> Path:
        return self._folder / "log" / f"{name}.log"

    def _password(self, name: str) -> str:
        return load_credentials(self._folder / "secrets")[name]

    def _passwords(self) -> postgres.Passwords:
        return postgres.Passwords(
            superuser=self._password("POSTGRES_PASSWORD"), role=self._password("DATABASE_PASSWORD")
        )


@contextmanager
def embedded_servers(folder: Path, *, durable: bool = True) -> Iterator[tuple[str, str, bool]]:
    """Both servers while the block runs: database address, broker address, and whether we own them."""
    servers = EmbeddedServers(folder, durable=durable)
    owner = servers.own_or_join()
    try:
        if owner:
            yield servers.start_postgres(), servers.start_valkey(), True
        else:
            yield servers.join_postgres(), servers.join_valkey(), False
    finally:
        servers.leave()


def _end_left_over(server: RunningServer | None) -> None:
    """End a server whose owner is gone; its data is safe, and the new one will be ours to watch."""
    if server is None:
        return
    try:
        server.process.send_signal(signal.SIGINT)  # both servers take it as an orderly, quick end
        server.process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        server.process.kill()
        server.process.wait(_STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass  # it was ending by itself
