"""A test that boots the whole shop as `make run` does, breaks it, and boots it again."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from operations.ports import steady_port
from tests.servers import PROJECT

LAPAK = PROJECT / ".venv" / "bin" / "lapak"

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent"),
]


class Shop:
    """One `lapak run`, and what it has printed."""

    def __init__(self, folder: Path) -> None:
        self.port = steady_port(folder)
        self._environ = {"PATH": os.defpath, "LAPAK_VAR": str(folder), "PORT": str(self.port)}
        self._began = time.monotonic()
        self.popen = subprocess.Popen(
            [LAPAK, "run"], env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def await_line(self, words: str) -> str:
        """What it prints up to and with the line that holds the words."""
        assert self.popen.stdout is not None
        printed = ""
        for line in self.popen.stdout:
            printed += line
            if words in line:
                return printed
        raise AssertionError(f"it ended without {words!r}, after printing:\n{printed}")

    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._began

    def processes(self) -> list[psutil.Process]:
        """Everything that runs because of it, by name of its command."""
        found: list[psutil.Process] = psutil.Process(self.popen.pid).children(recursive=True)
        return found

    def status(self, path: str, port: int | None = None) -> int:
        """The status of a page of the shop, or of another server."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


def test_the_whole_shop_starts_survives_and_ends(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    try:
        table = shop.await_line("Ctrl-C stops it")
        _check_table(table, shop)
        assert shop.status("/readyz") == 200

        _kill_the_web_server(shop)
        shop.await_line("web        started again")
        _wait_until_ready(shop)

        everything = shop.processes()
        assert len(everything) > 10
        shop.popen.kill()
        assert psutil.wait_procs(everything, timeout=60)[1] == []
    finally:
        shop.popen.kill()
        shop.popen.communicate()

    again = Shop(tmp_path)
    try:
        again.await_line("Ctrl-C stops it")
        assert again.status("/readyz") == 200
        everything = again.processes()
        again.popen.send_signal(signal.SIGTERM)
        assert "Everything has stopped." in again.popen.communicate(timeout=60)[0]
        assert again.popen.returncode == 0
        assert psutil.wait_procs(everything, timeout=60)[1] == []
    finally:
        again.popen.kill()
        again.popen.communicate()


def _check_table(table: str, shop: Shop) -> None:
    """Every row is an address that answers, and somebody can sign in."""
    assert "petugas.garut@lapak.example" in table
    assert re.search(r"each with the password \S{12,}$", table, flags=re.MULTILINE)
    addresses = re.findall(r"^  (\S.*?)  +http://\S+?:(\d+)(\S*)$", table, flags=re.MULTILINE)
    assert [name for name, _, _ in addresses] == ["Shop", "Staff", "Inbox", "Stripe simulator"]
    for name, port, path in addresses:
        assert shop.status(path or "/", int(port)) == 200, name


def _kill_the_web_server(shop: Shop) -> None:
    masters = [process for process in shop.processes() if "operations.development:app" in process.cmdline()]
    masters[0].kill()


def _wait_until_ready(shop: Shop) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if shop.status("/readyz") == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the shop did not come back")
