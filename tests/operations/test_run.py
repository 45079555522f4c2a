"""Tests of `lapak run`: what it refuses, and that it brings the whole shop up and down."""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from kernel.config import ConfigError
from operations.errors import OperationsError
from operations.locks import FolderLock
from operations.ports import steady_port
from operations.run import run
from tests.servers import PROJECT

LAPAK = PROJECT / ".venv" / "bin" / "lapak"

pytestmark = pytest.mark.processes


def _refused(folder: Path, **settings: str) -> str:
    """What a start that fails says."""
    with pytest.raises((OperationsError, ConfigError)) as caught:
        run({"PATH": os.defpath, "LAPAK_VAR": str(folder), "PORT": str(steady_port(folder)), **settings})
    return str(caught.value)


class TestRefusals:
    def test_are_one_line_without_a_traceback(self, tmp_path: Path) -> None:
        environ = {"PATH": os.defpath, "LAPAK_VAR": str(tmp_path), "LAPAK_ENV": "production"}
        ended = subprocess.run(
            [LAPAK, "run"], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert (ended.returncode, ended.stdout) == (1, "")
        assert re.fullmatch(r"lapak: DATABASE_URL is not set.*\n", ended.stderr)

    def test_a_second_start_names_the_first(self, tmp_path: Path) -> None:
        lock = FolderLock(tmp_path / "run.lock")
        assert lock.try_exclusive()
        assert f"already running, as process {os.getpid()} " in _refused(tmp_path)
        lock.release()

    def test_servers_another_command_uses_are_not_taken_from_it(self, tmp_path: Path) -> None:
        lock = FolderLock(tmp_path / "servers.owner")
        assert lock.try_exclusive()
        assert f"used by process {os.getpid()} " in _refused(tmp_path)
        lock.release()

    @pytest.mark.parametrize(
        ("offset", "name"), [(0, "the shop"), (10, "the Stripe simulator"), (26, "the inbox's mail server")]
    )
    def test_a_port_in_use_is_named_with_the_way_out(self, tmp_path: Path, offset: int, name: str) -> None:
        port = steady_port(tmp_path)
        with socket.create_server(("127.0.0.1", port + offset)):
            said = _refused(tmp_path, PORT=str(port))
        assert f"Port {port + offset} for {name} is in use" in said
        assert f"PORT={port + 100} make run" in said

    def test_a_port_that_is_no_number_is_named(self, tmp_path: Path) -> None:
        assert "PORT is 'abc'" in _refused(tmp_path, PORT="abc")
