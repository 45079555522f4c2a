"""The people who can sign in, and what each is a member of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models.offices import Kanwil, Upt
from accounts.rules import LONGEST_HANDOVER, NOTE_KINDS, ROLE_SCOPES, SHUT_OUT_BY, SIGN_IN_OUTCOMES
from kernel.db import Base, Id, one_of


class User(Base):
    """A person who can sign in; whoever has no membership is a customer.

    `verified_at` is when they last showed that the address is theirs, empty for officers the command line
    added. `locale` is the language of mails to them. `shut_out_by` is how high who shut them out stands.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    shut_out_by: Mapped[str | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    locale: Mapped[str] = mapped_column(server_default=text("'id'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    verified_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(lazy="raise", order_by="Membership.id")

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint(one_of("shut_out_by", SHUT_OUT_BY), name="shut_out_by"),
        CheckConstraint("NOT is_active OR shut_out_by IS NULL", name="shut_out"),
    )


class Membership(Base):
    """A user's role and its scope: one UPT, one Kanwil, or the nation; `key` names it in addresses."""

    __tablename__ = "memberships"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(default=uuid4, unique=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    kanwil_id: Mapped[int | None] = mapped_column(ForeignKey("kanwils.id"))

    user: Mapped[User] = relationship(lazy="raise", viewonly=True)
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


class SignIn(Base):
    """An officer gave the right password: at which device, and whether the code was right as well."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    device: Mapped[str]
    outcome: Mapped[str]

    __table_args__ = (
        CheckConstraint(one_of("outcome", SIGN_IN_OUTCOMES), name="outcome"),
        Index("ix_sign_ins_user_id", "user_id", "at"),
        Index("ix_sign_ins_at", "at"),
    )


class Handover(Base):
    """What the people of an office are told, until one of them has seen to it: see NOTE_KINDS.

    `about` is the name of who left, empty for a message. Without a UPT and a Kanwil it is for the nation.
    """

    __tablename__ = "handovers"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"), index=True)
    kanwil_id: Mapped[int | None] = mapped_column(ForeignKey("kanwils.id"), index=True)
    kind: Mapped[str] = mapped_column(server_default=text("'handover'"))
    about: Mapped[str]
    body: Mapped[str]
    written_by: Mapped[str]
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", NOTE_KINDS), name="kind"),
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_HANDOVER}", name="length"),
        CheckConstraint("upt_id IS NULL OR kanwil_id IS NULL", name="one_office"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
    )
