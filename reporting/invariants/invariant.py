"""One invariant: a sentence, and the query that gives the rows that break it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold and the query for its violations; `:at` is the moment of asking (UTC)."""

    name: str
    sentence: str
    sql: str
