"""The life of an unpaid order: kept longer for money on its way, or ended and its stock freed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.services import stock
from kernel.outbox import publish
from orders.events import OrderEnded
from orders.models import Fulfilment, FulfilmentLine, Order
from orders.queries.payments import lock_fulfilments
from orders.rules.deadlines import held_until
from orders.services.moves import move_to


def keep_order(session: Session, order: Order, expires_at: datetime) -> None:
    """Let a locked, unpaid order wait for its money until `expires_at` (UTC), and hold its stock as long."""
    order.expires_at = expires_at
    stock.extend(session, order.number, expires_at=held_until(expires_at))


def end_order(
    session: Session, order: Order, to_state: Literal["cancelled", "expired"], *, actor: Actor, at: datetime
) -> None:
    """End a locked, unpaid order whose payment page is closed, and free what it held (rule I2).

    Raises WrongState when it is paid or ended already.
    """
    order.ended_at = at
    move_to(session, order, to_state, actor=actor, at=at)
    for fulfilment in lock_fulfilments(session, order.id):
        move_to(session, fulfilment, "cancelled", actor=actor, at=at)
    of_order = select(Fulfilment.id).where(Fulfilment.order_id == order.id)
    session.execute(
        update(FulfilmentLine)
        .where(FulfilmentLine.fulfilment_id.in_(of_order))
        .values(cancelled=FulfilmentLine.quantity - FulfilmentLine.shipped)
        .execution_options(synchronize_session="fetch")
    )
    stock.release_order(session, order.number, at=at)
    publish(session, OrderEnded(order.id))
