"""Fixtures for every room's tests.

`session` is a database session whose changes are rolled back: services never commit, so most tests need no
more. `app` and `client` are the real web app on a database of its own, emptied after each test.
"""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from accounts.web.limits import init_limits, limiter
from kernel.config import Config
from kernel.db import db
from kernel.files import FileStore
from storefront.app import create_app
from tests.audited import _watch, audit_watch
from tests.queries import count_queries
from tests.servers import _servers, database_copy, new_database, postgres_url, valkey_url
from tests.workers import (
    pytest_collection_modifyitems,
    pytest_configure_node,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from worker.models import JobRun
from worker.sweeping import FOLDERS

__all__ = [
    "_servers",
    "_watch",
    "audit_watch",
    "count_queries",
    "new_database",
    "postgres_url",
    "pytest_collection_modifyitems",
    "pytest_configure_node",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_make_scheduler",
    "valkey_url",
]

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
"""The moment most tests take place."""

_KEPT = ("alembic_version", "audit_head")

# Figures taken while a table held one row would plan the next test's thousand by them: none are taken.
_TAKE_NO_FIGURES = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
    END LOOP;
END $$
"""

# Truncating seventy tables writes hundreds of files anew, which took half of a page's test: only what has
# rows is emptied, children first, and by TRUNCATE only where the database refuses to delete.
_EMPTY = f"""
DO $$
DECLARE
    name text;
    has_rows boolean;
    sequence text;
BEGIN
    FOREACH name IN ARRAY ARRAY[{
    ", ".join(
        f"'{table.name}'" for table in reversed(JobRun.metadata.sorted_tables) if table.name not in _KEPT
    )
}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
        CONTINUE WHEN NOT has_rows;
        IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = name::regclass AND tgtype & 11 = 11) THEN
            EXECUTE format('TRUNCATE %I CASCADE', name);
        ELSE
            EXECUTE format('DELETE FROM %I', name);
        END IF;
        FOR sequence IN SELECT pg_get_serial_sequence(quote_ident(name), attname) FROM pg_attribute
                        WHERE attrelid = name::regclass AND attidentity <> '' LOOP
            PERFORM setval(sequence, 1, false);
        END LOOP;
    END LOOP;
    UPDATE audit_head SET hash = sha256('lapak');
END $$
"""

NO_FILES = "/nonexistent/lapak-files"


def make_config(database_url: str, broker_url: str, files_url: str = NO_FILES) -> Config:
    """Settings for a process under test; without `files_url` it can keep no file."""
    return Config(
        environment="test",
        database_url=database_url,
        broker_url=broker_url,
        cache_url=broker_url,
        secret_key="a-secret-for-tests-that-is-long-enough",
        stripe_secret_key="sk_test_0123456789",
        stripe_webhook_secret="whsec_0123456789",
        stripe_api_base="http://127.0.0.1:1",
        mail_url="smtp://127.0.0.1:1",
        base_url="http://localhost",
        files_url=files_url,
    )


def pytest_configure() -> None:
    """A run that is told to stop ends like one that is interrupted: with everything it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    """An engine on the database that `session` rolls back in."""
    engine = create_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session inside a transaction that is rolled back after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture
def at() -> datetime:
    """The moment the test takes place, UTC."""
    return AT


@pytest.fixture(scope="session")
def _app(
    _servers: tuple[str, str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with database_copy(_servers[0], "web") as url:
        app = create_app(make_config(url, valkey_url, str(tmp_path_factory.mktemp("files"))))
        app.testing = True
        with app.app_context():
            db.session.execute(text(_TAKE_NO_FIGURES))
            db.session.commit()
            db.session.remove()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The web app on an empty database; what the test commits is removed afterwards."""
    # Limits are one object for the process: those of an app that another test made count in its Valkey.
    init_limits(_app, _app.extensions["lapak"])
    limiter.reset()
    yield _app
    with _app.app_context():
        db.session.rollback()
        db.session.execute(text(_EMPTY))
        db.session.commit()
        db.session.remove()


@pytest.fixture
def empty_store(app: Flask) -> Iterator[FileStore]:
    """The store of files, with none in it before and after."""
    store: FileStore = app.extensions["files"]
    _forget_files(store)
    yield store
    _forget_files(store)


def _forget_files(store: FileStore) -> None:
    for folder in FOLDERS:
        for file in list(store.list(folder.name)):
            store.delete(file.key)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that sends its forms from our own pages."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client
