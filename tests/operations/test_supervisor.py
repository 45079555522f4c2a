"""Tests of the supervisor: it restarts what dies and leaves nothing behind, however it ends itself."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from operations.errors import OperationsError
from operations.processes import Process, Program
from operations.readiness import wrote
from operations.supervisor import Supervisor
from tests.servers import PROJECT

pytestmark = pytest.mark.processes


class Sleepers:
    """The supervising process, and the lines it prints."""

    def __init__(self, folder: Path, *scripts: str) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "tests.operations.sleepers", str(folder), *scripts]
        self.popen = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)

    def await_line(self, words: str) -> str:
        assert self.popen.stdout is not None
        return next(line for line in self.popen.stdout if words in line)

    def awake(self, name: str, *, after: int = 0) -> psutil.Process:
        """The process other than `after` that wrote the last whole "awake" line: the program or its child."""
        log = self._folder / f"{name}.log"
        deadline = time.monotonic() + 60
        while (pid := _last_awake(log)) in {None, after}:
            assert time.monotonic() < deadline, "it was not started again"
            time.sleep(0.05)
        return psutil.Process(pid)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Sleepers]:
    """A supervisor over two programs."""
    sleepers = Sleepers(tmp_path, "sleep", "sleep")
    sleepers.await_line("all ready")
    yield sleepers
    sleepers.popen.kill()
    sleepers.popen.communicate()


def _has_ended(process: psutil.Process) -> bool:
    """Whether it ends within a minute; nobody need have asked how, for it has lost its parent."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


class TestSupervisor:
    def test_restarts_what_is_killed_and_leaves_the_other_alone(self, two: Sleepers) -> None:
        killed, other = two.awake("p0"), two.awake("p1")
        killed.kill()
        assert "was ended by signal 9" in two.await_line("p0 ")
        two.await_line("started again")
        assert two.awake("p0", after=killed.pid).is_running()
        assert two.awake("p1").pid == other.pid

    def test_waits_longer_before_each_further_restart(self, two: Sleepers) -> None:
        process, pauses = two.awake("p0"), []
        for _ in range(2):
            process.kill()
            line = two.await_line("starts again in")
            pauses.append(float(line.split("again in ")[1].split()[0]))
            process = two.awake("p0", after=process.pid)
        assert pauses == [0.5, 1.0]

    def test_ends_everything_on_sigterm(self, two: Sleepers) -> None:
        running = [two.awake("p0"), two.awake("p1")]
        two.popen.terminate()
        assert two.popen.wait(timeout=60) == 0
        assert [process.is_running() for process in running] == [False, False]

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
    def test_leaves_nothing_when_it_is_killed(self, two: Sleepers) -> None:
        running = [two.awake("p0"), two.awake("p1")]
        two.popen.kill()
        assert psutil.wait_procs(running, timeout=60)[1] == []

    def test_kills_what_does_not_stop_with_its_children(self, tmp_path: Path) -> None:
        deaf = Sleepers(tmp_path, "deaf")
        deaf.await_line("all ready")
        child = deaf.awake("p0")
        deaf.popen.terminate()
        assert deaf.popen.wait(timeout=60) == 0
        assert _has_ended(child)
        deaf.popen.communicate()

    def test_a_start_that_fails_shows_the_last_lines_of_the_log(self, tmp_path: Path) -> None:
        script = "import sys; sys.exit('the disk is full')"
        process = _process(tmp_path, script)
        supervisor = Supervisor(lambda _: None)
        supervisor.start([(process, wrote("never"))])
        with pytest.raises(OperationsError, match=r"(?s)^broken ended with code 1 .*\nthe disk is full$"):
            supervisor.await_ready()

    def test_a_start_that_takes_too_long_names_what_is_missing(self, tmp_path: Path) -> None:
        process = _process(tmp_path, "import time; time.sleep(60)")
        supervisor = Supervisor(lambda _: None)
        supervisor.start([(process, wrote("never"))])
        with pytest.raises(OperationsError, match="Not ready within 0 s: broken"):
            supervisor.await_ready(seconds=0.3)
        supervisor.stop()
        assert not process.running()


def _last_awake(log: Path) -> int | None:
    """The number on the last line that is written to its end: a reader may come between word and number."""
    pids = re.findall(r"^awake (\d+)\n", log.read_text(), re.MULTILINE)
    return int(pids[-1]) if pids else None


def _process(folder: Path, script: str) -> Process:
    command = (sys.executable, "-c", script)
    return Process(Program("broken", command, os.environ, folder, folder / "broken.log", stop=signal.SIGTERM))
