"""Who wants to be told when a variant that is sold out can be bought again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.models.products import Variant
from inventory.rules import RESTOCK_ENDS
from kernel.db import Base, Id, one_of


class RestockRequest(Base):
    """One person's request about one variant, open until it is `ended_as` something.

    It counts from `confirmed_at` on: at once for a user, for a visitor when they open the link in the mail.
    A user is told under the address they have then, a visitor under `email`.
    """

    __tablename__ = "restock_requests"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    locale: Mapped[str]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint(one_of("ended_as", RESTOCK_ENDS), name="ended_as"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="end_has_a_time"),
        CheckConstraint("ended_as <> 'told' OR confirmed_at IS NOT NULL", name="told_is_confirmed"),
        # one open request of an address about a variant, and who waits for it
        Index(
            "ix_restock_requests_open",
            *("variant_id", "email"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_restock_requests_email", "email", postgresql_where=text("ended_at IS NULL")),
    )
