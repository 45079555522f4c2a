"""The supervisor: starts programs, waits until each is ready, restarts what ends, stops them in order."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from operations.errors import OperationsError
from operations.processes import Process

Ready = Callable[[Process], bool]

_TICK = 0.1  # seconds between two looks
_LONG_LIFE = 60.0  # seconds after which an earlier failure is forgiven
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart
_PATIENCE = (12.0, 4.0)  # seconds that the first and each further stage may take to stop


@dataclass
class _Watched:
    process: Process
    ready: Ready
    started_at: float
    stage: int = 0
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Programs that are kept running, and stopped stage by stage.

    `say` is given one line for the terminal at each start, end and failure.
    """

    def __init__(self, say: Callable[[str], None], *, patience: tuple[float, ...] = _PATIENCE) -> None:
        self._say = say
        self._patience = patience
        self._own: list[_Watched] = []
        self._adopted: list[_Watched] = []

    def start(self, programs: Iterable[tuple[Process, Ready]], *, stage: int = 0) -> None:
        """Start the programs; a later stage is stopped before an earlier one."""
        for process, ready in programs:
            self._own.append(_Watched(process, ready, stage=stage, started_at=time.monotonic()))
            process.start()

    def await_ready(self, *, seconds: float = 60.0) -> None:
        """Wait until everything it started is ready.

        Raises OperationsError when one ends before it is ready or takes too long.
        """
        waiting = list(self._own)
        deadline = time.monotonic() + seconds
        while waiting:
            for watched in waiting:
                _refuse_ended(watched.process)
            waiting = [watched for watched in waiting if not self._is_ready(watched)]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(watched.process.name for watched in waiting)
                raise OperationsError(f"Not ready within {seconds:.0f} s: {names}; see the logs in var/log.")
            time.sleep(_TICK if waiting else 0)

    def adopt(self, processes: Iterable[Process]) -> None:
        """Watch programs that somebody else has started and will stop."""
        now = time.monotonic()
        self._adopted += [_Watched(process, lambda _: True, started_at=now) for process in processes]

    def watch(self) -> None:
        """Restart whatever ends, until a signal's exception comes."""
        while True:
            for watched in (*self._adopted, *self._own):
                self._look_after(watched)
            time.sleep(_TICK)

    def stop(self) -> None:
        """Stop what it started, the last stage first; what does not end in its time is killed."""
        for number, stage in enumerate(sorted({watched.stage for watched in self._own}, reverse=True)):
            processes = [watched.process for watched in self._own if watched.stage == stage]
            for process in processes:
                process.ask_to_stop()
            deadline = time.monotonic() + self._patience[min(number, len(self._patience) - 1)]
            for process in processes:
                process.finish(deadline)
                self._say(f"{process.name:10} stopped")
        self._own.clear()

    def _is_ready(self, watched: _Watched) -> bool:
        if not watched.ready(watched.process):
            return False
        taken = time.monotonic() - watched.started_at
        self._say(f"{watched.process.name:10} ready after {taken:.1f} s")
        return True

    def _look_after(self, watched: _Watched) -> None:
        process, now = watched.process, time.monotonic()
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                watched.restart_at, watched.started_at = None, now
                process.start()
                self._say(f"{process.name:10} started again")
            return
        code = process.exit_code()
        if code is None:
            return
        process.kill_group()  # children it left behind would hold its port
        watched.failures = 1 if now - watched.started_at > _LONG_LIFE else watched.failures + 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (watched.failures - 1))
        watched.restart_at = now + pause
        log = process.program.log
        self._say(f"{process.name:10} {describe_end(code)}; it starts again in {pause:g} s (see {log})")


def describe_end(code: int) -> str:
    """How a program ended, in words."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _refuse_ended(process: Process) -> None:
    code = process.exit_code()
    if code is not None:
        raise OperationsError(
            f"{process.name} {describe_end(code)} before it was ready; "
            f"{process.program.log} ends with:\n{process.last_words()}"
        )
