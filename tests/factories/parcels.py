"""Paid orders for tests, whose parcels may be packed: placed as a customer does, paid without a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.models import Variant
from inventory.services.stock import confirm
from kernel.outbox import publish
from orders.events import OrderPaid
from orders.models import (
    Carton,
    CartonLine,
    Fulfilment,
    FulfilmentLine,
    Order,
    Payment,
    Refund,
    RefundShare,
)
from orders.rules.allocation import Wish
from orders.services.moves import move_to
from tests.factories.accounts import make_officer
from tests.factories.placing import make_placed_order, make_shop


@dataclass
class Desk:
    """A paid parcel of nets and breads at Garut; Ciamis makes nets too; an officer of each."""

    garut: Upt
    ciamis: Upt
    net: Variant
    bread: Variant
    officer: Actor
    other: Actor
    order: Order
    parcel: Fulfilment

    @property
    def number(self) -> str:
        return self.parcel.number


def make_desk(session: Session, *, at: datetime, nets: int = 3, breads: int = 2) -> Desk:
    """A parcel of so many pieces; twenty nets and nine breads lie at Garut, five nets at Ciamis."""
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    here, there = make_officer(session, shop.garut), make_officer(session, shop.ciamis)
    officer, other = (actor_of(session, each.id, each.name) for each in (here, there))
    wishes = [Wish(1, shop.net.id, nets, shop.garut.id)]
    if breads:
        wishes.append(Wish(2, shop.bread.id, breads, shop.garut.id))
    order = make_paid_order(session, *wishes, at=at)
    parcel = parcel_of(session, order, shop.garut)
    return Desk(shop.garut, shop.ciamis, shop.net, shop.bread, officer, other, order, parcel)


def make_paid_order(session: Session, *wishes: Wish, at: datetime, **changes: Any) -> Order:
    """An order whose money is there."""
    number = make_placed_order(session, *wishes, at=at, **changes)
    order = session.scalars(select(Order).where(Order.number == number)).one()
    payment_id = uuid4()
    payment = Payment(
        id=payment_id,
        order_id=order.id,
        provider="test",
        state="open",
        amount=order.total,
        captured=order.total,
        idempotency_key=f"pay-{payment_id}",
        request={},
        ref=f"ref-{payment_id}",
        created_at=at,
        expires_at=at + timedelta(hours=1),
        settled_at=at,
    )
    session.add(payment)
    confirm(session, order.number)
    order.paid_at = at
    for thing in (payment, order):
        move_to(session, thing, "paid", actor=system_actor("settlement"), at=at)
    publish(session, OrderPaid(order.id))
    session.flush()
    return order


def parcel_of(session: Session, order: Order, upt: Upt) -> Fulfilment:
    """The parcel that a UPT packs of an order."""
    query = select(Fulfilment).where(Fulfilment.order_id == order.id, Fulfilment.upt_id == upt.id)
    return session.scalars(query).one()


def make_carton(session: Session, parcel_id: int, tracking_number: str, *, at: datetime) -> Carton:
    """A second carton, which the courier has, with one piece of the parcel's first line."""
    lines = select(FulfilmentLine.id).where(FulfilmentLine.fulfilment_id == parcel_id)
    line = session.scalars(lines.order_by(FulfilmentLine.id).limit(1)).one()
    carton = Carton(fulfilment_id=parcel_id, position=2, tracking_number=tracking_number)
    carton.shipped_courier, carton.shipped_at = "JNE", at
    carton.lines = [CartonLine(fulfilment_line_id=line, pieces=1)]
    session.add(carton)
    session.flush()
    return carton


def make_refund(session: Session, order: Order, parcel: Fulfilment, *, at: datetime) -> Refund:
    """One rupiah of an order that went back, all of it that parcel's."""
    payment = session.scalars(select(Payment).where(Payment.order_id == order.id)).one()
    refund = Refund(
        id=uuid4(),
        payment_id=payment.id,
        order_id=order.id,
        amount=1,
        state="succeeded",
        cause=f"test:{parcel.id}",
        reason="problem",
        idempotency_key=f"refund-{uuid4()}",
        actor_label="test",
        created_at=at,
        settled_at=at,
    )
    payment.refund_claimed += 1
    session.add(refund)
    session.flush()
    session.add(RefundShare(refund_id=refund.id, fulfilment_id=parcel.id, pieces={}, amount=1))
    session.flush()
    return refund
