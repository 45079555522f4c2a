"""What happens to shelves that others react to."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class RestockAsked(Event):
    """Somebody wants to be told when a variant is back, and has still to show that the address is theirs."""

    request_id: int


@dataclass(frozen=True, slots=True)
class BackInStock(Event):
    """Of a variant that people wait for there were no free pieces at a UPT, and now there are some."""

    variant_id: int
