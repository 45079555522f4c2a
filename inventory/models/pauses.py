"""Pauses: a UPT sells nothing, or one product not, until a day it has told everybody."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from inventory.pausing import LONGEST_PAUSE_TEXT
from kernel.db import Base, Id


class Pause(Base):
    """What a UPT does not sell up to `until`, that day included: one product, or without one everything.

    `text_id` and `text_en` are what customers read (the English may be empty). It is over after its last day,
    or once `ended_at` is set, whichever comes first.
    """

    __tablename__ = "pauses"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    until: Mapped[date] = mapped_column(Date)
    text_id: Mapped[str]
    text_en: Mapped[str] = mapped_column(server_default=text("''"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_label: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            f"length(text_id) BETWEEN 1 AND {LONGEST_PAUSE_TEXT} AND length(text_en) <= {LONGEST_PAUSE_TEXT}",
            name="texts",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_label IS NULL)", name="ended"),
        # one at a time for each thing; the readers of the shop look only among these
        Index(
            "ix_pauses_open",
            "upt_id",
            "product_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
