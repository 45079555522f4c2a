"""How often a thing may be tried, counted in Valkey and, while that is down, in the process itself."""

from __future__ import annotations

import hashlib

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.services.signing_in import normal_email
from kernel.config import Config

GUESSES_PER_ACCOUNT = "10 per hour"
GUESSES_PER_ADDRESS = "100 per hour"

_STORAGE_SECONDS = 0.5

limiter = Limiter(
    key_func=get_remote_address,
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    key_prefix="limit",
)


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


def account_key() -> str:
    """The account a sign-in is tried on; hashed, so that no address is kept in Valkey."""
    email = normal_email(request.form.get("email", ""))
    return "account:" + hashlib.sha256(email.encode()).hexdigest()


def forget_guesses() -> None:
    """The right password was given: earlier slips on this account no longer count."""
    for used in limiter.current_limits:
        if account_key() in used.request_args:
            limiter.limiter.clear(used.limit, *used.request_args)
