"""What a signed-in user changes about their account: the password, the address, the name."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import EmailUnchanged, LinkGone, PasswordUnchanged
from accounts.events import AccountChanged
from accounts.models import User
from accounts.rules import Actor
from accounts.services import audit
from accounts.services.links import ask_link, find_link, use_up, void_links
from accounts.services.passwords import Passwords
from accounts.services.registering import check_name
from accounts.services.sessions import close_sessions
from accounts.services.signing_in import normal_email
from kernel.outbox import publish

_logger = logging.getLogger(__name__)


def change_password(
    session: Session,
    user_id: int,
    password: str,
    *,
    keep: UUID,
    passwords: Passwords,
    actor: Actor,
    at: datetime,
) -> None:
    """Give the user a new password, close their links, and end every session but `keep`, the one they
    are at.

    Raises PasswordUnchanged, PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    if passwords.matches(user.password_hash, password):
        raise PasswordUnchanged
    user.password_hash = passwords.choose(password, about=(user.email, user.name))
    close_sessions(session, user_id, keep=keep)
    void_links(session, user_id, at=at)
    publish(session, AccountChanged(user_id=user_id, what="password"))
    note_change(session, user, "user.change_password", actor=actor, at=at)


def change_name(session: Session, user_id: int, name: str, *, actor: Actor, at: datetime) -> None:
    """Call the user by another name. Raises NameInvalid."""
    user = session.get_one(User, user_id, with_for_update=True)
    user.name = check_name(name)
    note_change(session, user, "user.change_name", actor=actor, at=at)


def ask_new_email(session: Session, user_id: int, email: str, *, locale: str, at: datetime) -> None:
    """Have a link mailed to the new address; the old one stays until it is opened, and is told.

    Nothing tells whether somebody else has the address: then they are told. Raises EmailUnchanged.
    """
    user = session.get_one(User, user_id)
    address = normal_email(email)
    if address == user.email:
        raise EmailUnchanged
    ask_link(session, "change_email", email=address, user_id=user_id, locale=locale, at=at)


def change_email(
    session: Session, user_id: int, token: str, *, keep: UUID, actor: Actor, at: datetime
) -> User:
    """Take the address whose link this is; every session but `keep` ends. Raises LinkGone.

    The link opens for the user who asked only: whoever reads the mail cannot take the account with it. The
    old address is sent a link that takes the account back, in case it was not its owner who moved it.
    """
    link = find_link(session, "change_email", token, at=at, lock=True)
    if link.user_id != user_id or session.scalar(select(User.id).where(User.email == link.email)):
        raise LinkGone
    user = session.get_one(User, user_id, with_for_update=True)
    old = user.email
    user.email, user.verified_at = link.email, at
    try:
        session.flush()
    except IntegrityError as error:
        raise LinkGone from error  # somebody was faster by a moment
    use_up(session, link, at=at)
    close_sessions(session, user_id, keep=keep)
    ask_link(session, "take_back", email=old, user_id=user_id, locale=user.locale, at=at)
    note_change(session, user, "user.change_email", actor=actor, at=at)
    return user


def note_change(session: Session, user: User, action: str, *, actor: Actor, at: datetime) -> None:
    """Write down what an officer changed in the audit log; a customer's changes stay their own matter."""
    _logger.info(action, extra={"fields": {"user_id": user.id}})
    if actor.is_staff:
        audit.record(session, actor, action, "user", user.email, at=at)
