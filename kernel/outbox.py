"""The outbox: what happened, written in the same transaction as the change, and who has dealt with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, insert, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Id


class OutboxEvent(Base):
    """One thing that happened. `dispatched_at` is set once a delivery row stands for each handler."""

    __tablename__ = "outbox_events"

    id: Mapped[Id]
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    dispatched_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_events_waiting", "id", postgresql_where=text("dispatched_at IS NULL")),
        Index("ix_outbox_events_name", "name"),
    )


class OutboxDelivery(Base):
    """One handler's duty towards one event; the handler's effect and `done` are one transaction.

    `attempts` is counted before each try in a transaction of its own, so a handler that kills its
    process is counted too. `due_at` is when the sweep may ring again.
    """

    __tablename__ = "outbox_deliveries"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("outbox_events.id"))
    handler: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("event_id", "handler"),
        CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_a_time"),
        Index("ix_outbox_deliveries_due", "due_at", postgresql_where=text("state = 'pending'")),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """The base of every event: a frozen dataclass in the past tense, of ids and plain JSON values only."""

    types: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls) -> None:
        # a dataclass with slots is built twice under the same name: the finished class is the one kept
        Event.types[cls.__name__] = cls


def publish(session: Session, event: Event) -> None:
    """Write `event` down in the caller's transaction; the relay takes it from there."""
    session.execute(_INSERT, {"name": type(event).__name__, "payload": asdict(event)})


def restore(name: str, payload: dict[str, Any]) -> Event:
    """Rebuild the event a row stands for. Raises KeyError for a name no room defines."""
    return Event.types[name](**payload)


# straight into the table: nobody needs the row as an object, nor its id back
_INSERT = insert(OutboxEvent.__table__).inline()  # type: ignore[arg-type]  # a declared class has a Table
