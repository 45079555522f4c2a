"""The audit log: who changed what, in a chain nobody can alter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import LargeBinary, Text

from kernel.db import Base, Id


class AuditEntry(Base):
    """One privileged change, append-only. A trigger fills the hash chain and refuses any later change.

    The hash covers every column: a column added later must be left out of `audit_content` for older rows.
    `actor_upts` are the UPTs the actor worked for at that moment; None of entries before it was noted.
    """

    __tablename__ = "audit_entries"

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    actor_roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    action: Mapped[str]
    object_kind: Mapped[str]
    object_key: Mapped[str]
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    request_id: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    actor_upts: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))

    __table_args__ = (
        Index("ix_audit_entries_object", "object_kind", "object_key"),
        Index("ix_audit_entries_upt_id", "upt_id", "id"),
        Index("ix_audit_entries_hash", "hash", unique=True),
    )


class AuditHead(Base):
    """The one row that holds the last hash of the audit chain; it is locked by each appended entry."""

    __tablename__ = "audit_head"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (CheckConstraint("id", name="only_one"),)
