"""Settling payments: ask the provider how one stands, and bring our rows forward to it.

Webhook, return page, expiry and reconciliation all come through here: `look_up` outside any transaction,
then `settle` under the lock of the order. The news itself is never believed, only the snapshot.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from accounts.rules import system_actor
from inventory.services import stock
from kernel.log import alarm
from kernel.outbox import publish
from orders.errors import ProviderRejected, UnknownPayment
from orders.events import (
    OrderPaid,
    PaymentCheckDue,
    PaymentDisputed,
    PaymentQuarantined,
    PaymentReported,
)
from orders.models import Order, OrderEvent, Payment
from orders.ports import PaymentProvider, PaymentStatus, Snapshot
from orders.queries.payments import (
    has_other_live_payment,
    live_payment,
    lock_order,
    lock_payment,
    payment_by_ref,
    payment_of,
)
from orders.rules.deadlines import CHECK_PENDING, HOLD_GRACE, LONGEST_PENDING, ORDER_LIFE, is_over
from orders.services.lifetime import end_order, keep_order
from orders.services.moves import may_move, move_to
from orders.services.refunding import create_refund, record_refund

_logger = logging.getLogger(__name__)
SETTLEMENT = system_actor("settlement")
_EXPIRY = system_actor("expiry")


@dataclass(frozen=True, slots=True)
class Look:
    """A question about one payment: by the provider's ref, else by our id since the attempt began (UTC).

    `close` ends its page first, so that nobody can pay any more.
    """

    payment_id: UUID | None
    ref: str | None
    since: datetime | None
    close: bool = False


@dataclass(frozen=True, slots=True)
class NeverOpened:
    """The provider knows no page for the attempt: the request never reached it."""


Answer = Snapshot | NeverOpened | ProviderRejected


def look_up(provider: PaymentProvider, question: Look) -> Answer:
    """Ask the provider; no database. Raises ProviderUnavailable and ProviderUnclear: ask again later."""
    try:
        ref = question.ref
        if ref is None and question.payment_id is not None and question.since is not None:
            ref = provider.find(question.payment_id, since=question.since)
        if ref is None:
            return NeverOpened()
        return provider.close(ref) if question.close else provider.look(ref)
    except ProviderRejected as refusal:
        return refusal


# --- who asks -----------------------------------------------------------------------------------------------


def ask_return(session: Session, order_number: str) -> Look | None:
    """The customer came back from the payment page: what to ask, None when nothing is open."""
    payment = live_payment(session, order_number)
    return None if payment is None or payment.state == "paid" else question_about(payment)


def ask_reported(_session: Session, event: PaymentReported) -> Look:
    """The provider rang: look, whatever the news was."""
    return Look(payment_id=None, ref=event.ref, since=None)


def ask_check(session: Session, event: PaymentCheckDue) -> Look | None:
    """A payment is to be looked at, and closed first if its time is over."""
    payment = payment_of(session, UUID(event.payment_id))
    if payment is None or (payment.ref is None and payment.state != "starting"):
        return None
    return question_about(payment, close=event.close and payment.state in _OPEN_STATES)


def question_about(payment: Payment, *, close: bool = False) -> Look:
    """How to ask for this payment."""
    return Look(payment.id, payment.ref, payment.created_at, close)


_OPEN_STATES = ("starting", "open", "pending")


def apply_reported(session: Session, event: PaymentReported, answer: Answer, *, at: datetime) -> None:
    """Settle what the provider rang about. Raises UnknownPayment: try again later."""
    if isinstance(answer, Snapshot):
        settle_snapshot(session, answer, at=at)
        return
    payment = payment_by_ref(session, event.ref)
    if payment is not None:
        settle(session, payment.id, answer, at=at)


def apply_check(session: Session, event: PaymentCheckDue, answer: Answer, *, at: datetime) -> None:
    """Settle a payment that was looked at; end its order when its time is over and nothing was paid."""
    order = settle(session, UUID(event.payment_id), answer, at=at)
    if event.close and order.state == "awaiting_payment" and is_over(order.expires_at, at):
        end_order(session, order, "expired", actor=_EXPIRY, at=at)


def apply_answer(session: Session, question: Look, answer: Answer, *, at: datetime) -> None:
    """Settle what `ask_return` asked."""
    assert question.payment_id is not None
    settle(session, question.payment_id, answer, at=at)


# --- the one way forward ------------------------------------------------------------------------------------


def settle_snapshot(session: Session, snapshot: Snapshot, *, at: datetime) -> None:
    """Settle the payment a snapshot is about. One that names no payment of ours is somebody else's.

    Raises UnknownPayment when it names a payment we do not have.
    """
    if snapshot.payment_id is None:
        return
    if payment_of(session, snapshot.payment_id) is None:
        raise UnknownPayment(ref=snapshot.ref)
    settle(session, snapshot.payment_id, snapshot, at=at)


def settle(session: Session, payment_id: UUID, answer: Answer, *, at: datetime) -> Order:
    """Bring a payment and its order forward to what the provider says; gives the locked order.

    States only move forward, so the same answer twice, or an old one after a newer, changes nothing.
    """
    found = payment_of(session, payment_id)
    if found is None:
        raise UnknownPayment(payment=str(payment_id))
    order = lock_order(session, found.order_id)
    payment = lock_payment(session, payment_id)
    match answer:
        case Snapshot():
            _settle_snapshot(session, order, payment, answer, at)
        case NeverOpened():
            if payment.state == "starting":
                _close(session, order, payment, "expired", at)
        case ProviderRejected():
            reason = str(answer.parameters.get("reason", answer.code))
            _quarantine(session, payment, reason, payment.captured, at)
    return order


def _settle_snapshot(
    session: Session, order: Order, payment: Payment, snapshot: Snapshot, at: datetime
) -> None:
    problem = _mismatch(payment, snapshot)
    if problem is not None:
        _quarantine(session, payment, problem, snapshot.captured, at)
    else:
        payment.ref = snapshot.ref
        _follow(session, order, payment, snapshot, at)
    if problem not in _SOMEBODY_ELSES:
        for refund in snapshot.refunds:
            record_refund(session, payment, refund, at=at)
        _note_dispute(session, payment, snapshot, at)


_SOMEBODY_ELSES = ("payment_id", "ref")


def _follow(session: Session, order: Order, payment: Payment, snapshot: Snapshot, at: datetime) -> None:
    match snapshot.status:
        case PaymentStatus.OPEN:
            if payment.state == "starting":
                payment.check_at = payment.expires_at
                move_to(session, payment, "open", actor=SETTLEMENT, at=at)
        case PaymentStatus.PENDING:
            _wait(session, order, payment, at)
        case PaymentStatus.PAID:
            _take_money(session, order, payment, snapshot, at)
        case PaymentStatus.FAILED:
            _close(session, order, payment, "failed", at)
        case PaymentStatus.EXPIRED:
            _close(session, order, payment, "expired", at)


def _mismatch(payment: Payment, snapshot: Snapshot) -> str | None:
    """What of the provider's account does not fit what we asked for."""
    checks = {
        "payment_id": snapshot.payment_id == payment.id,
        "ref": payment.ref in (None, snapshot.ref),
        "amount": snapshot.amount == payment.amount,
        "currency": snapshot.currency == payment.currency,
        "live_mode": snapshot.is_live == payment.is_live,
        "captured": snapshot.status is not PaymentStatus.PAID or snapshot.captured == payment.amount,
    }
    return next((name for name, fits in checks.items() if not fits), None)


