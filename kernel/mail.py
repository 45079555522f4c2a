"""Mails as rows: queued in the transaction that causes them, sent by the worker, retried, never lost."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy import CheckConstraint, Index, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Id

MOST_ATTEMPTS = 12
PATIENCE = timedelta(hours=24)
"""A mail is given up after so many attempts, but never before so much time has passed."""

_RING_AGAIN = timedelta(seconds=30)
_LEASE = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(minutes=4)
_SMTP_SECONDS = 10


class Mail(Base):
    """One mail to one address. `cause` is unique, so the same news is never queued twice.

    `due_at` is when a sender may be called for it again: calling one moves it a little, a claim beyond
    the lease, a failure by the back-off. `topic` and `subscriber` say of which list it is and for which of
    its readers: such a mail is sent only if the reader still wants it then, and is "dropped" if not. A mail
    with `leaves_no_trace` is deleted once it is settled.
    """

    __tablename__ = "mails"

    id: Mapped[Id]
    cause: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    locale: Mapped[str]
    topic: Mapped[str] = mapped_column(server_default=text("''"))
    subscriber: Mapped[str] = mapped_column(server_default=text("''"))
    leaves_no_trace: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=text("'queued'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'dead', 'dropped')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_a_time"),
        CheckConstraint("(topic = '') = (subscriber = '')", name="a_list_has_a_reader"),
        Index("ix_mails_subscriber", "subscriber", postgresql_where=text("subscriber <> ''")),
        Index("ix_mails_due", "due_at", postgresql_where=text("state = 'queued'")),
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent to whom, rendered in the recipient's language; of a list, if it can be stopped."""

    recipient: str
    subject: str
    text: str
    html: str
    locale: str
    topic: str = ""
    subscriber: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail as plain values, taken by one sender for the length of a lease."""

    id: int
    message_id: str
    letter: Letter
    created_at: datetime
    attempts: int


def queue_mail(
    session: Session, letter: Letter, *, cause: str, at: datetime, leaves_no_trace: bool = False
) -> None:
    """Queue one mail; a second call with the same `cause` does nothing."""
    session.execute(
        insert(Mail)
        .values(
            cause=cause,
            message_id=f"<{cause.replace(':', '.')}@mail.lapak>",
            recipient=letter.recipient,
            subject=letter.subject,
            body_text=letter.text,
            body_html=letter.html,
            locale=letter.locale,
            topic=letter.topic,
            subscriber=letter.subscriber,
            leaves_no_trace=leaves_no_trace,
            due_at=at,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["cause"])
    )


def take_due_mails(session: Session, *, at: datetime, limit: int = 50) -> Sequence[tuple[int, int]]:
    """The id and attempts so far of mails to send now, the longest waiting first.

    A mail is not named again until its sender had time to claim it.
    """
    due = (
        select(Mail.id)
        .where(Mail.state == "queued", Mail.due_at <= at)
        .order_by(Mail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Mail)
        .where(Mail.id.in_(due.scalar_subquery()))
        .values(due_at=at + _RING_AGAIN)
        .returning(Mail.id, Mail.attempts)
    )
    return sorted((row[0], row[1]) for row in rows)


def claim_mail(session: Session, mail_id: int, attempts: int, *, at: datetime) -> ClaimedMail | None:
    """Take a mail that has `attempts` behind it, for the length of the lease.

    None when another sender was faster (the count has moved on) or the mail is settled.
    """
    mail = session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == "queued", Mail.attempts == attempts)
        .values(attempts=Mail.attempts + 1, due_at=at + _LEASE)
        .returning(Mail)
    ).scalar_one_or_none()
    if mail is None:
        return None
    letter = Letter(
        mail.recipient,
        mail.subject,
        mail.body_text,
        mail.body_html,
        mail.locale,
        mail.topic,
        mail.subscriber,
    )
    return ClaimedMail(mail.id, mail.message_id, letter, mail.created_at, mail.attempts)


def list_of(session: Session, mail_id: int) -> tuple[str, str] | None:
    """The topic and subscriber of a mail that waits; None when it must be sent whatever its reader wants."""
    query = select(Mail.topic, Mail.subscriber).where(
        Mail.id == mail_id, Mail.topic != "", Mail.state == "queued"
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def drop_mails(session: Session, *, topic: str, subscriber: str) -> int:
    """Send none of a list's mails that wait for this reader; gives how many these were."""
    dropped = session.execute(
        update(Mail)
        .where(Mail.subscriber == subscriber, Mail.topic == topic, Mail.state == "queued")
        .values(state="dropped", body_text="", body_html="")
        .returning(Mail.id)
    )
    return len(dropped.all())


def mark_sent(session: Session, mail: ClaimedMail, *, at: datetime) -> None:
    """Note that the mail server took it, or forget it if it is to leave no trace."""
    session.execute(update(Mail).where(Mail.id == mail.id).values(state="sent", sent_at=at, last_error=None))
    session.execute(delete(Mail).where(Mail.id == mail.id, Mail.leaves_no_trace))


def mark_failed(session: Session, mail: ClaimedMail, *, error: str, final: bool, at: datetime) -> bool:
    """Note a failure: wait twice as long before each new try, give up when it is final or patience is over.

    Returns whether it was given up.
    """
    wait = min(timedelta(seconds=2 ** min(mail.attempts, 10)), _LONGEST_WAIT)
    is_dead = final or (mail.attempts >= MOST_ATTEMPTS and at - mail.created_at >= PATIENCE)
    session.execute(
        update(Mail)
        .where(Mail.id == mail.id, Mail.state == "queued")
        .values(state="dead" if is_dead else "queued", due_at=at + wait, last_error=error[:500])
    )
    session.execute(delete(Mail).where(Mail.id == mail.id, Mail.leaves_no_trace, Mail.state == "dead"))
    return is_dead


def compose(mail: ClaimedMail, *, sender: str, stop_url: str = "") -> EmailMessage:
    """Build the message; its Message-ID is the row's, the same on every try.

    With `stop_url` the mail program shows a button that stops such mails with one request (RFC 8058).
    Raises ValueError when an address is none.
    """
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = _address(address, name)
    message["To"] = _address(mail.letter.recipient)
    message["Subject"] = mail.letter.subject
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.created_at)
    message["Content-Language"] = mail.letter.locale
    message["Auto-Submitted"] = "auto-generated"
    if stop_url:
        message["List-Unsubscribe"] = f"<{stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.letter.text)
    message.add_alternative(mail.letter.html, subtype="html")
    return message


def _address(text: str, name: str = "") -> Address:
    try:
        return Address(name, addr_spec=text)
    except (HeaderParseError, IndexError) as error:
        # the parser's own stumbling, "@x" and "a@" for two
        raise ValueError("not an address") from error


def send(message: EmailMessage, *, mail_url: str) -> None:
    """Hand a message to the server at `mail_url` (smtp:// or smtps://user:password@host:port).

    Raises smtplib.SMTPException or OSError when it was not taken.
    """
    url = urlsplit(mail_url)
    host, port = url.hostname or "localhost", url.port
    connection: smtplib.SMTP
    if url.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, port or 465, timeout=_SMTP_SECONDS)
    else:
        connection = smtplib.SMTP(host, port or 25, timeout=_SMTP_SECONDS)
    with connection:
        if url.scheme == "smtp+starttls":
            connection.starttls()
        if url.username:
            connection.login(unquote(url.username), unquote(url.password or ""))
        connection.send_message(message)
