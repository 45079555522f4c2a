"""What happens in the inventory room that others act on."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class RestockAsked(Event):
    """Somebody wants to be told when a variant is back, and has still to show that the address is theirs."""

    request_id: int


@dataclass(frozen=True, slots=True)
class SheetSent(Event):
    """A table was sent in and has to be read."""

    import_id: int


@dataclass(frozen=True, slots=True)
class SheetConfirmed(Event):
    """Its sender has looked at a table that was read, and wants it applied."""

    import_id: int


@dataclass(frozen=True, slots=True)
class BackInStock(Event):
    """Of a variant that people wait for there were no free pieces at a UPT, and now there are some."""

    variant_id: int


@dataclass(frozen=True, slots=True)
class PermitEnding(Event):
    """A permit ends in `days` days or fewer, one of PERMIT_WARNINGS."""

    permit_id: int
    days: int


@dataclass(frozen=True, slots=True)
class PermitReviewed(Event):
    """The office above has looked at a permit at this moment (ISO): verified it, or sent it back."""

    permit_id: int
    at: str


@dataclass(frozen=True, slots=True)
class ProductReviewed(Event):
    """What a UPT put forward was published or, with a reason, sent back, at this moment (ISO)."""

    product_id: int
    upt_id: int
    refusal: str
    at: str


@dataclass(frozen=True, slots=True)
class PhotographAdded(Event):
    """A photograph was sent in and redrawn: its files have to be made."""

    photograph_id: int


@dataclass(frozen=True, slots=True)
class PhotographDropped(Event):
    """A photograph is shown no more: these keys of the file store have to go."""

    keys: list[str]
