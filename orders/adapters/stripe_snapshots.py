"""Reading Stripe's objects: sessions, refunds, disputes and events as the port's plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import stripe
from stripe.checkout import Session

from orders.adapters.stripe_money import from_stripe
from orders.errors import ProviderUnclear
from orders.ports import Notice, PaymentStatus, RefundSnapshot, RefundStatus, Snapshot

T = TypeVar("T")

KINDS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
"""The events we follow; payment_intent.* and charge.* would be the same news twice."""

_REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}

# a session that is complete but not paid: the method is slow, or has failed
_SLOW_STATUS = {
    "processing": PaymentStatus.PENDING,
    "requires_action": PaymentStatus.PENDING,
    "requires_payment_method": PaymentStatus.FAILED,
    "canceled": PaymentStatus.FAILED,
}

_IS_DISPUTE_OPEN = {
    "warning_needs_response": True,
    "warning_under_review": True,
    "warning_closed": False,
    "needs_response": True,
    "under_review": True,
    "appeal_needs_response": True,
    "appeal_under_review": True,
    "won": False,
    "lost": True,
    "prevented": False,
}


def intent_of(session: Session) -> stripe.PaymentIntent | None:
    """The session's payment, which must have been asked for in full (`expand`)."""
    intent = session.payment_intent
    if isinstance(intent, str):
        raise ProviderUnclear(answer="payment_intent not expanded")
    return intent


def metadata_of(thing: Session | stripe.Refund) -> dict[str, str]:
    """What was written on the object when it was made."""
    return thing.metadata.to_dict() if thing.metadata else {}


def snapshot_of(
    session: Session, refunds: Iterable[stripe.Refund], disputes: Iterable[stripe.Dispute]
) -> Snapshot:
    """A session as a snapshot. Raises ProviderUnclear for a state nobody knows, ProviderRejected for money
    that cannot be ours."""
    intent = intent_of(session)
    currency = session.currency or ""
    captured = intent.amount_received if intent else 0
    return Snapshot(
        ref=session.id,
        payment_id=_uuid(metadata_of(session).get("payment_id")),
        status=_status(session, intent),
        amount=from_stripe(session.amount_total or 0, currency),
        currency=currency.upper(),
        captured=from_stripe(captured, currency),
        is_live=session.livemode,
        redirect_url=session.url,
        refunds=tuple(refund_snapshot(refund) for refund in refunds),
        is_disputed=any(_known(_IS_DISPUTE_OPEN, dispute.status) for dispute in disputes),
    )


def refund_snapshot(refund: stripe.Refund) -> RefundSnapshot:
    """A refund as the port has it."""
    return RefundSnapshot(
        ref=refund.id,
        refund_id=_uuid(metadata_of(refund).get("refund_id")),
        amount=from_stripe(refund.amount, refund.currency),
        status=_known(_REFUND_STATUS, refund.status),
    )


def notice_of(event: Mapping[str, Any]) -> Notice | None:
    """An event we follow as a notice; None for another kind, or one that leads to no payment."""
    if event["type"] not in KINDS:
        return None
    thing = event["data"]["object"]
    is_session = thing["object"] == "checkout.session"
    ref = thing["id"] if is_session else thing.get("payment_intent")
    if isinstance(ref, Mapping):
        ref = ref["id"]
    if not ref:
        return None
    return Notice(
        event_id=event["id"],
        kind=event["type"],
        ref=ref,
        at=datetime.fromtimestamp(event["created"], UTC),
        body=dict(event),
    )


def _status(session: Session, intent: stripe.PaymentIntent | None) -> PaymentStatus:
    if session.payment_status == "paid":
        return PaymentStatus.PAID
    if session.payment_status != "unpaid":
        raise ProviderUnclear(answer=session.payment_status)
    match session.status:
        case "open":
            return PaymentStatus.OPEN
        case "expired":
            return PaymentStatus.EXPIRED
        case "complete":
            return _known(_SLOW_STATUS, intent.status if intent else None)
        case other:
            raise ProviderUnclear(answer=other)


def _known(table: Mapping[str, T], status: str | None) -> T:
    if status is None or status not in table:
        raise ProviderUnclear(answer=status)
    return table[status]


def _uuid(text: str | None) -> UUID | None:
    """Our own id, or None for what somebody else has written there."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
