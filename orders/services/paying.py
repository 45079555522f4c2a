"""Sending a customer to pay: the attempt is written down before the provider is asked for a page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from kernel.log import alarm
from kernel.money import divide
from orders.errors import OrderNotPayable, ProviderRejected, ProviderUnclear, TotalOutOfBounds
from orders.models import Order, OrderLine, Payment
from orders.ports import PaymentLine, PaymentProvider, PaymentRequest, Snapshot, Started
from orders.queries.payments import (
    count_attempts,
    lock_live_payment,
    lock_order,
    lock_order_by_number,
    lock_payment,
)
from orders.rules.deadlines import CHECK_AGAIN, MOST_ATTEMPTS, page_expiry
from orders.services.lifetime import keep_order
from orders.services.moves import move_to
from orders.services.settling import SETTLEMENT, NeverOpened, settle

_logger = logging.getLogger(__name__)
_LINES = select(OrderLine).where(OrderLine.order_id == bindparam("order_id")).order_by(OrderLine.position)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment attempt that stands in the database: open its page, or look whether it is open still.

    `body` is what the provider is sent, as it was stored, `since` when the attempt began (UTC).
    """

    payment_id: UUID
    order_id: int
    ref: str | None
    idempotency_key: str
    body: dict[str, Any]
    since: datetime


Page = Started | Snapshot | NeverOpened | ProviderRejected


def prepare_payment(
    session: Session,
    order_number: str,
    provider: PaymentProvider,
    *,
    shipping_name: str,
    success_url: str,
    cancel_url: str,
    at: datetime,
) -> Attempt:
    """Begin or take up the one live attempt to pay an order; a second tab gets the same one.

    `shipping_name` is what the shipping line is called on the provider's page. The order and its stock are
    kept as long as the page is open. Raises OrderNotFound, OrderNotPayable and TotalOutOfBounds.
    """
    order = lock_order_by_number(session, order_number)
    if order.state != "awaiting_payment" or at >= order.expires_at:
        raise OrderNotPayable
    payment = lock_live_payment(session, order.id)
    if payment is None:
        request = _request(session, order, provider, shipping_name, success_url, cancel_url, at)
        payment = _begin(session, order, provider, request, at)
    elif payment.state == "pending":
        raise OrderNotPayable("payment_pending")
    return Attempt(
        payment_id=payment.id,
        order_id=order.id,
        ref=payment.ref,
        idempotency_key=payment.idempotency_key,
        body=payment.request,
        since=payment.created_at,
    )


def open_page(provider: PaymentProvider, attempt: Attempt) -> Page:
    """Ask the provider for the page of an attempt; no database.

    Raises ProviderUnavailable and ProviderUnclear: the order is kept, the customer may try again.
    """
    try:
        if attempt.ref is not None:
            return provider.look(attempt.ref)
        try:
            return provider.start(attempt.body, idempotency_key=attempt.idempotency_key)
        except ProviderUnclear as unclear:
            ref = provider.find(attempt.payment_id, since=attempt.since)
            if ref is not None:
                return provider.look(ref)
            if unclear.parameters.get("is_final"):
                return NeverOpened()
            raise
    except ProviderRejected as refusal:
        return refusal


def record_page(session: Session, attempt: Attempt, page: Page, *, at: datetime) -> str | None:
    """Write down what the provider answered; gives where to send the customer.

    None when there is nothing to pay on it any more: prepare again, or show the order as it is now.
    """
    if not isinstance(page, Started | ProviderRejected):
        order = settle(session, attempt.payment_id, page, at=at)
        payment = lock_payment(session, attempt.payment_id)
        is_open = order.state == "awaiting_payment" and payment.state == "open"
        return page.redirect_url if is_open and isinstance(page, Snapshot) else None
    order = lock_order(session, attempt.order_id)
    payment = lock_payment(session, attempt.payment_id)
    if isinstance(page, ProviderRejected):
        _reject(session, payment, page, at)
        return None
    if payment.state == "starting":
        payment.ref, payment.expires_at, payment.check_at = page.ref, page.expires_at, page.expires_at
        move_to(session, payment, "open", actor=SETTLEMENT, at=at)
    is_open = order.state == "awaiting_payment" and payment.state == "open" and payment.ref == page.ref
    return page.redirect_url if is_open else None


def _request(
    session: Session,
    order: Order,
    provider: PaymentProvider,
    shipping_name: str,
    success_url: str,
    cancel_url: str,
    at: datetime,
) -> PaymentRequest:
    attempts, quarantined = count_attempts(session, order.id)
    if quarantined:
        raise OrderNotPayable("payment_in_question")
    if attempts >= MOST_ATTEMPTS:
        raise OrderNotPayable("too_many_attempts")
    caps = provider.caps
    if not caps.minimum_amount <= order.total <= caps.maximum_amount:
        raise TotalOutOfBounds(minimum=caps.minimum_amount, maximum=caps.maximum_amount)
    shortest = timedelta(minutes=caps.shortest_expiry_minutes)
    return PaymentRequest(
        id=uuid4(),
        order_number=order.number,
        amount=order.total,
        currency="IDR",
        lines=_lines(session, order, shipping_name),
        email=order.email,
        locale=order.locale,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=page_expiry(at, order.expires_at, shortest=shortest),
    )


def _lines(session: Session, order: Order, shipping_name: str) -> tuple[PaymentLine, ...]:
    """The order's lines after their share of the discount, and the shipping; they add up to the total."""
    lines = session.scalars(_LINES, {"order_id": order.id}).all()
    discounts = divide(order.discount_total, [line.line_total for line in lines])
    goods = [
        PaymentLine(_name(line), line.line_total - discount)
        for line, discount in zip(lines, discounts, strict=True)
    ]
    shipping = [PaymentLine(shipping_name, order.shipping_total)] if order.shipping_total else []
    return (*goods, *shipping)


def _name(line: OrderLine) -> str:
    thing = f"{line.product_name} {line.variant_name}".strip()
    return f"{thing} × {line.quantity}"


def _begin(
    session: Session, order: Order, provider: PaymentProvider, request: PaymentRequest, at: datetime
) -> Payment:
    # what is sent is what was stored, the order of its keys included: a replay is the same byte for byte
    made = insert(Payment).values(
        id=request.id,
        order_id=order.id,
        provider=provider.name,
        state="starting",
        amount=request.amount,
        currency=request.currency,
        idempotency_key=f"pay-{request.id}",
        request=provider.request_body(request),
        is_live=provider.is_live,
        created_at=at,
        expires_at=request.expires_at,
        check_at=at + CHECK_AGAIN,
    )
    payment = session.scalars(made.returning(Payment)).one()
    if request.expires_at > order.expires_at:
        keep_order(session, order, request.expires_at)
    return payment


def _reject(session: Session, payment: Payment, refusal: ProviderRejected, at: datetime) -> None:
    """The provider will never open a page for this attempt: it is over, the next one is a new one."""
    reason = str(refusal.parameters.get("reason", refusal.code))
    alarm(_logger, "payment page refused", payment=str(payment.id), reason=reason)
    if payment.state == "starting":
        payment.problem, payment.check_at, payment.settled_at = reason, None, at
        move_to(session, payment, "failed", actor=SETTLEMENT, at=at, details={"problem": reason})
