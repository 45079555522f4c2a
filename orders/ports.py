"""What the orders room asks of the outside world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class PaymentStatus(StrEnum):
    """How a payment stands at its provider. PENDING: promised by a slow method, the money is not there."""

    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundStatus(StrEnum):
    """How a refund stands at its provider; SUCCEEDED may still turn into FAILED later."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Caps:
    """What a provider can do; amounts in whole rupiah, expiry in minutes from now."""

    minimum_amount: int
    maximum_amount: int
    shortest_expiry_minutes: int
    longest_expiry_minutes: int
    lists_events: bool
    notifies_expiry: bool


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line the buyer sees on the payment page; `amount` is the whole line in rupiah."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What to ask a provider for. `id` makes it repeatable; the lines add up to `amount` (rupiah)."""

    id: UUID
    order_number: str
    amount: int
    currency: str
    lines: tuple[PaymentLine, ...]
    email: str
    locale: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """A payment page that is open at the provider under `ref`."""

    ref: str
    redirect_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """A refund as the provider has it; `refund_id` is ours from its metadata, None for one made elsewhere."""

    ref: str
    refund_id: UUID | None
    amount: int
    status: RefundStatus


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole truth about one payment, asked of the provider. Amounts are whole rupiah.

    `captured` is what the provider holds or held, before refunds. `redirect_url` is there while it is open.
    """

    ref: str
    payment_id: UUID | None
    status: PaymentStatus
    amount: int
    currency: str
    captured: int
    is_live: bool
    redirect_url: str | None = None
    refunds: tuple[RefundSnapshot, ...] = field(default_factory=tuple)
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Rupiah to give back; `id` makes it repeatable."""

    id: UUID
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's event, proven to be theirs. `ref` is the payment it concerns, in the form `look` takes."""

    event_id: str
    kind: str
    ref: str
    at: datetime
    body: dict[str, Any]


class PaymentProvider(Protocol):
    """A payment service. A webhook is only a doorbell; `look` is the truth. `is_live`: real money moves.

    Every method may raise orders.errors.ProviderUnavailable (try again later with the same values),
    ProviderRejected (it will never work as asked) or ProviderUnclear (ask `look` or `find` before anything
    else).
    """

    name: str
    caps: Caps
    is_live: bool

    def request_body(self, request: PaymentRequest) -> dict[str, Any]:
        """What `start` will send, as plain JSON values to be written down first and replayed unchanged."""
        ...

    def start(self, body: dict[str, Any], *, idempotency_key: str) -> Started:
        """Open a payment page; the same key and body give the same page."""
        ...

    def find(self, payment_id: UUID, *, since: datetime) -> str | None:
        """The ref of the page opened for a payment since then (UTC), when the answer of `start` was lost."""
        ...

    def look(self, ref: str) -> Snapshot:
        """How the payment stands; `ref` may also be what a notice named."""
        ...

    def close(self, ref: str) -> Snapshot:
        """End an open page; answers PAID or PENDING when the customer was faster."""
        ...

    def refund(self, ref: str, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        """Give money back; the same key gives the same refund."""
        ...

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Prove and read a webhook, header names in any case; None for a kind we do not follow.

        Raises orders.errors.BadSignature.
        """
        ...

    def missed(self, after_event_id: str | None) -> Iterator[Notice]:
        """The events since the one named, oldest first; nothing where `caps.lists_events` is false."""
        ...
