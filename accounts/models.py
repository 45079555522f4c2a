"""Who takes part: Kanwil, UPT, users, their memberships, and the audit log."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import LargeBinary, Text

from accounts.opening_hours import OPENING_HOURS
from accounts.rules import OFFICE_NUMBER, ROLE_SCOPES, UPT_KINDS
from kernel.db import Base, Id


def _one_of(column: str, values: tuple[str, ...] | list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Kanwil(Base):
    """A regional office of Ditjen PAS; it may cover more than one province."""

    __tablename__ = "kanwils"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)


class Upt(Base):
    """One institution (Lapas, Rutan, LPKA, Bapas...). `code` is ours, stable through changes of name.

    `whatsapp` is a number of the office, with the country's 62 in front. `pickup_hours` are written as
    `accounts.opening_hours` reads them, in the zone of the UPT's province. `changed_at` is kept by the
    database.
    """

    __tablename__ = "upts"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    security_class: Mapped[str] = mapped_column(server_default=text("''"))
    kanwil_id: Mapped[int] = mapped_column(ForeignKey("kanwils.id"), index=True)
    province_code: Mapped[str]
    regency_code: Mapped[str]
    province: Mapped[str]
    city: Mapped[str]
    email: Mapped[str | None]
    address: Mapped[str | None]
    about_id: Mapped[str | None]
    about_en: Mapped[str | None]
    whatsapp: Mapped[str | None]
    pickup_hours: Mapped[str | None]
    is_open_for_pickup: Mapped[bool] = mapped_column(server_default=text("false"))
    source_url: Mapped[str] = mapped_column(server_default=text("''"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    kanwil: Mapped[Kanwil] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(_one_of("kind", UPT_KINDS), name="kind"),
        CheckConstraint("province_code ~ '^[0-9]{2}$'", name="province_code"),
        CheckConstraint("regency_code ~ '^[0-9]{2}\\.[0-9]{2}$'", name="regency_code"),
        CheckConstraint("left(regency_code, 2) = province_code", name="regency_in_province"),
        CheckConstraint(f"whatsapp ~ '^{OFFICE_NUMBER}$'", name="whatsapp"),
        CheckConstraint(f"pickup_hours ~ '^{OPENING_HOURS}$'", name="pickup_hours"),
    )


class OldUptSlug(Base):
    """An address a UPT had before; it leads to where the UPT is now, however often it has moved."""

    __tablename__ = "old_upt_slugs"

    slug: Mapped[str] = mapped_column(primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]


class User(Base):
    """A person who can sign in. Changing `session_key` ends every session of theirs."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    session_key: Mapped[str] = mapped_column(default=lambda: secrets.token_urlsafe(24), unique=True)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    memberships: Mapped[list[Membership]] = relationship(lazy="raise", order_by="Membership.id")

    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)


class Membership(Base):
    """A user's role and its scope: one UPT, one Kanwil, or the nation."""

    __tablename__ = "memberships"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    kanwil_id: Mapped[int | None] = mapped_column(ForeignKey("kanwils.id"))

    upt: Mapped[Upt | None] = relationship(lazy="raise")
    kanwil: Mapped[Kanwil | None] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("user_id", "role", "upt_id", "kanwil_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(_one_of("role", list(ROLE_SCOPES)), name="role"),
        CheckConstraint(
            " OR ".join(
                f"(role = '{role}' AND upt_id IS {'NOT NULL' if scope == 'upt' else 'NULL'}"
                f" AND kanwil_id IS {'NOT NULL' if scope == 'kanwil' else 'NULL'})"
                for role, scope in ROLE_SCOPES.items()
            ),
            name="scope_fits_role",
        ),
    )


class AuditEntry(Base):
    """One privileged change, append-only. A trigger fills the hash chain and refuses any later change.

    The hash covers every column: a column added later must be left out of `audit_content` for older rows.
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
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))

    __table_args__ = (
        Index("ix_audit_entries_object", "object_kind", "object_key"),
        Index("ix_audit_entries_upt_id", "upt_id"),
    )


class AuditHead(Base):
    """The one row that holds the last hash of the audit chain; it is locked by each appended entry."""

    __tablename__ = "audit_head"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (CheckConstraint("id", name="only_one"),)
