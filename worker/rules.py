"""Pure rules of trying again: how long to wait and when to give up."""

from __future__ import annotations

from datetime import timedelta

MOST_ATTEMPTS = 5
"""How often a handler may fail by its own fault, or end its process, before it is left to a person."""

PATIENT_ATTEMPTS = 12
PATIENCE = timedelta(hours=24)
"""While somebody else is unavailable: at least so many attempts, and at least so long."""

_BASE = timedelta(seconds=2)
_LONGEST = timedelta(minutes=10)


def wait_before(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts (at least 1); `jitter` is a random part of 1.

    Full jitter: anything up to twice the last bound, so that what failed together does not return together.
    """
    bound = _LONGEST if attempts > 10 else min(_BASE * 2 ** (attempts - 1), _LONGEST)
    return bound * jitter


def is_given_up(attempts: int, age: timedelta, *, somebody_else: bool) -> bool:
    """Whether a failed delivery becomes a dead letter; `somebody_else` says that the fault is not ours."""
    if somebody_else:
        return attempts >= PATIENT_ATTEMPTS and age >= PATIENCE
    return attempts >= MOST_ATTEMPTS
