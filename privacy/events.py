"""What happens to people's data: ids and keys only, never a name or an address."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class DataExportAsked(Event):
    """Somebody asked for a copy of their data."""

    export_id: int


@dataclass(frozen=True, slots=True)
class DataExportReady(Event):
    """The copy lies ready."""

    export_id: int


@dataclass(frozen=True, slots=True)
class AccountErased(Event):
    """A person was forgotten; the row of `erasure_id` says where to confirm it."""

    erasure_id: int
