"""The servers every test run shares: one PostgreSQL, one Valkey, and databases copied from a template.

With DATABASE_URL (a role that may create databases, and roles unless lapak_staff is there) or
CELERY_BROKER_URL in the environment those servers are used; otherwise the embedded ones run under var/test
while the tests do, and their data folder is kept so that the next run starts at once. Fixtures:
`postgres_url`, `valkey_url` (one per run, or per worker of a run) and `new_database`.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from operations.embedded import EmbeddedServers
from operations.schema import upgrade

PROJECT = Path(__file__).resolve().parent.parent
TEST_FOLDER = PROJECT / "var" / "test"

_TEMPLATE = "lapak_template_"
_COPY = "lapak_test_"
_RUNS = 50  # side by side, hardly ever more than two
_NUMBERED = 250  # databases of a Valkey that are used here; it has 256
_LOCK = 4_203_517  # advisory: one run at a time looks after the template


@pytest.fixture(scope="session")
def _servers(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Addresses of the two servers, PostgreSQL's as a role that may create databases."""
    given: tuple[str, str] | None = getattr(request.config, "workerinput", {}).get("servers")
    if given is not None:  # by the process that hands out the tests
        yield given
        return
    with shared_servers() as servers:
        yield servers


@contextmanager
def shared_servers() -> Iterator[tuple[str, str]]:
    """Both servers while the block runs; the broker's address is of a database of this run's own."""
    database, broker = os.environ.get("DATABASE_URL"), os.environ.get("CELERY_BROKER_URL")
    if database and broker:
        yield _with_driver(database), broker
        return
    servers = EmbeddedServers(TEST_FOLDER, durable=False)
    owner = servers.own_or_join()
    try:
        if not database:
            database = servers.start_postgres() if owner else servers.join_postgres()
        if not broker:
            broker = servers.start_valkey() if owner else servers.join_valkey()
            # Runs side by side do not see each other's queues, nor do the workers of a run.
            broker = broker_beside(broker, os.getpid() % _RUNS * (_NUMBERED // _RUNS))
        yield _with_driver(database), broker
    finally:
        servers.leave()


def broker_beside(broker: str, number: int) -> str:
    """The address of the numbered database that comes so many after the broker's."""
    parts = urlsplit(broker)
    first = int(parts.path.strip("/") or 0)
    return parts._replace(path=f"/{(first + number) % _NUMBERED}").geturl()


@pytest.fixture(scope="session")
def postgres_url(_servers: tuple[str, str]) -> Iterator[str]:
    """The SQLAlchemy address of this run's own migrated, empty database."""
    with database_copy(_servers[0], "session") as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url(_servers: tuple[str, str]) -> str:
    """The address of this run's own Valkey database."""
    return _servers[1]


@pytest.fixture
def new_database(_servers: tuple[str, str]) -> Iterator[Callable[[], str]]:
    """Makes further migrated, empty databases (50 ms each), dropped after the test: for tests that commit."""
    made: list[str] = []

    def make() -> str:
        made.append(_create_copy(_servers[0], str(len(made))))
        return made[-1]

    yield make
    for url in made:
        _drop(_servers[0], url)


@contextmanager
def database_copy(server: str, name: str) -> Iterator[str]:
    """A migrated, empty database of this process while the block runs."""
    url = _create_copy(server, name)
    try:
        yield url
    finally:
        _drop(server, url)


def _create_copy(server: str, name: str) -> str:
    database = f"{_COPY}{os.getpid()}_{name}"
    with _connect(server) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        template = _ensure_template(connection, server)
        names = (sql.Identifier(database), sql.Identifier(template))
        drop_database(connection, database)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return _with_database(server, database)


def _ensure_template(connection: psycopg.Connection, server: str) -> str:
    """The migrated database for the migrations as they are now; those of other days are dropped."""
    versions = sorted((PROJECT / "migrations").rglob("*.py"))
    digest = hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in versions))
    template = f"{_TEMPLATE}{digest.hexdigest()[:12]}"
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'lapak\\_te%'").fetchall()
    existing = {row[0] for row in rows}
    for database in existing - {template}:
        if database.startswith(_TEMPLATE) or not _run_is_alive(database):
            drop_database(connection, database)
    if template in existing:
        return template
    draft = f"{_COPY}{os.getpid()}_draft"
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    upgrade(_with_database(server, draft))
    names = (sql.Identifier(draft), sql.Identifier(template))
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
    return template


def _run_is_alive(database: str) -> bool:
    """Whether the test run that made this copy may still use it; its process id is in the name."""
    return bool(psutil.pid_exists(int(database.removeprefix(_COPY).partition("_")[0])))


def _drop(server: str, url: str) -> None:
    database = make_url(url).database
    assert database is not None
    with _connect(server) as connection:
        drop_database(connection, database)


def drop_database(connection: psycopg.Connection, database: str) -> None:
    """Drop a database with whoever of ours is connected to it.

    WITH (FORCE) would be refused while autovacuum is at work there, which only a superuser may end; a plain
    DROP sends autovacuum away itself and waits until everybody has left.
    """
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = user"
    connection.execute(ours, [database])
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))


def _connect(server: str) -> psycopg.Connection:
    """An autocommit connection to the server's maintenance database."""
    url = make_url(_with_database(server, "postgres")).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _with_driver(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _with_database(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)
