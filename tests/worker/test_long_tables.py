"""A long table costs the database and the worker's memory hardly more a row than a short one.

`make bench` measures fifty thousand rows against the clock and the memory of the whole process.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from inventory.models import SheetImport, Stock
from kernel.db import db
from tests.bench.tables import Sent, book, read, send
from tests.queries import CountedQueries

PORTION, PORTIONS = 400, 6
"""Rows that are read at once here, and how many times as long the long table is as the short one."""

MOST_STATEMENTS = 4
"""For a further portion: it is begun, looked up, kept and noted."""

MOST_BYTES = 600
"""For a further row, at the most at once: fifty thousand are 30 MB."""


pytestmark = pytest.mark.usefixtures("empty_store")


@dataclass(frozen=True)
class Cost:
    """Statements, and the bytes that were needed at the most."""

    statements: int
    bytes: int


def cost_of(step: Callable[[Sent], None], sent: Sent, count_queries: CountedQueries) -> Cost:
    gc.collect()
    tracemalloc.start()
    try:
        with count_queries(db.engine) as statements:
            step(sent)
        return Cost(len(statements), tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def test_a_further_row_costs_a_part_of_a_statement_and_little_memory(
    app: Flask, count_queries: CountedQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tables._AT_ONCE", PORTION)
    with app.app_context():
        first, short, long = send(3), send(PORTION), send(PORTION * PORTIONS)
        for step in (read, book):
            step(first)  # what a process learns once is not counted
            less, more = (cost_of(step, sent, count_queries) for sent in (short, long))
            assert more.statements - less.statements <= MOST_STATEMENTS * (PORTIONS - 1), step
            assert more.bytes - less.bytes <= MOST_BYTES * PORTION * (PORTIONS - 1), step
        tables = select(SheetImport.state, SheetImport.rows_done).order_by(SheetImport.id)
        booked = [("applied", rows) for rows in (3, PORTION, PORTION * PORTIONS)]
        assert db.session.execute(tables).all() == booked
        assert set(db.session.scalars(select(Stock.on_hand))) == {9}, "a piece of each shelf"
