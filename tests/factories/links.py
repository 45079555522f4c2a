"""The mails of accounts, written as the worker would, and the links in them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from accounts.events import AccountChanged, AccountTakenBack, LinkAsked
from kernel.clock import now
from kernel.db import transaction
from kernel.mail import Mail
from kernel.outbox import OutboxEvent, restore
from worker.notifications.accounts import mail_changed, mail_link, mail_link_notice, mail_taken_back


def write_mails(app: Flask) -> list[Mail]:
    """Have every event of accounts that waits handled; gives all mails so far, the oldest first."""
    with app.app_context(), transaction() as session:
        waiting = select(OutboxEvent).where(OutboxEvent.dispatched_at.is_(None)).order_by(OutboxEvent.id)
        for row in session.scalars(waiting).all():
            event = restore(row.name, row.payload)
            match event:
                case LinkAsked():
                    mail_link(session, event, at=now())
                    mail_link_notice(session, event, at=now())
                case AccountChanged():
                    mail_changed(session, event, at=now())
                case AccountTakenBack():
                    mail_taken_back(session, event, at=now())
            row.dispatched_at = now()
        session.flush()
        mails = list(session.scalars(select(Mail).order_by(Mail.id)))
        session.expunge_all()
    return mails


def link_in(mail: Mail) -> str:
    """The path of the link a mail asks to open."""
    found = re.search(r"https?://\S+", mail.body_text)
    assert found is not None
    return urlsplit(found.group()).path


def mailed_link(app: Flask) -> str:
    """The path of the link in the mail that was written last."""
    return link_in(write_mails(app)[-1])
