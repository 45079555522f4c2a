"""What the kinds of tables that officers send in have in common: how their rows are checked and booked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.table_file import Layout, RowError, TableLine

Check = Callable[[Session, Sequence[TableLine]], Iterable[tuple[TableLine, dict[str, Any]]]]
"""Looks rows up, a portion at a time, and notes what is wrong in them; gives those that would change
something, with the columns of a row of the table that say so.
"""

Wrong = tuple[int, Sequence[RowError]]
"""A row by its line, and why it cannot be booked any more."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A table that is booked: by whom and when, whom to tell how many rows are through, how many at once."""

    import_id: int
    key: UUID
    actor: Actor
    at: datetime
    tell: Callable[[int], None]
    at_once: int


Hold = Callable[[Session, Booking], Sequence[Wrong]]
"""Takes every lock a table needs, in the house's order; gives the rows that cannot be booked any more."""

Book = Callable[[Session, Booking], None]
"""Books every row of a table whose `hold` found none wrong; the entries of the audit log come last."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: its columns, how its rows are looked up for one reading, held and booked."""

    layout: Layout
    begin: Callable[[Actor, datetime], Check]
    hold: Hold
    book: Book


def say_wrong(session: Session, import_id: int, wrong: Sequence[Wrong]) -> None:
    """Note beside rows why they cannot be booked; in one statement, as all their locks are held."""
    rows = [{"line": line, "errors": errors} for line, errors in wrong]
    session.execute(_SAY_WRONG, {"import_id": import_id, "rows": json.dumps(rows)})


_SAY_WRONG = text(
    """
    UPDATE sheet_import_rows r SET errors = wrong.errors
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS wrong (line bigint, errors jsonb)
    WHERE r.import_id = :import_id AND r.line = wrong.line
    """
)

MAKE_SHELVES = text(
    """
    INSERT INTO stocks (variant_id, upt_id)
    SELECT DISTINCT variant_id, upt_id FROM sheet_import_rows WHERE import_id = :import_id
    ORDER BY variant_id, upt_id ON CONFLICT DO NOTHING
    """
)
"""The shelves of a table's rows that were never used are there from now on."""
