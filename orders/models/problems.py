"""Problems that customers report about a parcel, what was said and done about them, and their photographs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Id, one_of
from orders.models.pictures import SentPicture, picture_rules
from orders.rules.enquiries import SENDERS
from orders.rules.problems import ENTRY_KINDS, REASONS, STATES


class Problem(Base):
    """One complaint about one parcel; `answer_due_at` (UTC) is until when its UPT has to answer."""

    __tablename__ = "problems"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"), index=True)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    reported_at: Mapped[datetime]
    answer_due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        Index(
            "uq_problems_one_open_per_fulfilment",
            "fulfilment_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_problems_due", "answer_due_at", postgresql_where=text("state = 'open'")),
    )


class ProblemEntry(Base):
    """What the customer or staff wrote or did; `details` hold the refund of one that gave money back.

    `idempotency_key` is the form's: a repeat finds this entry.
    """

    __tablename__ = "problem_entries"

    id: Mapped[Id]
    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    sender: Mapped[str]
    kind: Mapped[str]
    body: Mapped[str] = mapped_column(server_default=text("''"))
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("sender", SENDERS), name="sender"),
        CheckConstraint(one_of("kind", ENTRY_KINDS), name="kind"),
        CheckConstraint("(kind = 'reported') = (sender = 'customer')", name="sender_of_kind"),
        Index("ix_problem_entries_problem_id", "problem_id", "id"),
    )


class ProblemPicture(SentPicture, Base):
    """A photograph of a problem."""

    __tablename__ = "problem_pictures"

    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id"))

    __table_args__ = picture_rules("problem_id")
