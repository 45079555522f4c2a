"""Sending one queued mail: claimed in a transaction, sent outside of any, its fate noted in another."""

from __future__ import annotations

import logging
import smtplib

from sqlalchemy.orm import Session

from accounts.notices import stop_url
from accounts.services.consents import still_wants
from kernel import log
from kernel.clock import now
from kernel.config import Config
from kernel.db import transaction
from kernel.mail import (
    ClaimedMail,
    Letter,
    claim_mail,
    compose,
    drop_mails,
    list_of,
    mark_failed,
    mark_sent,
    send,
)

_logger = logging.getLogger(__name__)


def send_mail(mail_id: int, attempts: int, *, config: Config) -> None:
    """Send a mail that had `attempts` behind it; a second bell for the same attempt does nothing.

    What the server refuses for good is not tried again. When the connection ends before the server's answer,
    it may have taken the mail: the next try carries the same Message-ID. A mail of a list whose reader no
    longer wants it is not sent.
    """
    with transaction() as session:
        mail = claim_mail(session, mail_id, attempts, at=now()) if _is_wanted(session, mail_id) else None
    if mail is None:
        return
    try:
        message = compose(mail, sender=config.mail_from, stop_url=_stop_url(mail.letter, config))
        send(message, mail_url=config.mail_url)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _note_failure(mail, error)
        return
    with transaction() as session:
        mark_sent(session, mail, at=now())


def _is_wanted(session: Session, mail_id: int) -> bool:
    """Ask once more at the last moment; what is not wanted any more is dropped.

    The reader's choices are locked before the mail, as a withdrawal does it: one of the two comes first.
    """
    subscription = list_of(session, mail_id)
    if subscription is None:
        return True
    topic, subscriber = subscription
    if still_wants(session, subscriber, topic):
        return True
    drop_mails(session, topic=topic, subscriber=subscriber)
    return False


def _stop_url(letter: Letter, config: Config) -> str:
    if not letter.topic:
        return ""
    return stop_url(
        config.base_url, letter.topic, letter.subscriber, secret_key=config.secret_key, locale=letter.locale
    )


def is_final(error: Exception) -> bool:
    """Whether trying again is useless: the server refused this mail (5xx), or it cannot be written at all."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(500 <= code < 600 for code, _ in error.recipients.values())
        case smtplib.SMTPAuthenticationError():
            return False  # our settings are wrong, not the mail
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            return 500 <= error.smtp_code < 600
        case _:
            return isinstance(error, ValueError) and not isinstance(error, OSError)


def _note_failure(mail: ClaimedMail, error: Exception) -> None:
    reason = _reason(error)
    outcome = "unknown" if isinstance(error, smtplib.SMTPServerDisconnected) else "failed"
    with transaction() as session:
        is_dead = mark_failed(session, mail, error=reason, final=is_final(error), at=now())
    fields = {"mail_id": mail.id, "attempt": mail.attempts, "outcome": outcome, "error": type(error).__name__}
    if is_dead:
        log.alarm(_logger, "mail given up", **fields)
    else:
        _logger.warning("mail not sent", extra={"fields": fields})


def _reason(error: Exception) -> str:
    """What went wrong, without the recipient's address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = (f"{code} {answer.decode(errors='replace')}" for code, answer in error.recipients.values())
        return f"SMTPRecipientsRefused: {'; '.join(answers)}"
    return f"{type(error).__name__}: {error}"
