"""One UPT asks another to take pieces of a parcel over: what it asks, and how the other answered."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Upt
from kernel.db import Base, Id, one_of
from orders.models.parcels import Fulfilment
from orders.rules.states import TAKEOVER_STATES


class Takeover(Base):
    """Pieces of one parcel that another UPT is asked for; `pieces` are counts by line position.

    `reason` is why its own UPT does not send them. Once accepted, `taken_by_id` is the parcel they are in
    now; `with_shipping` says that nothing was left of the first one, so that its shipping went along.
    """

    __tablename__ = "takeovers"

    id: Mapped[Id]
    key: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), unique=True)
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"), index=True)
    to_upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    state: Mapped[str]
    pieces: Mapped[dict[str, Any]]
    reason: Mapped[str]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_label: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_label: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("fulfilments.id"), unique=True)
    with_shipping: Mapped[bool] = mapped_column(server_default=text("false"))

    fulfilment: Mapped[Fulfilment] = relationship(lazy="raise", foreign_keys=[fulfilment_id])
    to_upt: Mapped[Upt] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(one_of("state", TAKEOVER_STATES), name="state"),
        CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_label IS NULL)",
            name="decided",
        ),
        CheckConstraint("(state = 'accepted') = (taken_by_id IS NOT NULL)", name="taken_by"),
        Index(
            "uq_takeovers_one_open_per_parcel",
            "fulfilment_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_takeovers_asked", "to_upt_id", "id", postgresql_where=text("state = 'asked'")),
    )
