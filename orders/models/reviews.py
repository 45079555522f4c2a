"""Reviews of what was bought and delivered, and who was invited to write one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import SmallInteger

from kernel.db import Base, Id, one_of
from orders.models.pictures import SentPicture, picture_rules
from orders.rules.reviews import LONGEST_REVIEW, MOST_STARS, REVIEW_STATES


class Review(Base):
    """What the buyer of an order line says of it; the UPT is the one whose parcel brought it.

    It holds no name: whoever wrote it is the buyer of the order. `key` is the form's it was last written by,
    `version` counts its wordings and what moderators did with it, so that each decides on what they have
    read. `reason` says why it was refused; `answer` is the UPT's, written once and gone with the words it
    answers. `body` is empty once its buyer was forgotten.
    """

    __tablename__ = "reviews"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    stars: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str]
    key: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(server_default=text("''"))
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    answer: Mapped[str] = mapped_column(server_default=text("''"))
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("state", REVIEW_STATES), name="state"),
        CheckConstraint(f"stars BETWEEN 1 AND {MOST_STARS}", name="stars"),
        CheckConstraint(f"char_length(body) <= {LONGEST_REVIEW}", name="body"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decision_has_a_time"),
        CheckConstraint("(state = 'refused') = (reason <> '')", name="refusal_has_a_reason"),
        CheckConstraint("(answer <> '') = (answered_at IS NOT NULL)", name="answer_has_a_time"),
        CheckConstraint(f"char_length(answer) <= {LONGEST_REVIEW}", name="answer"),
        Index(
            "ix_reviews_published",
            "product_id",
            text("decided_at DESC"),
            text("id DESC"),
            postgresql_where=text("state = 'published'"),
        ),
        Index("ix_reviews_state_changed_at", "state", "changed_at"),
    )


class ReviewPicture(SentPicture, Base):
    """A photograph of a review, shown to all while that is published."""

    __tablename__ = "review_pictures"

    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"))

    __table_args__ = picture_rules("review_id")


class ReviewInvitation(Base):
    """An order whose buyer was asked for reviews; its row is why nobody is asked twice."""

    __tablename__ = "review_invitations"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    at: Mapped[datetime]
