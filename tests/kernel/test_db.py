"""The one transaction of a door: committed as a whole, rolled back as a whole, never nested."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from kernel.db import (
    NestedTransactionError,
    db,
    engine_options,
    mark_changed,
    on_commit,
    reading_session,
    transaction,
)

_COUNT = text("SELECT count(*) FROM job_runs")
_WRITE = text("INSERT INTO job_runs (job, slot, started_at) VALUES ('test', now(), now())")


def rows(app: Flask) -> int:
    with app.app_context():
        found: int = db.session.execute(_COUNT).scalar_one()
    return found


def write_and_fail() -> None:
    with transaction() as session:
        session.execute(_WRITE)
        _ = 1 // 0


def write_and_nest() -> None:
    with transaction() as session:
        session.execute(_WRITE)
        with transaction():
            pass


class TestTransaction:
    def test_commits_when_the_block_ends(self, app: Flask) -> None:
        with app.app_context(), transaction() as session:
            session.execute(_WRITE)
        assert rows(app) == 1

    def test_rolls_back_when_it_raises(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(ZeroDivisionError):
            write_and_fail()
        assert rows(app) == 0

    def test_a_service_cannot_open_its_own_inside(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(NestedTransactionError):
            write_and_nest()
        assert rows(app) == 0

    def test_after_a_failure_the_next_one_works(self, app: Flask) -> None:
        with app.app_context():
            with pytest.raises(ZeroDivisionError):
                write_and_fail()
            with transaction() as session:
                session.execute(_WRITE)
        assert rows(app) == 1


class TestConnections:
    def test_one_that_the_server_has_closed_is_replaced_unnoticed(self, engine: Engine) -> None:
        pid = text("SELECT pg_backend_pid()")
        ours = create_engine(engine.url, **engine_options(statement_seconds=5))
        with ours.connect() as connection:
            first = connection.execute(pid).scalar_one()
        with ours.connect() as connection:
            assert connection.execute(pid).scalar_one() == first
        with engine.connect() as other:
            assert other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first}).scalar_one()
        with ours.connect() as connection:
            assert connection.execute(pid).scalar_one() != first
        ours.dispose()


class TestReadingSession:
    def test_opens_no_transaction(self, app: Flask) -> None:
        with app.app_context():
            reading_session().execute(_COUNT)
            state = reading_session().execute(text("SELECT now() = statement_timestamp()"))
            assert state.scalar_one() is True
            with transaction() as session:
                session.execute(_COUNT)
                session.execute(text("SELECT pg_sleep(0.001)"))
                assert session.execute(text("SELECT now() = statement_timestamp()")).scalar_one() is False

    def test_a_transaction_after_it_is_a_whole_one(self, app: Flask) -> None:
        with app.app_context():
            reading_session().execute(_COUNT)
            with pytest.raises(ZeroDivisionError):
                write_and_fail()
            assert reading_session().execute(_COUNT).scalar_one() == 0
            with transaction() as session:
                session.execute(_WRITE)
        assert rows(app) == 1

    def test_inside_a_transaction_it_is_that_one(self, app: Flask) -> None:
        def read_write_and_fail() -> None:
            with transaction():
                reading_session().execute(_WRITE)
                _ = 1 // 0

        with app.app_context(), pytest.raises(ZeroDivisionError):
            read_write_and_fail()
        assert rows(app) == 0

    def test_the_next_request_has_transactions_again(self, app: Flask) -> None:
        with app.app_context():
            reading_session().execute(_COUNT)
        with app.app_context():
            db.session.execute(_WRITE)
            db.session.rollback()
        assert rows(app) == 0


class TestMarks:
    @pytest.fixture
    def heard(self, app: Flask) -> Iterator[list[frozenset[str]]]:
        heard: list[frozenset[str]] = []
        on_commit(app, heard.append)
        yield heard
        app.extensions["commit_listeners"].remove(heard.append)

    def test_are_heard_once_after_the_commit(self, app: Flask, heard: list[frozenset[str]]) -> None:
        with app.app_context():
            with transaction() as session:
                for mark in ("bread", "bread", "cake"):
                    mark_changed(session, mark)
                assert heard == []
            assert heard == [{"bread", "cake"}]
            with transaction() as session:
                session.execute(_WRITE)
        assert heard == [{"bread", "cake"}]

    def test_of_a_transaction_rolled_back_are_never_heard(
        self, app: Flask, heard: list[frozenset[str]]
    ) -> None:
        def mark_and_fail() -> None:
            with transaction() as session:
                mark_changed(session, "bread")
                _ = 1 // 0

        with app.app_context():
            with pytest.raises(ZeroDivisionError):
                mark_and_fail()
            with transaction() as session:
                session.execute(_WRITE)
        assert heard == []
