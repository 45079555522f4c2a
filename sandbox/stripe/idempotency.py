"""Idempotency keys: one answer for one key, as Stripe's first API keeps them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.world import World

KEPT_SECONDS = 24 * 3600


class IdempotencyKeys:
    """Which keys are being worked on; the kept answers are part of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None, method: str, path: str, params: Json) -> Iterator[Json | None]:
        """Work under the key: yields the kept answer, if there is one.

        Raises StripeProblem 409 while the key is being worked on, 400 when it came with other parameters.
        """
        if key is None:
            yield None
            return
        with self._lock:
            if key in self._running:
                raise _in_flight(key)
            self._running.add(key)
        try:
            yield self._kept(key, method, path, params)
        finally:
            with self._lock:
                self._running.discard(key)

    def keep(self, key: str | None, method: str, path: str, params: Json, *, status: int, body: Json) -> None:
        """Keep the answer for whoever comes again with the key."""
        if key is None:
            return
        with self._world.lock:
            self._world.answers[key] = {
                "request": _fingerprint(method, path, params),
                "status": status,
                "body": body,
                "at": self._world.now(),
            }
            self._world.dirty = True

    def _kept(self, key: str, method: str, path: str, params: Json) -> Json | None:
        with self._world.lock:
            kept = self._world.answers.get(key)
            if kept is None:
                return None
            if kept["at"] <= self._world.now() - KEPT_SECONDS:
                del self._world.answers[key]
                return None
        if kept["request"] != _fingerprint(method, path, params):
            raise StripeProblem(
                "Keys for idempotent requests can only be used with the same parameters they were first used"
                f" with. Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return kept


def _fingerprint(method: str, path: str, params: Json) -> str:
    return json.dumps([method, path, params], sort_keys=True)


def _in_flight(key: str) -> StripeProblem:
    return StripeProblem(
        "There is currently another in-progress request using this Idempotent Key (that probably means you"
        f" submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        type="idempotency_error",
        code="idempotency_key_in_use",
    )
