"""Becoming a customer: asked for with a name and a password, done when the mail's link is opened."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import LinkGone, NameInvalid, WrongCredentials
from accounts.models import AccountLink, User
from accounts.services.links import ask_link, find_link, use_up
from accounts.services.passwords import Passwords
from accounts.services.signing_in import normal_email

LONGEST_NAME = 120

_logger = logging.getLogger(__name__)


def ask_registration(
    session: Session, email: str, name: str, password: str, *, locale: str, passwords: Passwords, at: datetime
) -> None:
    """Take down who wants an account. Nothing tells whether the address has one: its owner gets a mail.

    No user comes into being before the mail's link is opened, so nobody can occupy another's address. Raises
    NameInvalid, PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    address, shown = normal_email(email), check_name(name)
    details = {"name": shown, "password_hash": passwords.choose(password, about=(address, shown))}
    known = session.scalar(select(User.id).where(User.email == address))
    ask_link(
        session,
        "register",
        email=address,
        user_id=known,
        locale=locale,
        details=details if known is None else {},
        at=at,
    )


def check_name(name: str) -> str:
    """A person's name as it is stored. Raises NameInvalid."""
    shown = " ".join(name.split())
    has_letter = any(character.isalpha() for character in shown)
    if len(shown) > LONGEST_NAME or not has_letter or not shown.isprintable():
        raise NameInvalid(most=LONGEST_NAME)
    return shown


def complete_registration(
    session: Session, token: str, password: str, *, passwords: Passwords, at: datetime
) -> User:
    """Make the user whose mail's link this is; they give the password once more.

    So a stranger who registered with another's address gains nothing when its owner opens the link: they do
    not know the stranger's password. Raises LinkGone, WrongCredentials.
    """
    link = find_link(session, "register", token, at=at, lock=True)
    wanted = link.details
    if not passwords.matches(wanted["password_hash"], password):
        raise WrongCredentials
    user = _add(session, link, at=at)
    use_up(session, link, at=at)
    _logger.info("registered", extra={"fields": {"user_id": user.id}})
    return user


def _add(session: Session, link: AccountLink, *, at: datetime) -> User:
    user_id = session.scalar(
        insert(User)
        .values(
            email=link.email,
            name=link.details["name"],
            password_hash=link.details["password_hash"],
            locale=link.locale,
            created_at=at,
            verified_at=at,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(User.id)
    )
    if user_id is None:
        raise LinkGone  # somebody was let in with this address meanwhile
    return session.get_one(User, user_id)
