"""Photographs of products, and the files made of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.rules import PHOTOGRAPH_KINDS, PHOTOGRAPH_STATES
from kernel.db import Base, Id, one_of


class Photograph(Base):
    """A photograph a UPT has sent in for a product it makes; only a published one is public.

    `key` stands in addresses. `original` is the key of the redrawn picture, `content_hash` its SHA-256,
    `width` and `height` its pixels. `state`: its files are being made (`steps_done` of them so far), it
    waits for a reviewer, it is published or refused. Who sent it said that nobody can be recognised on it;
    `reviewed_at` is when an office looked. `focal_x` and `focal_y` are per cent of width and height.
    """

    __tablename__ = "photographs"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    state: Mapped[str] = mapped_column(server_default=text("'making'"))
    position: Mapped[int]
    content_hash: Mapped[str]
    original: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    steps_done: Mapped[int] = mapped_column(server_default=text("0"))
    focal_x: Mapped[int] = mapped_column(server_default=text("50"))
    focal_y: Mapped[int] = mapped_column(server_default=text("50"))
    alt_id: Mapped[str]
    alt_en: Mapped[str] = mapped_column(server_default=text("''"))
    shows_nobody: Mapped[bool]
    uploaded_by_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime]
    reviewed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        UniqueConstraint("product_id", "content_hash"),
        CheckConstraint(one_of("state", PHOTOGRAPH_STATES), name="state"),
        CheckConstraint("focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100", name="focal_point"),
        CheckConstraint("alt_id <> ''", name="alt"),
        CheckConstraint("shows_nobody", name="shows_nobody"),
        CheckConstraint(
            "(state IN ('published', 'refused')) = (reviewed_at IS NOT NULL)"
            " AND (reviewed_at IS NULL) = (reviewed_by_user_id IS NULL)",
            name="reviewed_by_somebody",
        ),
        CheckConstraint("(state = 'refused') = (refusal <> '')", name="refused_for_a_reason"),
        Index("ix_photographs_product_id_position", "product_id", "position"),
        Index("ix_photographs_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )


class PhotographFile(Base):
    """One file of a photograph: `width` pixels wide, of a `kind`, under `key` in the file store."""

    __tablename__ = "photograph_files"

    photograph_id: Mapped[int] = mapped_column(
        ForeignKey("photographs.id", ondelete="CASCADE"), primary_key=True
    )
    width: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    bytes: Mapped[int]

    __table_args__ = (CheckConstraint(one_of("kind", PHOTOGRAPH_KINDS), name="kind"),)
