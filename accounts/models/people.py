"""The people who can sign in, and what each is a member of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models.offices import Kanwil, Upt
from accounts.rules import ROLE_SCOPES
from kernel.db import Base, Id, one_of


class User(Base):
    """A person who can sign in; whoever has no membership is a customer.

    `verified_at` is when they last showed that the address is theirs, empty for officers the command line
    added. `locale` is the language of mails to them.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    locale: Mapped[str] = mapped_column(server_default=text("'id'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    verified_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(lazy="raise", order_by="Membership.id")

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
    )


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
        CheckConstraint(one_of("role", ROLE_SCOPES), name="role"),
        CheckConstraint(
            " OR ".join(
                f"(role = '{role}' AND upt_id IS {'NOT NULL' if scope == 'upt' else 'NULL'}"
                f" AND kanwil_id IS {'NOT NULL' if scope == 'kanwil' else 'NULL'})"
                for role, scope in ROLE_SCOPES.items()
            ),
            name="scope_fits_role",
        ),
    )
