"""A supervisor over two programs that only sleep, run as a process of its own by the supervisor's tests."""

import os
import signal
import sys
from pathlib import Path

import click

from operations.processes import Process, Program
from operations.readiness import wrote
from operations.supervisor import Supervisor

_SLEEP = "import os, time; print('awake', os.getpid(), flush=True); time.sleep(300)"
# Deaf to SIGTERM, and with a child of its own.
_DEAF = (
    "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    f"subprocess.Popen([sys.executable, '-c', {_SLEEP!r}]); time.sleep(300)"
)


def main(folder: Path, *scripts: str) -> None:
    """Supervise a program for each script until SIGTERM, and say on standard output what happens."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    supervisor = Supervisor(click.echo, patience=(1.0,))
    processes = [
        Process(Program(f"p{n}", (sys.executable, "-c", script), os.environ, folder, folder / f"p{n}.log"))
        for n, script in enumerate({"sleep": _SLEEP, "deaf": _DEAF}[name] for name in scripts)
    ]
    try:
        supervisor.start([(process, wrote("awake")) for process in processes])
        supervisor.await_ready()
        click.echo("all ready")
        supervisor.watch()
    except KeyboardInterrupt:
        supervisor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
