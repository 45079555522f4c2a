"""What keeps an account its owner's: sessions, links in mails, and the second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import LargeBinary

from accounts.rules import LINK_PURPOSES
from kernel.db import Base, Id, one_of


class UserSession(Base):
    """One device that is signed in. Its cookie carries a key, of which only the SHA-256 is kept.

    `confirmed_at` is when the person last proved who they are; without it the password was right and the
    code of the second factor is still waited for. `device` is words for its owner, "Firefox · Android".
    Until `acts_until` its owner stands in for a UPT of theirs.
    """

    __tablename__ = "user_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    device: Mapped[str] = mapped_column(server_default=text("''"))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    acts_for_upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id", ondelete="SET NULL"))
    acts_until: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("acts_for_upt_id IS NULL OR acts_until IS NOT NULL", name="acts_for_a_while"),
    )


class AccountLink(Base):
    """A link that was, or will be, mailed to `email`; it works once, until `expires_at`.

    Its secret is drawn when the mail is written: till then `token_hash` is empty, and nothing opens it.
    `user_id` is whose account it is about, if there is one; `details` what is done when it is opened,
    or the address that lost the account by it.
    """

    __tablename__ = "account_links"

    id: Mapped[Id]
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    locale: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("purpose", LINK_PURPOSES), name="purpose"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        Index("ix_account_links_email", "email"),
    )


class SecondFactor(Base):
    """The secret a person's authenticator app shares with us, sealed under the key of the installation.

    It counts from `confirmed_at` on. `last_step` is the time step of the last code that was taken: a code
    of that step or of an earlier one is refused.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for the authenticator app once; only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("second_factors.user_id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
