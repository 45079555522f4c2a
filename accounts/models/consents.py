"""What a person has agreed to and wants to be told of: consents, choices, and the news that were sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.notices import CHANNELS, CHOSEN_KINDS, PURPOSES
from kernel.db import Base, Id, one_of

CONSENT_CHANNELS = ("account_page", "mail_link", "one_click", "account_closed")


class Consent(Base):
    """A consent given or taken back, append-only: the newest row of a purpose is what holds.

    `wording` is the sentence as it was shown, `text_version` its name. `ip_hash` can be compared with an
    address and not read; it is the one thing that may be emptied.
    """

    __tablename__ = "consents"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str]
    is_given: Mapped[bool]
    text_version: Mapped[str]
    wording: Mapped[str]
    locale: Mapped[str]
    channel: Mapped[str]
    ip_hash: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint(one_of("channel", CONSENT_CHANNELS), name="channel"),
        Index("ix_consents_newest", "user_id", "purpose", "id"),
    )


class NoticeChoice(Base):
    """Whether a person wants a kind of notices by a channel; without a row they do."""

    __tablename__ = "notice_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    is_wanted: Mapped[bool]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", CHOSEN_KINDS), name="kind"),
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
    )


class NoticeKey(Base):
    """The word by which links in mails name their reader; whoever changes or reads choices locks this row."""

    __tablename__ = "notice_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)


class News(Base):
    """A news mail that was sent to those who consented; `digest` is of its texts, so it is sent once."""

    __tablename__ = "news"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(unique=True)
    subject_id: Mapped[str]
    subject_en: Mapped[str]
    body_id: Mapped[str]
    body_en: Mapped[str]
    link_path: Mapped[str] = mapped_column(server_default=text("''"))
    actor_label: Mapped[str]
    at: Mapped[datetime]
