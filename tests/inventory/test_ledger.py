"""The stock ledger and an order's history are kept by the database: rows are added, never changed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from orders.rules.allocation import Wish
from tests.factories.placing import make_placed_order, make_shop


@pytest.mark.parametrize("table", ["ledger_entries", "order_events"])
def test_rows_are_never_changed_or_deleted(session: Session, at: datetime, table: str) -> None:
    shop = make_shop(session, at=at)
    make_placed_order(session, Wish(1, shop.net.id, 6), at=at)
    before = session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
    assert before
    for statement in (f"UPDATE {table} SET actor_label = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
    assert session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() == before
