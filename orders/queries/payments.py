"""Reads and locks of orders and their payments. House order of locks: order, payment, stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from orders.errors import OrderNotFound, OrderNotPayable
from orders.models import Fulfilment, Order, Payment
from orders.rules.states import LIVE_PAYMENT_STATES

# A locking read must see what it locked, not what this session happened to have loaded before.
_FRESH = {"populate_existing": True}
_LIVE = Payment.state.in_(LIVE_PAYMENT_STATES)
_ORDER = select(Order).where(Order.id == bindparam("order_id")).with_for_update()
_ORDER_BY_NUMBER = select(Order).where(Order.number == bindparam("number")).with_for_update()
_PAYMENT = select(Payment).where(Payment.id == bindparam("payment_id")).with_for_update()
_LIVE_PAYMENT = select(Payment).where(Payment.order_id == bindparam("order_id"), _LIVE).with_for_update()
_ATTEMPTS = select(func.count(), func.count().filter(Payment.state == "quarantined")).where(
    Payment.order_id == bindparam("order_id")
)


def lock_order(session: Session, order_id: int) -> Order:
    """The order as it is now, locked until the transaction ends. Raises OrderNotFound."""
    return _locked_order(session, _ORDER, {"order_id": order_id})


def lock_order_by_number(session: Session, number: str) -> Order:
    """The order with that number, locked until the transaction ends. Raises OrderNotFound."""
    return _locked_order(session, _ORDER_BY_NUMBER, {"number": number})


def lock_buyers_order(session: Session, number: str) -> Order:
    """The same, for what its buyer writes. Raises OrderNotFound also once the buyer was forgotten.

    The link of an old mail stays right; words that came by it would belong to nobody, and stay for ever.
    """
    order = lock_order_by_number(session, number)
    if not order.email:
        raise OrderNotFound
    return order


def lock_fulfilments(session: Session, order_id: int) -> Sequence[Fulfilment]:
    """An order's fulfilments in the order of their ids, locked."""
    query = select(Fulfilment).where(Fulfilment.order_id == order_id).order_by(Fulfilment.id)
    return session.scalars(query.with_for_update(), execution_options=_FRESH).all()


def lock_payment(session: Session, payment_id: UUID) -> Payment:
    """The payment as it is now, locked; its order must be locked already."""
    return session.scalars(_PAYMENT, {"payment_id": payment_id}, execution_options=_FRESH).one()


def lock_left_of_payment(session: Session, order_id: int) -> int:
    """The rupiah of an order's payment that no refund claims; the payment is locked, so that it stays so.

    A refund made in the provider's own pages counts too. Raises OrderNotPayable when it is not paid.
    """
    paid = select(Payment.id).where(Payment.order_id == order_id, Payment.state == "paid")
    payment_id = session.scalar(paid)
    if payment_id is None:
        raise OrderNotPayable
    payment = lock_payment(session, payment_id)
    return payment.captured - payment.refund_claimed


def lock_live_payment(session: Session, order_id: int) -> Payment | None:
    """The one attempt of an order that may still bring, or has brought, its money; locked."""
    found = session.scalars(_LIVE_PAYMENT, {"order_id": order_id}, execution_options=_FRESH)
    return found.one_or_none()


def payment_of(session: Session, payment_id: UUID) -> Payment | None:
    """A payment by our own id."""
    return session.get(Payment, payment_id, populate_existing=True)


def payment_by_ref(session: Session, ref: str) -> Payment | None:
    """A payment by the provider's reference."""
    return session.scalar(select(Payment).where(Payment.ref == ref))


def live_payment(session: Session, order_number: str) -> Payment | None:
    """The live attempt of an order, not locked; None too when there is no such order."""
    query = select(Payment).join(Payment.order).where(Order.number == order_number)
    return session.scalar(query.where(_LIVE))


def has_other_live_payment(session: Session, payment: Payment) -> bool:
    """Whether another attempt of the same order is live."""
    query = select(Payment.id).where(Payment.order_id == payment.order_id, Payment.id != payment.id)
    return session.scalar(query.where(_LIVE).limit(1)) is not None


def count_attempts(session: Session, order_id: int) -> tuple[int, int]:
    """How many attempts an order has had, and how many of them are quarantined."""
    every, quarantined = session.execute(_ATTEMPTS, {"order_id": order_id}).one()
    return every, quarantined


def _locked_order(session: Session, query: Select[Order], values: Mapping[str, Any]) -> Order:
    order = session.scalars(query, values, execution_options=_FRESH).one_or_none()
    if order is None:
        raise OrderNotFound
    return order
