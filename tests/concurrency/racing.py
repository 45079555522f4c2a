"""Threads that start at one barrier, each with a session of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

Outcome = TypeVar("Outcome")

_LONGEST_WAIT = 60


def racing_engine(url: str, *, racers: int) -> Engine:
    """An engine with a connection for every racer."""
    options = "-c lock_timeout=60s -c timezone=UTC"
    return create_engine(url, pool_size=racers, max_overflow=4, connect_args={"options": options})


def race(engine: Engine, runs: Sequence[Callable[[Session], Outcome]]) -> list[Outcome | Exception]:
    """Run every function in its own thread and transaction, all released at once; gives results or errors."""
    barrier = threading.Barrier(len(runs))

    def start(run: Callable[[Session], Outcome]) -> Outcome | Exception:
        with Session(engine) as session:
            session.execute(text("SELECT 1"))
            session.rollback()
            barrier.wait(_LONGEST_WAIT)
            try:
                with session.begin():
                    return run(session)
            except Exception as error:  # noqa: BLE001  the outcome of a racer is the error it met
                return error

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(start, runs))


def everybody(racers: int) -> Callable[[], object]:
    """Something to call: it returns once so many have called it, so that all have looked when one writes."""
    return threading.Barrier(racers, timeout=_LONGEST_WAIT).wait


def gather_in_database(engine: Engine, racers: int) -> None:
    """The same inside a query: `gather()` returns once so many have called it."""
    with engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE gathered"))
        connection.execute(
            text(
                f"""
                CREATE FUNCTION gather() RETURNS void LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM nextval('gathered');
                    FOR waited IN 1..{_LONGEST_WAIT * 100} LOOP
                        EXIT WHEN (SELECT last_value FROM gathered) >= {racers};
                        PERFORM pg_sleep(0.01);
                    END LOOP;
                END $$
                """
            )
        )


def until_somebody_waits(engine: Engine) -> None:
    """Return once a session of this database waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + _LONGEST_WAIT
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(waiting).scalar_one():
            assert time.monotonic() < deadline, "nobody waits for a lock"
            time.sleep(0.02)


def deadlocks(engine: Engine) -> int:
    """How many deadlocks this database has seen."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        seen: int = connection.execute(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        ).scalar_one()
        return seen
