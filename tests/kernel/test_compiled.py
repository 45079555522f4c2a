"""A compiled SELECT answers, fails and is heard of like any other statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Date, bindparam, cast, func, literal, select
from sqlalchemy.exc import DataError, OperationalError

from kernel.compiled import CompiledSelect
from kernel.db import db, reading_session, transaction
from kernel.outbox import OutboxEvent
from tests.queries import CountedQueries

_NAMED = CompiledSelect(
    select(
        (bindparam("number") + literal(7)).label("sum"),
        (bindparam("number") % literal(4)).label("rest"),
        literal("100 %").label("share"),
        bindparam("word").label("word"),
    )
)
_QUOTIENT = CompiledSelect(select((literal(1) / bindparam("number")).label("quotient")))
_DAY = CompiledSelect(select(cast(bindparam("written"), Date).label("day")))
_EVENTS = CompiledSelect(select(func.count(OutboxEvent.id).label("events")))
_BACKENDS = CompiledSelect(select(func.pg_terminate_backend(func.pg_backend_pid()).label("ended")))


def test_gives_named_rows_for_values_by_name(app: Flask) -> None:
    with app.app_context():
        (row,) = _NAMED.rows(reading_session(), {"number": 9, "word": "$1 %s 'x", "unasked": 1})
    assert row._asdict() == {"sum": 16, "rest": 1, "share": "100 %", "word": "$1 %s 'x"}


def test_a_value_that_is_missing_is_not_guessed(app: Flask) -> None:
    with app.app_context(), pytest.raises(KeyError, match="word"):
        _NAMED.rows(reading_session(), {"number": 9})


def test_is_heard_of_as_a_statement(app: Flask, count_queries: CountedQueries) -> None:
    with app.app_context():
        session = reading_session()
        with count_queries(session) as statements:
            _DAY.rows(session, {"written": "2026-01-31"})
    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_sees_what_its_transaction_has_written(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(OutboxEvent(name="test", payload={}))
            seen = _EVENTS.rows(session, {})[0].events
            session.rollback()
        assert (seen, _EVENTS.rows(reading_session(), {})[0].events) == (1, 0)


@pytest.mark.parametrize(
    ("statement", "values"), [(_QUOTIENT, {"number": 0}), (_DAY, {"written": "31 Februari"})]
)
def test_is_refused_as_by_the_session(app: Flask, statement: CompiledSelect, values: dict[str, Any]) -> None:
    with app.app_context():
        with pytest.raises(DataError):
            statement.rows(reading_session(), values)
        assert _DAY.rows(reading_session(), {"written": "2026-01-31"})[0].day == date(2026, 1, 31)


def test_a_lost_connection_is_told_as_such_and_replaced(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(OperationalError):
            _BACKENDS.rows(reading_session(), {})
        db.session.remove()
        assert _EVENTS.rows(reading_session(), {})[0].events == 0
