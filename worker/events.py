"""What the worker tells itself."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class FileSweepDue(Event):
    """It is time to look for files that belong to no row and were written before `before` (ISO)."""

    before: str
