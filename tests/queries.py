"""Counting the SQL statements that a piece of code runs: fixture `count_queries`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

CountedQueries = Callable[[Session | Engine], AbstractContextManager[list[str]]]
"""Opens a block; the list it gives holds the text of each statement run in it."""


@pytest.fixture
def count_queries() -> CountedQueries:
    """Count the statements that reach the database of a session or engine.

    What a page of staff says of its reader before anything is read (`kernel.db.read_as`) is not one of them.
    """
    return _counted


@contextmanager
def _counted(source: Session | Engine) -> Iterator[list[str]]:
    engine = source if isinstance(source, Engine) else source.get_bind().engine
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config(")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
