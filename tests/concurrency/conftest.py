"""A database for each race: here everything is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tests.concurrency.racing import racing_engine

MOST_RACERS = 64


@pytest.fixture
def engine(new_database: Callable[[], str]) -> Iterator[Engine]:
    """An engine with a connection for every racer, on a database that is thrown away."""
    engine = racing_engine(new_database(), racers=MOST_RACERS)
    yield engine
    engine.dispose()
