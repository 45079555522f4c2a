"""Copies of people's data while they can be fetched, what the law keeps, and when somebody was forgotten."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from kernel.db import Base, Id


class DataExport(Base):
    """A copy of one person's data, made by the worker; `key` is its name in addresses and in the file store.

    It can be fetched from `ready_at` until `expires_at`, by that person alone.
    """

    __tablename__ = "data_exports"

    id: Mapped[Id]
    key: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    size: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(
            "(ready_at IS NULL) = (expires_at IS NULL) AND (ready_at IS NULL) = (size IS NULL)", name="ready"
        ),
        Index(
            "uq_data_exports_one_under_way",
            "user_id",
            unique=True,
            postgresql_where=text("ready_at IS NULL"),
        ),
        Index("ix_data_exports_user_id", "user_id"),
    )


class LegalHold(Base):
    """What tax law makes us keep of somebody who was forgotten; nothing reads it. `data` is the buyer."""

    __tablename__ = "legal_holds"

    id: Mapped[Id]
    kind: Mapped[str]
    reference: Mapped[str]
    data: Mapped[dict[str, Any]]
    held_at: Mapped[datetime]
    keep_until: Mapped[date] = mapped_column(Date, index=True)

    __table_args__ = (CheckConstraint("kind IN ('invoice', 'order')", name="kind"),)


class Erasure(Base):
    """That somebody was forgotten, and when; `email` and `locale` only until the confirmation is written."""

    __tablename__ = "erasures"

    id: Mapped[Id]
    at: Mapped[datetime]
    email: Mapped[str | None]
    locale: Mapped[str]
