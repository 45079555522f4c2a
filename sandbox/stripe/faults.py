"""Faults a test has queued: what goes wrong with the next matching requests."""

import fnmatch
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from sandbox.stripe.problems import Json, StripeProblem, server_error

KINDS: Final = ("429", "500", "409", "hang", "reset")
MOMENTS: Final = ("before", "after")


@dataclass
class Fault:
    """What happens to the next `count` requests whose method and path match.

    `when`: before the work (nothing happened) or after it (it happened, the answer is lost).
    `kept`: a 500 is kept under the idempotency key, so that a retry gets the 500 again.
    """

    kind: str
    path: str = "*"
    method: str = "*"
    count: int = 1
    when: str = "before"
    seconds: float = 0.0
    kept: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a fault nobody knows."""
        if self.kind not in KINDS or self.when not in MOMENTS:
            raise ValueError(f"fault kind is one of {KINDS}, when one of {MOMENTS}")
        if self.kind in {"429", "409"} and self.when == "after":
            raise ValueError("429 and 409 refuse the work, so they come before it")


class FaultQueue:
    """The faults waiting, first matching first used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._faults.clear()

    def waiting(self) -> list[Json]:
        """The faults not used up."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, counted down."""
        with self._lock:
            for fault in self._faults:
                if fnmatch.fnmatchcase(path, fault.path) and fnmatch.fnmatchcase(method, fault.method):
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                    return fault
        return None


class ConnectionCut(Exception):
    """The connection is to be reset instead of answered."""


def strike(fault: Fault | None, when: str) -> None:
    """Let the fault happen if this is its moment: sleep, or raise what the caller is to see."""
    if fault is None or fault.when != when:
        return
    if fault.kind == "hang":
        time.sleep(fault.seconds)
    elif fault.kind == "reset":
        raise ConnectionCut
    elif fault.kind == "429":
        raise StripeProblem(
            "Request rate limit exceeded.", status=429, type="invalid_request_error", code="rate_limit"
        )
    elif fault.kind == "409":
        raise StripeProblem(
            "This object cannot be accessed right now because another API request or Stripe process is"
            " currently accessing it.",
            status=409,
            code="lock_timeout",
        )
    else:
        problem = server_error()
        problem.kept = fault.kept
        raise problem


class Cut(Iterator[bytes]):
    """A response body that resets the connection instead of answering."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __next__(self) -> bytes:
        """Send a TCP reset: closing a socket that does not linger."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._connection.detach())
        raise ConnectionResetError
