"""How often a thing may be tried, counted in Valkey and, while that is down, in the process itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import flask
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.services.signing_in import normal_email
from kernel.config import Config

GUESSES_PER_ACCOUNT = "10 per hour"
GUESSES_PER_ADDRESS = "100 per hour"
MAILS_PER_ACCOUNT = "5 per hour"
MAILS_PER_ADDRESS = "30 per hour"
"""Guesses at passwords and codes; and mails somebody can have sent to an address that may not be theirs."""

_STORAGE_SECONDS = 0.5

limiter = Limiter(
    key_func=get_remote_address,
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    key_prefix="limit",
)

View = Callable[..., Any]


def init_limits(app: Flask, config: Config) -> None:
    """Let the limits of an app count in its Valkey; one that does not answer is not waited for."""
    app.config.update(
        RATELIMIT_STORAGE_URI=config.cache_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_timeout": _STORAGE_SECONDS,
            "socket_connect_timeout": _STORAGE_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        },
    )
    limiter.init_app(app)


def account_of(email: str) -> str:
    """What stands for an account in a limit; hashed, so that no address is kept in Valkey."""
    return "account:" + hashlib.sha256(normal_email(email).encode()).hexdigest()


def account_key() -> str:
    """The account a form names."""
    return account_of(request.form.get("email", ""))


def own_account_key() -> str:
    """The account that is signed in, whatever a form says."""
    return account_of(current_user.email if current_user.is_authenticated else "")


def code_key() -> str:
    """The account whose code this browser is asked for, or the one that is signed in."""
    waiting = flask.session.get("waiting_account")
    return f"code:{waiting or own_account_key()}"


def link_key() -> str:
    """The link whose page is open."""
    token = str((request.view_args or {}).get("token", ""))
    return "link:" + hashlib.sha256(token.encode()).hexdigest()


def _is_nobody() -> bool:
    return not current_user.is_authenticated and "waiting_account" not in flask.session


def _names_nobody() -> bool:
    return not request.form.get("email")


# One count for all doors: whoever has used up the guesses at one has used them up at the others.
# A form without an address, or a visitor at a page of an account, is refused before anything is tried or
# mailed: it counts for nobody.
_address_guesses = limiter.shared_limit(GUESSES_PER_ADDRESS, scope="guesses", key_func=get_remote_address)
_account_guesses = limiter.shared_limit(
    GUESSES_PER_ACCOUNT, scope="guesses", key_func=account_key, exempt_when=_names_nobody
)
_own_guesses = limiter.shared_limit(
    GUESSES_PER_ACCOUNT, scope="guesses", key_func=own_account_key, exempt_when=_is_nobody
)
_link_guesses = limiter.shared_limit(GUESSES_PER_ACCOUNT, scope="guesses", key_func=link_key)
_code_guesses = limiter.shared_limit(
    GUESSES_PER_ACCOUNT, scope="codes", key_func=code_key, exempt_when=_is_nobody
)
_address_mails = limiter.shared_limit(MAILS_PER_ADDRESS, scope="mails", key_func=get_remote_address)
_account_mails = limiter.shared_limit(
    MAILS_PER_ACCOUNT, scope="mails", key_func=account_key, exempt_when=_names_nobody
)


def guesses_password(view: View) -> View:
    """Limit a view that checks a password: per network address and per account."""
    limited: View = _address_guesses(_account_guesses(view))
    return limited


def guesses_own_password(view: View) -> View:
    """Limit a view that checks the password of whoever is signed in."""
    limited: View = _address_guesses(_own_guesses(view))
    return limited


def guesses_at_link(view: View) -> View:
    """Limit a view behind a mailed link that checks a password: per network address and per link."""
    limited: View = _address_guesses(_link_guesses(view))
    return limited


def guesses_code(view: View) -> View:
    """Limit a view that checks a code of the second factor: per network address and per account."""
    limited: View = _address_guesses(_code_guesses(view))
    return limited


def sends_mail(view: View) -> View:
    """Limit a view that has a mail sent to an address somebody typed."""
    limited: View = _address_mails(_account_mails(view))
    return limited


def forget_guesses() -> None:
    """The right password or code was given: earlier slips on this account no longer count."""
    keys = {account_key(), own_account_key(), code_key()}
    for used in limiter.current_limits:
        if keys & set(used.request_args):
            limiter.limiter.clear(used.limit, *used.request_args)
