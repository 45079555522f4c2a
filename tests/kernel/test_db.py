"""The one transaction of a door: committed as a whole, rolled back as a whole, never nested."""

import pytest
from flask import Flask
from sqlalchemy import text

from kernel.db import NestedTransactionError, db, transaction

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
