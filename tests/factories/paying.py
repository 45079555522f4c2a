"""Orders on their way to being paid: a page open at the fake provider, and news carried to the settling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.outbox import Event, OutboxEvent, restore
from orders.events import NoticesDue, OrderOverdue, PaymentCheckDue, PaymentReported, RefundDue
from orders.models import Order, Payment
from orders.ports import PaymentProvider
from orders.rules.allocation import Wish
from orders.services import expiring, paying, reconciling, refunding, settling
from reporting.invariants import violations
from tests.factories.placing import make_placed_order, make_shop


def make_order(session: Session, *, at: datetime, net_id: int | None = None) -> Order:
    """An order of six nets from two UPTs that waits for payment; without `net_id` in a shop of its own."""
    if net_id is None:
        net_id = make_shop(session, at=at).net.id
    number = make_placed_order(session, Wish(1, net_id, 6), at=at)
    return session.scalars(select(Order).where(Order.number == number)).one()


def open_payment(session: Session, order: Order, provider: PaymentProvider, *, at: datetime) -> Payment:
    """The order's payment with its page open."""
    attempt = prepare(session, order, provider, at=at)
    url = paying.record_page(session, attempt, paying.open_page(provider, attempt), at=at)
    assert url is not None
    return session.get_one(Payment, attempt.payment_id)


def prepare(session: Session, order: Order, provider: PaymentProvider, *, at: datetime) -> paying.Attempt:
    """A payment attempt, its page not yet asked for."""
    return paying.prepare_payment(
        session,
        order.number,
        provider,
        shipping_name="Ongkos kirim",
        success_url="http://localhost/pesanan/x",
        cancel_url="http://localhost/pesanan/x",
        at=at,
    )


def settle(session: Session, payment: Payment, provider: PaymentProvider, *, at: datetime) -> None:
    """Look at a payment once, as a webhook would have it done."""
    question = settling.question_about(payment)
    settling.settle(session, payment.id, settling.look_up(provider, question), at=at)


def deliver(session: Session, provider: PaymentProvider, event: Event, *, at: datetime) -> None:
    """Do with one event what the worker does: ask, call, apply."""
    match event:
        case PaymentReported():
            reported = settling.ask_reported(session, event)
            settling.apply_reported(session, event, settling.look_up(provider, reported), at=at)
        case PaymentCheckDue():
            check = settling.ask_check(session, event)
            if check is not None:
                settling.apply_check(session, event, settling.look_up(provider, check), at=at)
        case RefundDue():
            refund = refunding.ask_refund(session, event)
            if refund is not None:
                refunding.apply_refund(session, event, refunding.give_back(provider, refund), at=at)
        case NoticesDue():
            missed = reconciling.fetch_missed(provider, reconciling.ask_missed(session, event))
            reconciling.store_missed(session, event, missed, at=at)
        case OrderOverdue():
            expiring.apply_overdue(session, event, at=at)


def published(session: Session, kind: type[Event]) -> list[Event]:
    """The events of a kind in the outbox, oldest first."""
    rows = session.scalars(
        select(OutboxEvent).where(OutboxEvent.name == kind.__name__).order_by(OutboxEvent.id)
    )
    return [restore(row.name, row.payload) for row in rows]


def deliver_all(session: Session, provider: PaymentProvider, kind: type[Event], *, at: datetime) -> None:
    """Deliver every event of a kind."""
    for event in published(session, kind):
        deliver(session, provider, event, at=at)


def broken_rules(session: Session, *, at: datetime) -> dict[str, Any]:
    """The invariants that do not hold. Nobody dispatches events in these tests, so I18 is left out."""
    return {name: rows for name, rows in violations(session, at=at).items() if name != "I18"}
