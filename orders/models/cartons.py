"""Boxes of one parcel besides its first, when it does not fit into one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import Base, Id

_BARE_NUMBER = text("replace(tracking_number, '-', '')")


class Carton(Base):
    """The second box of a parcel, or a later one: `position` counts them, and the parcel itself is the first.

    What lies in none of these lies in the first, whose courier and tracking number are the parcel's.
    `shipped_courier`, `tracking_number` and `shipped_at` come together, when the courier has the carton.
    """

    __tablename__ = "cartons"

    id: Mapped[Id]
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"))
    position: Mapped[int]
    shipped_courier: Mapped[str | None]
    tracking_number: Mapped[str | None]
    shipped_at: Mapped[datetime | None]

    lines: Mapped[list[CartonLine]] = relationship(lazy="raise", passive_deletes=True)

    __table_args__ = (
        UniqueConstraint("fulfilment_id", "position"),
        CheckConstraint("position > 1", name="position"),
        CheckConstraint(
            "num_nonnulls(shipped_courier, tracking_number, shipped_at) IN (0, 3)", name="shipped"
        ),
        Index(
            "uq_cartons_tracking_number",
            _BARE_NUMBER,
            "shipped_courier",
            unique=True,
            postgresql_where=text("tracking_number <> ''"),
        ),
    )


class CartonLine(Base):
    """How many pieces of a parcel's line lie in a carton."""

    __tablename__ = "carton_lines"

    carton_id: Mapped[int] = mapped_column(
        ForeignKey("cartons.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    fulfilment_line_id: Mapped[int] = mapped_column(
        ForeignKey("fulfilment_lines.id"), primary_key=True, autoincrement=False, index=True
    )
    pieces: Mapped[int]

    __table_args__ = (CheckConstraint("pieces > 0", name="pieces"),)
