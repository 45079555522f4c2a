"""Stock-takes: sheets on which an officer counts shelves, and what each counted line came to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.counting import COUNT_REFUSALS, COUNT_STATES
from kernel.db import Base, Id, one_of


class StockCount(Base):
    """One sheet of one UPT; `key` is that of the form which opened it, `words` what it was narrowed to."""

    __tablename__ = "stock_counts"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"))
    words: Mapped[str]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_stock_counts_upt_id_opened_at", "upt_id", "opened_at"),)


class CountLine(Base):
    """One shelf on a sheet. `expected` pieces lay there when it was looked at, `counted` were found.

    `mark` is the newest line of the shelf's ledger at that moment (0: none lately): a newer one means that
    the shelf has moved. `look` grows with every change, so that a number typed on an older page is not taken.
    `refusal` is why the last attempt changed nothing.
    """

    __tablename__ = "count_lines"

    id: Mapped[Id]
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_counts.id"))
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    expected: Mapped[int]
    mark: Mapped[int] = mapped_column(BigInteger)
    look: Mapped[int] = mapped_column(server_default=text("1"))
    seen_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")
    refusal: Mapped[str | None]
    counted: Mapped[int | None]
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    noted_label: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_label: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("count_id", "variant_id"),
        UniqueConstraint("count_id", "position"),
        CheckConstraint(one_of("state", COUNT_STATES), name="state"),
        CheckConstraint(one_of("refusal", COUNT_REFUSALS), name="refusal"),
        CheckConstraint("counted >= 0 AND expected >= 0", name="pieces"),
        CheckConstraint("(state = 'open') = (counted IS NULL)", name="counted"),
        CheckConstraint("(noted_label IS NULL) = (counted IS NULL)", name="noted"),
        CheckConstraint(
            "(decided_at IS NULL) = (state IN ('open', 'counted', 'waiting'))"
            " AND (decided_at IS NULL) = (decided_label IS NULL)",
            name="decided",
        ),
        Index("ix_count_lines_waiting", "count_id", postgresql_where=text("state = 'waiting'")),
    )
