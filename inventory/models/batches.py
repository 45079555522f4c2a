"""Production batches: what a UPT made in one go, how long it keeps, and where its pieces went."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from kernel.db import Base, Id


class Batch(Base):
    """Pieces of one variant made at one UPT in one go; `key` is that of the form which noted it.

    `passed`, `reworked` (passed after more work) and `failed` are pieces as the quality check found them; the
    first two came onto the shelf, where `remaining` of them still lie. It keeps until `expires_on`, that day
    included. `people` worked `hours` hours on it, all of them together: numbers, never names.

    With a `from_batch_id` it was made at another UPT, and `passed` are the pieces that came from there.
    """

    __tablename__ = "batches"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"))
    code: Mapped[str]
    made_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    passed: Mapped[int]
    reworked: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))
    remaining: Mapped[int]
    people: Mapped[int | None]
    hours: Mapped[int | None]
    from_batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("stock_id", "code"),
        CheckConstraint("code <> ''", name="code"),
        CheckConstraint("passed >= 0 AND reworked >= 0 AND failed >= 0", name="counts"),
        CheckConstraint("passed + reworked + failed > 0", name="has_pieces"),
        CheckConstraint("0 <= remaining AND remaining <= passed + reworked", name="remaining"),
        CheckConstraint("made_on <= expires_on", name="dates"),
        CheckConstraint("people > 0 AND hours > 0", name="work"),
        Index("ix_batches_code", "code"),
        Index("ix_batches_on_the_shelf", "stock_id", postgresql_where=text("remaining > 0")),
        Index("ix_batches_ending", "expires_on", postgresql_where=text("remaining > 0")),
    )


class BatchMove(Base):
    """What one line of the ledger put into a batch or took out of it, immutable; `delta` is in pieces."""

    __tablename__ = "batch_moves"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    ledger_entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entries.id"), index=True)
    delta: Mapped[int]

    __table_args__ = (
        UniqueConstraint("batch_id", "ledger_entry_id"),
        CheckConstraint("delta <> 0", name="delta_moves_something"),
    )
