"""The signed-in user: who the session cookie belongs to, and the Actor the services are given."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import flask
from flask import Flask, Response, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from accounts.queries import SessionRow, StandIn, actor_of, reach_of, session_of_key
from accounts.rules import CUSTOMER, Actor
from accounts.services.passwords import Passwords
from accounts.services.second_factors import Sealer
from accounts.services.sessions import CUSTOMER_SESSION, hash_key, touch_session
from accounts.web.devices import device_name
from accounts.web.limits import init_limits
from kernel.clock import now
from kernel.config import Config
from kernel.db import read_as, read_as_ourselves, reading_session, transaction

_SEEN_EVERY = timedelta(minutes=10)
_STAFF_READER = "lapak_staff"
_WAITING, _ACCOUNT = "waiting_key", "waiting_account"


class SignedIn(UserMixin):
    """What Flask-Login knows of a user: the key of their session is the id, so a session can be ended."""

    def __init__(self, row: SessionRow, key: str, confirmed_at: datetime) -> None:
        self.user_id = row.user_id
        self.email = row.email
        self.name = row.name
        self.session_id: UUID = row.id
        self.confirmed_at = confirmed_at
        self.has_second_factor = row.has_second_factor
        self.stands_in = row.stands_in
        self._key = key

    def get_id(self) -> str:
        """The id that is kept in the session cookie."""
        return self._key


def init_sign_in(app: Flask, config: Config) -> None:
    """Set up Flask-Login, the password hasher, the seal of second factors and the limits of an app."""
    sessions = LoginManager()
    sessions.session_protection = None  # a phone changes its address often; it stays signed in
    sessions.user_loader(_load)
    sessions.init_app(app, add_context_processor=False)
    app.permanent_session_lifetime = CUSTOMER_SESSION
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.extensions["passwords"] = Passwords.cheap() if config.environment == "test" else Passwords()
    app.extensions["sealer"] = Sealer(config.secret_key)
    app.before_request(_read_within_reach)
    app.after_request(_note_use)
    app.teardown_request(lambda _: read_as_ourselves())
    init_limits(app, config)


def passwords() -> Passwords:
    """The password hasher of the app at hand."""
    hasher: Passwords = current_app.extensions["passwords"]
    return hasher


def sealer() -> Sealer:
    """What seals the second factors of the app at hand."""
    seal: Sealer = current_app.extensions["sealer"]
    return seal


def this_device() -> str:
    """What the browser at hand is called in the list of sessions."""
    return device_name(request.user_agent.string)


def start_session(key: str) -> None:
    """Sign in whoever has this session: what the cookie held before is dropped, so nobody can plant one.

    A customer's cookie outlasts the browser, an officer's does not.
    """
    row = session_of_key(reading_session(), hash_key(key), at=now())
    if row is None or row.confirmed_at is None:
        raise RuntimeError("this session is not ready to be signed in")
    flask.session.clear()
    login_user(SignedIn(row, key, row.confirmed_at))
    g.pop("actor", None)
    flask.session.permanent = not current_actor().is_staff


def await_code(key: str, account: str) -> None:
    """Remember in the cookie which session waits for the code of the second factor, and of which account."""
    flask.session.clear()
    flask.session.update({_WAITING: key, _ACCOUNT: account})


def waiting_session() -> SessionRow | None:
    """The session of this browser that waits for a code; None when there is none or it waited too long."""
    key = flask.session.get(_WAITING)
    row = session_of_key(reading_session(), hash_key(key), at=now()) if isinstance(key, str) else None
    return row if row and row.confirmed_at is None else None


def forget_session() -> None:
    """Empty the cookie of the browser at hand."""
    logout_user()
    flask.session.clear()
    g.pop("actor", None)


def current_user_id() -> int | None:
    """The id of the signed-in user, staff or customer; None for a visitor."""
    return current_user.user_id if current_user.is_authenticated else None


def current_session() -> SignedIn:
    """The signed-in user's session, on pages that let nobody else in."""
    signed_in: SignedIn = current_user._get_current_object()
    return signed_in


def current_actor() -> Actor:
    """Who the request acts as, with the roles as they are now; a visitor is CUSTOMER.

    Whoever stands in for a UPT is one of its people meanwhile, as long as it is theirs to look after.
    """
    if "actor" not in g:
        g.actor = CUSTOMER
        if current_user.is_authenticated:
            own = actor_of(reading_session(), current_user.user_id, current_user.name)
            place: StandIn | None = current_user.stands_in
            stands_in = place is not None and own.oversees(place.upt_id, place.kanwil_id)
            g.actor = own.standing_in(place.upt_id) if place and stands_in else own
    actor: Actor = g.actor
    return actor


def _read_within_reach() -> None:
    """Whatever a page of staff forgets to ask, its readings show nothing outside its reader's scope."""
    if request.path.split("/")[1] == "staff":
        read_as(_STAFF_READER, reach_of(current_actor()))


def _load(key: str) -> SignedIn | None:
    at = now()
    row = session_of_key(reading_session(), hash_key(key), at=at)
    if row is None or row.confirmed_at is None:
        return None
    if at - row.seen_at > _SEEN_EVERY:
        g.seen_session = row.id
    return SignedIn(row, key, row.confirmed_at)


def _note_use(response: Response) -> Response:
    """Write down now and then that a session is used, once the request's own work is done."""
    session_id = g.pop("seen_session", None)
    if session_id is not None and response.status_code < 500:
        with transaction() as session:
            touch_session(session, session_id, at=now())
    return response
