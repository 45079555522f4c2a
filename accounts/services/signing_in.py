"""Signing in and ending sessions. A refusal never tells whether the address is known."""

from __future__ import annotations

import logging
import secrets

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.errors import WrongCredentials
from accounts.models import User
from accounts.services.passwords import Passwords

_logger = logging.getLogger(__name__)


def normal_email(email: str) -> str:
    """The one spelling under which an address is stored and looked up."""
    return email.strip().lower()


def check_credentials(session: Session, email: str, password: str, *, passwords: Passwords) -> User:
    """The active user with this address and password. Raises WrongCredentials.

    The same work is done whether the address is unknown, the user disabled or the password wrong.
    """
    user = session.scalar(select(User).where(User.email == normal_email(email)))
    is_right = passwords.matches(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        _logger.warning("sign-in refused", extra={"fields": {"user_id": user.id if user else None}})
        raise WrongCredentials
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash(password)
    _logger.info("signed in", extra={"fields": {"user_id": user.id}})
    return user


def end_sessions(session: Session, user_id: int) -> None:
    """End every session of a user on every device: the key their cookies carry is drawn anew."""
    session.execute(update(User).where(User.id == user_id).values(session_key=new_session_key()))
    _logger.info("sessions ended", extra={"fields": {"user_id": user_id}})


def new_session_key() -> str:
    """A key nobody can guess (192 bits)."""
    return secrets.token_urlsafe(24)
