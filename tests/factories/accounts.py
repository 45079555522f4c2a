"""Users and memberships for tests, and a browser that is signed in."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Membership, SecondFactor, Upt, User
from accounts.services.passwords import Passwords
from accounts.services.second_factors import Sealer, has_second_factor
from accounts.services.sessions import open_session
from kernel.clock import now
from kernel.db import transaction

PASSWORD = "a password for tests"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_HASH = Passwords.cheap().choose(PASSWORD)
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


def sign_in(client: FlaskClient, user_id: int, *, at: datetime | None = None) -> str:
    """Give the browser a session of a committed user, begun at `at`, and enrol an officer's second factor.

    Gives the session's key. For tests that are about something else than the way in.
    """
    app, moment = client.application, at or now()
    with app.app_context(), transaction() as session:
        if session.scalar(select(exists().where(Membership.user_id == user_id))):
            enrol(session, user_id, app.extensions["sealer"], at=moment)
        key = open_session(session, user_id, device="", at=moment)
    give_cookie(client, key)
    return key


def browser(app: Flask, user_id: int, *, at: datetime | None = None) -> FlaskClient:
    """A browser on the shop's own pages, signed in as a committed user at `at`."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    sign_in(client, user_id, at=at)
    return client


def sign_in_customer(client: FlaskClient, user_id: int) -> None:
    """Give the browser a session of a committed customer."""
    sign_in(client, user_id)


def give_cookie(client: FlaskClient, key: str) -> None:
    """Have the browser carry the key of a session, whether there is one or not."""
    with client.session_transaction() as cookie:
        cookie["_user_id"] = key


def enrol(session: Session, user_id: int, sealer: Sealer, *, at: datetime) -> None:
    """Give a user the second factor of TOTP_SECRET, unless they have one."""
    if not has_second_factor(session, user_id):
        sealed = sealer.seal(TOTP_SECRET)
        session.add(SecondFactor(user_id=user_id, sealed_secret=sealed, created_at=at, confirmed_at=at))
        session.flush()
