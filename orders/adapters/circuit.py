"""A circuit breaker: a service that does not answer is left alone for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kernel.log import alarm
from orders.errors import ProviderUnavailable

MOST_FAILURES = 5
PAUSE_SECONDS = 10.0

_logger = logging.getLogger(__name__)


class Circuit:
    """Opens after MOST_FAILURES calls in a row without an answer; then one call each PAUSE_SECONDS probes.

    Without it every customer, and with them every thread of the web server, would wait for the time-out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._probe_at = 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a call through, or raise ProviderUnavailable at once while the circuit is open."""
        self._refuse_while_open()
        try:
            yield
        except ProviderUnavailable as error:
            if error.parameters.get("reason") == "no_answer":
                self._note_failure()
            raise
        self._failures = 0

    def _refuse_while_open(self) -> None:
        with self._lock:
            if self._failures < MOST_FAILURES:
                return
            if self._clock() < self._probe_at:
                raise ProviderUnavailable(reason="circuit_open")
            self._probe_at = self._clock() + PAUSE_SECONDS  # this call is the probe

    def _note_failure(self) -> None:
        with self._lock:
            self._failures += 1
            self._probe_at = self._clock() + PAUSE_SECONDS
            if self._failures == MOST_FAILURES:
                alarm(_logger, "payment provider does not answer")
