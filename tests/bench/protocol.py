"""How the measuring process and those that make load talk: a job as JSON, "ready", "go", an outcome as JSON.

A load process prepares itself before it says "ready", so starting it is not part of what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from operations.schema import PROJECT

_PATIENCE = 120.0  # seconds beyond the job's own that a load process may take


@dataclass
class Outcome:
    """What a load process saw: seconds it took, milliseconds by label, and how many flows failed, and why.

    `cpu_seconds` is what the load process itself used between "go" and its end.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0
    first_failure: str = ""

    def add(self, label: str, seconds: float) -> None:
        """Note one answer."""
        self.milliseconds.setdefault(label, []).append(round(seconds * 1000, 3))

    def fail(self, reason: str) -> None:
        """Note a flow that did not end as it should."""
        self.failures += 1
        self.first_failure = self.first_failure or reason

    def merge(self, other: Outcome) -> None:
        """Take in what another process saw at the same time."""
        self.seconds = max(self.seconds, other.seconds)
        self.cpu_seconds += other.cpu_seconds
        for label, values in other.milliseconds.items():
            self.milliseconds.setdefault(label, []).extend(values)
        self.failures += other.failures
        self.first_failure = self.first_failure or other.first_failure


def serve(prepare: Callable[[dict[str, Any]], Callable[[], Outcome]]) -> None:
    """The load process's side: read the job, prepare, wait for "go", work, tell the outcome."""
    work = prepare(json.loads(sys.stdin.readline()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = time.process_time()
    outcome = work()
    outcome.cpu_seconds = time.process_time() - began
    json.dump(asdict(outcome), sys.stdout)


class LoadProcess:
    """The measuring process's side: one load process, prepared and waiting for `go`."""

    def __init__(self, module: str, job: dict[str, Any]) -> None:
        """Start it. Raises RuntimeError when it cannot prepare; what it says is on standard error."""
        self._seconds = job["seconds"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "ready\n":
            self._process.kill()
            self._process.communicate()
            raise RuntimeError(f"{module} could not prepare its load")

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def outcome(self) -> Outcome:
        """Wait for its end. Raises RuntimeError when it breaks, TimeoutExpired when it does not end."""
        try:
            output, _ = self._process.communicate(timeout=self._seconds + _PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        if self._process.returncode != 0:
            raise RuntimeError(f"the load ended with code {self._process.returncode}")
        return Outcome(**json.loads(output))
