"""Getting into an account again by a mailed link: with a new password, and at the address it was moved from.

Whoever was signed in is out.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import LinkGone
from accounts.events import AccountChanged, AccountTakenBack
from accounts.models import AccountLink, SecondFactor, User
from accounts.queries import actor_of
from accounts.services.changing import note_change
from accounts.services.links import LIFETIMES, ask_link, find_link, void_links
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
    link = find_link(session, "reset", token, at=at, lock=True)
    user = _owner(session, link)
    if user.email != link.email:
        raise LinkGone
    _open_anew(session, user, password, passwords=passwords, at=at)
    _logger.info("password reset", extra={"fields": {"user_id": user.id}})
    return user


def take_back(session: Session, token: str, password: str, *, passwords: Passwords, at: datetime) -> User:
    """Give an account that was moved to another address back to who has the old one, with a new password.

    A customer's second factor that was set up since, or in the days before, goes with it: it may be the
    stranger's, and would keep the owner out. An older one stays, and so does every officer's. The same links
    to addresses of later moves are closed, and the address that loses the account is told. Raises LinkGone
    (also when somebody has the address by now), PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    link = find_link(session, "take_back", token, at=at, lock=True)
    user = _owner(session, link)
    lost, user.email = user.email, link.email
    try:
        session.flush()
    except IntegrityError as error:
        raise LinkGone from error
    _open_anew(session, user, password, passwords=passwords, at=at)
    actor = actor_of(session, user.id, user.name)
    if not actor.is_staff:
        _drop_new_factor(session, user.id, since=link.created_at - LIFETIMES["take_back"])
    later = (AccountLink.user_id == user.id, AccountLink.id >= link.id, AccountLink.used_at.is_(None))
    session.execute(update(AccountLink).where(*later).values(used_at=at, details={}))
    if lost != user.email:
        link.details = {"lost": lost}
        publish(session, AccountTakenBack(link_id=link.id))
    note_change(session, user, "user.take_back", actor=actor, at=at)
    return user


def _drop_new_factor(session: Session, user_id: int, *, since: datetime) -> None:
    is_new = or_(SecondFactor.confirmed_at.is_(None), SecondFactor.confirmed_at >= since)
    gone = delete(SecondFactor).where(SecondFactor.user_id == user_id, is_new)
    if session.scalar(gone.returning(SecondFactor.confirmed_at)) is not None:
        publish(session, AccountChanged(user_id=user_id, what="second_factor_off"))


def _owner(session: Session, link: AccountLink) -> User:
    user = session.get(User, link.user_id, with_for_update=True)
    if user is None or not user.is_active:
        raise LinkGone
    return user


def _open_anew(session: Session, user: User, password: str, *, passwords: Passwords, at: datetime) -> None:
    user.password_hash = passwords.choose(password, about=(user.email, user.name))
    user.verified_at = at
    void_links(session, user.id, at=at)
    close_sessions(session, user.id)
    publish(session, AccountChanged(user_id=user.id, what="password"))