def _take_money(session: Session, order: Order, payment: Payment, snapshot: Snapshot, at: datetime) -> None:
    """The money is there: for the order when it still waits, else back to the customer in full."""
    if payment.state in ("paid", "paid_late", "quarantined"):
        return
    payment.captured, payment.settled_at, payment.check_at = snapshot.captured, at, None
    if order.state == "awaiting_payment" and not has_other_live_payment(session, payment):
        move_to(session, payment, "paid", actor=SETTLEMENT, at=at)
        order.paid_at = at
        move_to(session, order, "paid", actor=SETTLEMENT, at=at, details={"payment_id": str(payment.id)})
        stock.confirm(session, order.number)
        publish(session, OrderPaid(order.id))
        return
    move_to(session, payment, "paid_late", actor=SETTLEMENT, at=at)
    alarm(_logger, "paid too late or twice", order=order.number, payment=str(payment.id))
    create_refund(
        session,
        payment.id,
        payment.captured,
        cause=f"late:{payment.id}",
        reason="paid_late",
        actor=SETTLEMENT,
        at=at,
    )


def _wait(session: Session, order: Order, payment: Payment, at: datetime) -> None:
    """The money is promised: keep the order and its stock for it, but not for ever."""
    if may_move(payment, "pending"):
        move_to(session, payment, "pending", actor=SETTLEMENT, at=at)
        if order.state == "awaiting_payment":
            keep_order(session, order, max(order.expires_at, payment.created_at + LONGEST_PENDING))
    if payment.state == "pending":
        payment.check_at = at + CHECK_PENDING
        if order.state == "awaiting_payment" and not is_over(order.expires_at, at):
            payment.check_at = min(payment.check_at, order.expires_at + HOLD_GRACE)


def _close(session: Session, order: Order, payment: Payment, to_state: str, at: datetime) -> None:
    """The attempt came to nothing; the customer may try again while the order waits."""
    if not may_move(payment, to_state):
        return
    was_pending = payment.state == "pending"
    payment.check_at, payment.settled_at = None, at
    move_to(session, payment, to_state, actor=SETTLEMENT, at=at)
    if was_pending and order.state == "awaiting_payment":
        keep_order(session, order, min(order.expires_at, at + ORDER_LIFE))


def _quarantine(session: Session, payment: Payment, problem: str, captured: int, at: datetime) -> None:
    """What the provider holds does not fit: nothing is shipped for it, a person decides."""
    alarm(_logger, "payment does not fit", payment=str(payment.id), problem=problem, state=payment.state)
    if not may_move(payment, "quarantined"):
        return
    payment.problem, payment.captured = problem, captured
    payment.check_at, payment.settled_at = None, at
    move_to(session, payment, "quarantined", actor=SETTLEMENT, at=at, details={"problem": problem})
    publish(session, PaymentQuarantined(str(payment.id)))


def _note_dispute(session: Session, payment: Payment, snapshot: Snapshot, at: datetime) -> None:
    if snapshot.is_disputed == payment.is_disputed:
        return
    payment.is_disputed = snapshot.is_disputed
    kind = "payment_disputed" if snapshot.is_disputed else "payment_dispute_over"
    details = {"payment_id": str(payment.id)}
    session.add(
        OrderEvent(order_id=payment.order_id, kind=kind, details=details, actor_label=SETTLEMENT.label, at=at)
    )
    if snapshot.is_disputed:
        publish(session, PaymentDisputed(str(payment.id)))
