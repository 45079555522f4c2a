"""Photographs that customers send in with their words: how many, and what is noted of one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

MOST_PICTURES = 3
"""So many photographs are taken with a report or a review."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph that lies in the store of files already; the size is in pixels."""

    key: UUID
    file_key: str
    width: int
    height: int
