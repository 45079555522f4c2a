"""Events and handlers of the fault tests: they count, dawdle, fail and kill."""

import os
import signal
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import db
from kernel.outbox import Event
from worker.deliveries import Subscription

TABLES = """
CREATE TABLE effects (number bigint, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE beginnings (number bigint, pid bigint, at timestamptz DEFAULT clock_timestamp());
"""
"""What the handlers leave behind; nothing here refuses a second effect."""


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """Its handler leaves one row."""

    number: int


@dataclass(frozen=True, slots=True)
class Dawdled(Event):
    """Its handler leaves one row, after so many seconds when it is tried for the first time."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Poisoned(Event):
    """Its handler kills its own process."""

    number: int


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """Its handler always raises."""

    number: int


def count(session: Session, event: Counted | Dawdled, *, at: datetime) -> None:
    """Leave a row."""
    session.execute(text("INSERT INTO effects (number) VALUES (:number)"), {"number": event.number})


def dawdle(session: Session, event: Dawdled, *, at: datetime) -> None:
    """Leave a row, and wait before the end of the transaction."""
    count(session, event, at=at)
    if begin(event.number) == 1:
        time.sleep(event.seconds)


def kill(session: Session, event: Poisoned, *, at: datetime) -> None:
    """End like a process that ran out of memory."""
    begin(event.number)
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(session: Session, event: Refused, *, at: datetime) -> None:
    """Fail."""
    begin(event.number)
    raise RuntimeError("always")


def begin(number: int) -> int:
    """Note that work on an event began, whatever becomes of it; the how-manieth time it was."""
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO beginnings (number, pid) VALUES (:number, :pid)"),
            {"number": number, "pid": os.getpid()},
        )
        return int(
            connection.execute(
                text("SELECT count(*) FROM beginnings WHERE number = :number"), {"number": number}
            ).scalar_one()
        )


SUBSCRIPTIONS = (
    Subscription(Counted, "count", count),
    Subscription(Dawdled, "dawdle", dawdle),
    Subscription(Poisoned, "kill", kill),
    Subscription(Refused, "refuse", refuse),
)
