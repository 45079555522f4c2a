"""The signed-in user: who the session cookie belongs to, and the Actor the services are given."""

from __future__ import annotations

from datetime import timedelta

import flask
from flask import Flask, g
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from accounts.models import User
from accounts.queries import actor_of, user_of_session
from accounts.rules import CUSTOMER, Actor
from accounts.services.passwords import Passwords
from accounts.web.limits import init_limits
from kernel.clock import now
from kernel.config import Config
from kernel.db import reading_session

_LONGEST_SESSION = timedelta(hours=12)
_STARTED = "signed_in_at"


class SignedIn(UserMixin):
    """What Flask-Login knows of a user: the session key is the id, so changing the key ends every session."""

    def __init__(self, user: User) -> None:
        self.user_id = user.id
        self.name = user.name
        self._session_key = user.session_key

    def get_id(self) -> str:
        """The id that is kept in the session cookie."""
        return self._session_key


def init_sign_in(app: Flask, config: Config) -> None:
    """Set up Flask-Login, the password hasher and the limits of an app."""
    sessions = LoginManager()
    sessions.session_protection = None  # a phone changes its address often; it stays signed in
    sessions.user_loader(_load)
    sessions.init_app(app, add_context_processor=False)
    app.extensions["passwords"] = Passwords.cheap() if config.environment == "test" else Passwords()
    init_limits(app, config)


def start_session(user: SignedIn) -> None:
    """Sign a user in: whatever the cookie held before is dropped, so nobody can plant a session."""
    flask.session.clear()
    flask.session[_STARTED] = int(now().timestamp())
    login_user(user)
    g.pop("actor", None)


def forget_session() -> None:
    """Empty the cookie of the browser at hand."""
    logout_user()
    flask.session.clear()
    g.pop("actor", None)


def current_user_id() -> int | None:
    """The id of the signed-in user, staff or customer; None for a visitor."""
    return current_user.user_id if current_user.is_authenticated else None


def current_actor() -> Actor:
    """Who the request acts as, with the roles as they are now; a visitor is CUSTOMER."""
    if "actor" not in g:
        g.actor = CUSTOMER
        if current_user.is_authenticated:
            g.actor = actor_of(reading_session(), current_user.user_id, current_user.name)
    actor: Actor = g.actor
    return actor


def _load(session_key: str) -> SignedIn | None:
    started = flask.session.get(_STARTED)
    if not isinstance(started, int) or now().timestamp() - started > _LONGEST_SESSION.total_seconds():
        return None
    user = user_of_session(reading_session(), session_key)
    return SignedIn(user) if user else None
