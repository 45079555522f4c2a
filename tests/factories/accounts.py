"""Users and memberships for tests, and a browser that is signed in."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Membership, Upt, User
from accounts.services.passwords import Passwords
from kernel.clock import now
from kernel.db import transaction

PASSWORD = "a password for tests"

_HASH = Passwords.cheap().hash(PASSWORD)
_numbers = count(1)


def make_user(session: Session, name: str | None = None, **values: Any) -> User:
    """A user with PASSWORD and without any role."""
    number = next(_numbers)
    defaults = {"email": f"user{number}@example.id", "name": name or f"User {number}", "password_hash": _HASH}
    user = User(**{**defaults, **values})
    session.add(user)
    session.flush()
    return user


def make_membership(
    session: Session, user: User, role: str, *, upt: Upt | None = None, kanwil: Kanwil | None = None
) -> Membership:
    """Give a user a role; its scope must be the one the role has."""
    membership = Membership(
        user_id=user.id,
        role=role,
        upt_id=upt.id if upt else None,
        kanwil_id=kanwil.id if kanwil else None,
    )
    session.add(membership)
    session.flush()
    return membership


def make_officer(session: Session, upt: Upt, **values: Any) -> User:
    """An officer of one UPT."""
    user = make_user(session, **values)
    make_membership(session, user, "upt_officer", upt=upt)
    return user


def sign_in_customer(client: FlaskClient, user_id: int) -> None:
    """Give the browser a session of this user, without the password's work; the user must be committed."""
    with client.application.app_context(), transaction() as session:
        key = session.scalars(select(User.session_key).where(User.id == user_id)).one()
    sign_in(client, key)


def sign_in(client: FlaskClient, session_key: str) -> None:
    """Give the browser the session of the user with this key, without the password's work."""
    with client.session_transaction() as cookie:
        cookie["_user_id"] = session_key
        cookie["signed_in_at"] = int(now().timestamp())
