"""What the tests of the customer pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kernel.db import db
from tests.queries import CountedQueries


@pytest.fixture
def queries(app: Flask, count_queries: CountedQueries) -> Iterator[list[str]]:
    """The statements the app has run since the test began (or cleared the list)."""
    with app.app_context():
        engine = db.engine
    with count_queries(engine) as statements:
        yield statements
