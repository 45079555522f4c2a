"""One child process: started in its own group and tied to this process's life, logged, and ended whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from operations import tether

_LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start


@dataclass(frozen=True)
class Program:
    """What to run. `user` is the system user to become (only when root), `stop` the signal that ends it."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path
    log: Path
    user: str = ""
    stop: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class RunningServer:
    """A server found running, by whomever it was started, and its port."""

    process: psutil.Process
    port: int


class Process:
    """A program while it runs. On Linux it gets its stop signal too when this process is killed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int | None:
        """The process id, while it has been started."""
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Start the program; call from the main thread, for the tie is to the thread that starts it."""
        program = self.program
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > _LOG_LIMIT:
            program.log.replace(program.log.with_suffix(".old"))
        with program.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", tether.__file__),
                    *(str(os.getpid()), str(int(program.stop)), program.user),
                    *program.command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=program.folder,
                env=dict(program.environ),
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """How it ended (negative: the signal), or None while it runs or was never started."""
        return self._popen.poll() if self._popen else None

    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def ask_to_stop(self) -> None:
        """Send the program's stop signal; `finish` waits for the end."""
        if self._popen is not None and self.running():
            self._popen.send_signal(self.program.stop)

    def finish(self, deadline: float) -> None:
        """Wait until the monotonic moment `deadline`, then kill whatever is left of its group."""
        if self._popen is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(max(0.0, deadline - time.monotonic()))
        self.kill_group()
        self._popen.wait()

    def kill_group(self) -> None:
        """Kill the program and its own children at once, also those it left behind."""
        if self._popen is None:
            return
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        except PermissionError:
            # macOS says so when only a zombie is left in the group.
            self._popen.kill()

    def output(self) -> str:
        """What it has written to its log since its last start."""
        if not self.program.log.exists():
            return ""
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def last_words(self, lines: int = 8) -> str:
        """The end of its output, for an error message."""
        return "\n".join(self.output().strip().splitlines()[-lines:])
