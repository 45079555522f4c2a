"""A payment provider in memory: the port's contract kept in full, and what tests do to it from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal
from uuid import UUID

from orders.errors import BadSignature, ProviderRejected, ProviderUnavailable, ProviderUnclear
from orders.ports import (
    Caps,
    Notice,
    PaymentRequest,
    PaymentStatus,
    RefundRequest,
    RefundSnapshot,
    RefundStatus,
    Snapshot,
    Started,
)

Fault = Literal["unavailable", "lost_answer", "unclear", "unclear_final"]
"""`lost_answer`: the work is done, nobody hears of it; `unclear_final`: not done, and the key is burnt."""

SIGNATURE = "fake"


@dataclass
class FakeProvider:
    """Every page, refund and event it ever made; `pay`, `expire` and the like are the world's doing."""

    name: str = "stripe"
    is_live: bool = False
    caps: Caps = field(default_factory=lambda: Caps(10_000, 9_999_999_999, 31, 24 * 60, True, True))
    requests: list[PaymentRequest] = field(default_factory=list)
    pages: dict[str, Snapshot] = field(default_factory=dict)
    events: list[Notice] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refund_status: RefundStatus = RefundStatus.SUCCEEDED
    _answers: dict[str, tuple[str, object]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # --- the port -------------------------------------------------------------------------------------------

    def request_body(self, request: PaymentRequest) -> dict[str, Any]:
        if sum(line.amount for line in request.lines) != request.amount:
            raise ValueError("the lines do not add up to the total")
        self.requests.append(request)
        return {
            "payment_id": str(request.id),
            "amount": request.amount,
            "currency": request.currency,
            "expires_at": request.expires_at.isoformat(),
        }

    def start(self, body: dict[str, Any], *, idempotency_key: str) -> Started:
        def work() -> Started:
            ref = f"cs_{next(self._numbers)}"
            self.pages[ref] = Snapshot(
                ref=ref,
                payment_id=UUID(body["payment_id"]),
                status=PaymentStatus.OPEN,
                amount=body["amount"],
                currency=body["currency"],
                captured=0,
                is_live=self.is_live,
                redirect_url=f"https://pay.example/{ref}",
            )
            return Started(ref, f"https://pay.example/{ref}", datetime.fromisoformat(body["expires_at"]))

        started: Started = self._once("start", idempotency_key, json.dumps(body, sort_keys=True), work)
        return started

    def find(self, payment_id: UUID, *, since: datetime) -> str | None:
        self._enter("find")
        refs = [ref for ref, page in self.pages.items() if page.payment_id == payment_id]
        return refs[-1] if refs else None

    def look(self, ref: str) -> Snapshot:
        self._enter("look")
        return self._page(ref)

    def close(self, ref: str) -> Snapshot:
        self._enter("close")
        if self._page(ref).status is PaymentStatus.OPEN:
            self.expire(ref)
        return self._page(ref)

    def refund(self, ref: str, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        def work() -> RefundSnapshot:
            return self._refund(ref, request.amount, request.id)

        made: RefundSnapshot = self._once("refund", idempotency_key, f"{ref} {request}", work)
        return made

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        if {name.lower(): value for name, value in headers.items()}.get("stripe-signature") != SIGNATURE:
            raise BadSignature
        try:
            sent = json.loads(body)
        except ValueError as error:
            raise BadSignature from error
        return next((event for event in self.events if event.event_id == sent["id"]), None)

    def missed(self, after_event_id: str | None) -> Iterator[Notice]:
        self._enter("missed")
        ids = [event.event_id for event in self.events]
        start = ids.index(after_event_id) + 1 if after_event_id in ids else 0
        yield from self.events[start:]

    # --- what happens out there -----------------------------------------------------------------------------

    def fail_next(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a method go wrong."""
        self.faults += [(method, fault)] * times

    def pay(self, ref: str, *, amount: int | None = None, currency: str = "IDR", force: bool = False) -> None:
        """The customer pays, or with `force` as none could: after expiry, or another amount."""
        page = self.pages[ref]
        if not force and page.status is not PaymentStatus.OPEN:
            raise AssertionError(f"{ref} is {page.status}")
        paid = amount or page.amount
        self._become(
            ref, "completed", status=PaymentStatus.PAID, amount=paid, captured=paid, currency=currency
        )

    def promise(self, ref: str) -> None:
        """The customer chose a bank transfer."""
        self._become(ref, "completed", status=PaymentStatus.PENDING)

    def arrive(self, ref: str, *, succeeded: bool = True) -> None:
        """The bank transfer arrives, or fails."""
        if succeeded:
            amount = self.pages[ref].amount
            self._become(ref, "async_payment_succeeded", status=PaymentStatus.PAID, captured=amount)
        else:
            self._become(ref, "async_payment_failed", status=PaymentStatus.FAILED)

    def expire(self, ref: str) -> None:
        """The page's time is over."""
        self._become(ref, "expired", status=PaymentStatus.EXPIRED)

    def refund_at_provider(self, ref: str, amount: int) -> str:
        """Somebody refunds in the provider's own pages."""
        return self._refund(ref, amount, None).ref

    def move_refund(self, refund_ref: str, status: RefundStatus) -> None:
        """A refund goes through, or fails after all."""
        for ref, page in self.pages.items():
            if any(refund.ref == refund_ref for refund in page.refunds):
                moved = tuple(
                    replace(refund, status=status) if refund.ref == refund_ref else refund
                    for refund in page.refunds
                )
                self.pages[ref] = replace(page, refunds=moved)
                self._tell("refund.updated", ref)

    def dispute(self, ref: str, *, is_open: bool = True) -> None:
        """The bank takes the payment back, or the dispute is won."""
        self.pages[ref] = replace(self.pages[ref], is_disputed=is_open)
        self._tell("charge.dispute.created" if is_open else "charge.dispute.closed", ref)

    def webhook(self, event: Notice) -> tuple[bytes, dict[str, str]]:
        """Body and headers of an event's webhook."""
        return json.dumps({"id": event.event_id}).encode(), {"Stripe-Signature": SIGNATURE}

    # --- inside ---------------------------------------------------------------------------------------------

    def _enter(self, method: str) -> Fault | None:
        self.calls.append(method)
        for place, (name, fault) in enumerate(self.faults):
            if name == method:
                del self.faults[place]
                if fault == "unavailable":
                    raise ProviderUnavailable
                if method not in ("start", "refund"):
                    raise ProviderUnclear
                return fault
        return None

    def _once(self, method: str, key: str, asked: str, work: Any) -> Any:
        fault = self._enter(method)
        if key in self._answers:
            before, answer = self._answers[key]
            if before != asked:
                raise ProviderRejected(reason="idempotency_error")
            if isinstance(answer, Exception):
                raise answer
            return answer
        if fault == "unclear_final":
            self._answers[key] = (asked, ProviderUnclear(is_final=True))
            raise ProviderUnclear
        if fault == "unclear":
            raise ProviderUnclear
        answer = work()
        self._answers[key] = (asked, answer)
        if fault == "lost_answer":
            raise ProviderUnavailable
        return answer

    def _page(self, ref: str) -> Snapshot:
        if ref not in self.pages:
            raise ProviderRejected(reason="resource_missing")
        page = self.pages[ref]
        if page.currency != "IDR":
            raise ProviderRejected(reason="other_currency")
        return page

    def _refund(self, ref: str, amount: int, refund_id: UUID | None) -> RefundSnapshot:
        page = self._page(ref)
        given = sum(refund.amount for refund in page.refunds if refund.status is not RefundStatus.FAILED)
        if page.status is not PaymentStatus.PAID:
            raise ProviderRejected(reason="nothing_paid")
        if given + amount > page.captured:
            raise ProviderRejected(reason="charge_already_refunded")
        made = RefundSnapshot(f"re_{next(self._numbers)}", refund_id, amount, self.refund_status)
        self.pages[ref] = replace(page, refunds=(*page.refunds, made))
        self._tell("refund.created", ref)
        return made

    def _become(self, ref: str, news: str, **changes: Any) -> None:
        self.pages[ref] = replace(self.pages[ref], redirect_url=None, **changes)
        self._tell(f"checkout.session.{news}", ref)

    def _tell(self, kind: str, ref: str) -> None:
        event_id = f"evt_{next(self._numbers)}"
        at = datetime(2026, 11, 21, 3, tzinfo=UTC)
        self.events.append(Notice(event_id, kind, ref, at, {"id": event_id, "type": kind}))
