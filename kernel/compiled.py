"""Statements compiled once, for the pages that are asked for all the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_DIALECT: Dialect = psycopg_dialect.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class CompiledSelect:
    """A SELECT of columns that is compiled when it is first asked, and handed to the driver as it is.

    `session.execute` looks for what it has compiled by everything a statement is made of, the driver for the
    places of the parameters, and what comes back is described column by column, anew each time: for the few
    and long statements of a page that takes longer than to send them. What is read comes as the driver gives
    it.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement

    def rows(self, session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
        """Its rows as named tuples, for these values by name; more of them than it asks for do no harm.

        Raises what `session.execute` would. Who listens to an engine before its statements hears of this one.
        """
        sql, names, defaults = self._compiled
        if session.autoflush:
            session.flush()
        connection, given = session.connection(), {**defaults, **values}
        parameters = [given[name] for name in names]
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        cursor = psycopg.RawCursor(driver, row_factory=namedtuple_row)
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, sql, parameters, None, False)
        try:
            return cursor.execute(sql, parameters).fetchall()
        except psycopg.Error as error:
            if driver.closed:
                connection.invalidate(error)
            raise DBAPIError.instance(sql, parameters, error, psycopg.Error) from error

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[str], Mapping[str, Any]]:
        """The text with $1, $2 ..., what stands there by name, and the values the statement brings along."""
        made = self._statement.compile(dialect=_DIALECT)
        assert "__[POSTCOMPILE" not in made.string, "written as = ANY(array), not as IN"
        defaults = {name: bind.value for name, bind in made.binds.items() if not bind.required}
        return made.string, made.positiontup or (), defaults
