"""A forgotten password: a link to the address sets a new one, and whoever was signed in is out."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import LinkGone
from accounts.events import AccountChanged
from accounts.models import User
from accounts.services.links import ask_link, find_link, void_links
from accounts.services.passwords import Passwords
from accounts.services.sessions import close_sessions
from accounts.services.signing_in import normal_email
from kernel.outbox import publish

_logger = logging.getLogger(__name__)


def ask_reset(session: Session, email: str, *, locale: str, at: datetime) -> None:
    """Have a link to a new password mailed to the address, if an active user has it; else to nobody.

    The same is written down either way: nothing tells which of the two it was.
    """
    address = normal_email(email)
    known = session.scalar(select(User.id).where(User.email == address, User.is_active))
    ask_link(session, "reset", email=address, user_id=known, locale=locale, at=at)


def reset_password(
    session: Session, token: str, password: str, *, passwords: Passwords, at: datetime
) -> User:
    """Set the password of the user whose link this is, end all their sessions and close their links.

    The second factor stays: a mailbox alone does not open an account that has one. Raises LinkGone,
    PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    user = _whose(session, token, at=at)
    user.password_hash = passwords.choose(password, about=(user.email, user.name))
    user.verified_at = at
    void_links(session, user.id, at=at)
    close_sessions(session, user.id)
    publish(session, AccountChanged(user_id=user.id, what="password"))
    _logger.info("password reset", extra={"fields": {"user_id": user.id}})
    return user


def _whose(session: Session, token: str, *, at: datetime) -> User:
    link = find_link(session, "reset", token, at=at, lock=True)
    user = session.get(User, link.user_id, with_for_update=True)
    if user is None or not user.is_active or user.email != link.email:
        raise LinkGone
    return user
