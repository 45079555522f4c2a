"""Checking who somebody is. A refusal never tells whether the address is known."""

from __future__ import annotations

import logging

from sqlalchemy import select
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
    return _checked(user, password, passwords)


def check_own_password(session: Session, user_id: int, password: str, *, passwords: Passwords) -> User:
    """The signed-in user, when they prove once more who they are. Raises WrongCredentials."""
    return _checked(session.get(User, user_id), password, passwords)


def _checked(user: User | None, password: str, passwords: Passwords) -> User:
    is_right = passwords.matches(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        _logger.warning("sign-in refused", extra={"fields": {"user_id": user.id if user else None}})
        raise WrongCredentials
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.renew(password)
    return user
