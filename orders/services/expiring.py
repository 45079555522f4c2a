"""Ending unpaid orders: the payment page is closed first, and only then the stock is freed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import Actor, system_actor
from kernel.outbox import publish
from orders.errors import OrderNotPayable, WrongState
from orders.events import OrderOverdue, PaymentCheckDue
from orders.models import Order, Payment
from orders.queries.payments import live_payment, lock_live_payment, lock_order, lock_order_by_number
from orders.rules.deadlines import CHECK_AGAIN, HOLD_GRACE, is_over
from orders.services.lifetime import end_order
from orders.services.settling import Answer, Look, question_about, settle

_EXPIRY = system_actor("expiry")
_AT_ONCE = 200


def expire_orders(session: Session, *, at: datetime) -> int:
    """See to the unpaid orders whose time and grace are over; gives how many.

    Each ends in a transaction of its own: two orders freed in one would lock stock rows out of order. One
    with a payment page still open, or money promised, has that looked at and closed first, because its
    customer may be paying at this moment.
    """
    overdue = (
        select(Order)
        .where(Order.state == "awaiting_payment", Order.expires_at <= at - HOLD_GRACE)
        .order_by(Order.expires_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    orders = session.scalars(overdue, execution_options={"populate_existing": True}).all()
    for order in orders:
        payment = lock_live_payment(session, order.id)
        if payment is None:
            publish(session, OrderOverdue(order.id))
        elif payment.check_at is None or payment.check_at <= at:
            ring(session, order, payment, at=at)
    return len(orders)


def ring(session: Session, order: Order, payment: Payment, *, at: datetime) -> None:
    """Have a locked, unsettled payment looked at, and closed when its order's time is over."""
    payment.check_at = at + CHECK_AGAIN
    close = order.state == "awaiting_payment" and is_over(order.expires_at, at)
    publish(session, PaymentCheckDue(str(payment.id), close=close))


def apply_overdue(session: Session, event: OrderOverdue, *, at: datetime) -> None:
    """End an order whose time is over, unless it was paid, ended or tried again meanwhile."""
    order = lock_order(session, event.order_id)
    if order.state != "awaiting_payment" or not is_over(order.expires_at, at):
        return
    if lock_live_payment(session, order.id) is None:
        end_order(session, order, "expired", actor=_EXPIRY, at=at)


def ask_cancel(session: Session, order_number: str) -> Look | None:
    """The customer wants out: what to close at the provider, None when no page is open."""
    payment = live_payment(session, order_number)
    return None if payment is None or payment.state == "paid" else question_about(payment, close=True)


def cancel_order(
    session: Session,
    order_number: str,
    question: Look | None,
    answer: Answer | None,
    *,
    actor: Actor,
    at: datetime,
) -> bool:
    """Cancel an unpaid order after its page was closed; False when its money came, or comes, all the same.

    That is no error, because what the provider said must be kept. Raises OrderNotFound, WrongState when the
    order was paid or ended before, and OrderNotPayable when a page was opened meanwhile.
    """
    if question is not None and answer is not None:
        assert question.payment_id is not None
        settle(session, question.payment_id, answer, at=at)
    order = lock_order_by_number(session, order_number)
    if order.state != "awaiting_payment":
        if question is None:
            raise WrongState(state=order.state)
        return order.state == "cancelled"
    if lock_live_payment(session, order.id) is not None:
        if question is None:
            raise OrderNotPayable
        return False
    end_order(session, order, "cancelled", actor=actor, at=at)
    return True
