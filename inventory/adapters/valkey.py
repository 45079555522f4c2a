"""Valkey as a helper that may be missing: quick answers or none, and the version of the catalogue in it."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from inventory.rules import CATALOGUE
from kernel.db import on_commit

CATALOGUE_VERSION = b"lapak:catalogue-version"

# Long enough for a machine at its limit: a page given up on there would have to be rendered besides.
_PATIENCE_SECONDS = 0.25
_REST_SECONDS = 3.0
_logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class QuickValkey:
    """A client that waits a quarter of a second at most, and after a failure lets the server be for three."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
        self._clock = clock
        self._rests_until = 0.0
        self._owes_a_bump = False

    def ask(self, question: Callable[[Any], Answer]) -> Answer | None:
        """What `question` gets from the client; None while the server does not answer."""
        if self._clock() < self._rests_until:
            return None
        if self._owes_a_bump and not self.bump_catalogue():
            return None
        return self._try(question)

    def bump_catalogue(self) -> bool:
        """Give the catalogue a new version, so that no page made from the old one is shown again.

        It is tried even while the server rests, and made up for by the next question if it fails; the pages'
        short life covers a process that ends before.
        """
        version = secrets.token_urlsafe(8)
        self._owes_a_bump = self._try(lambda client: client.set(CATALOGUE_VERSION, version)) is None
        return not self._owes_a_bump

    def _try(self, question: Callable[[Any], Answer]) -> Answer | None:
        try:
            answer = question(self._client)
        except redis.RedisError as error:
            if self._clock() >= self._rests_until:
                _logger.warning("valkey does not answer", extra={"fields": {"error": str(error)}})
            self._rests_until = self._clock() + _REST_SECONDS
            return None
        self._rests_until = 0.0
        return answer


def follow_catalogue(app: Flask, url: str) -> QuickValkey:
    """Have each commit of this app that changes the catalogue give it a new version in the Valkey at `url`.

    Every door that may change stock or products does this, so that no kept page outlives the change.
    """
    valkey = QuickValkey(url)

    def hear(marks: frozenset[str]) -> None:
        if CATALOGUE in marks:
            valkey.bump_catalogue()

    on_commit(app, hear)
    return valkey
