"""Everything that is stored, to show that a refusal changed nothing."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import Base, db


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
