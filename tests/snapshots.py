"""Everything that is stored, to show that a refusal changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import Base, db
from kernel.errors import DomainError


def snapshot(session: Session) -> dict[str, list[Any]]:
    """Every row of every table, by the table's name."""
    session.flush()
    return {
        table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


def snapshot_of(app: Flask) -> dict[str, list[Any]]:
    """The same of the database of an app."""
    with app.app_context():
        return snapshot(db.session())


def refused(session: Session, error: type[DomainError], step: Callable[[], object]) -> None:
    """The step is refused before it changed anything, even what its transaction would undo."""
    before = snapshot(session)
    with pytest.raises(error):
        step()
    assert snapshot(session) == before
