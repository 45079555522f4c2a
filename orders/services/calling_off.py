"""What a customer does with a paid order: call it off while nothing is packed, say that a parcel is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.rules import Actor
from inventory.services.stock import release
from kernel.money import divide
from kernel.outbox import publish
from orders.errors import CannotCallOff, FulfilmentNotFound, WrongState
from orders.events import FulfilmentDelivered, OrderCalledOff
from orders.models import Fulfilment, FulfilmentLine
from orders.queries.paid_shipping import paid_shipping
from orders.queries.payments import lock_fulfilments, lock_left_of_payment, lock_order_by_number
from orders.queries.staff import is_disputed
from orders.rules.states import CALLABLE_OFF_STATES, NOT_TO_COME
from orders.services.moves import move_to
from orders.services.packing import forget_cartons
from orders.services.parcel_work import open_pieces, share_of
from orders.services.refunding import Share, refund_order
from orders.services.taking_over import withdraw_all


def call_off(session: Session, order_number: str, *, actor: Actor, at: datetime) -> bool:
    """Cancel every parcel of a paid order, free its stock once and give all its money back.

    A second time answers False. Keeps the order's lock, which packing takes too: whoever comes first wins.
    Raises OrderNotFound, WrongState for an order that is not paid, and CannotCallOff when a parcel is packed
    or the bank disputes the payment.
    """
    order = lock_order_by_number(session, order_number)
    if order.state != "paid":
        raise WrongState(state=order.state)
    lock_fulfilments(session, order.id)
    every = _parcels(session, order.id)
    parcels = [parcel for parcel in every if parcel.state not in NOT_TO_COME]
    if not parcels:
        return False
    if any(parcel.state not in CALLABLE_OFF_STATES for parcel in parcels):
        raise CannotCallOff
    if is_disputed(session, order.id):
        raise CannotCallOff("payment_in_question")
    parcel_ids = [parcel.id for parcel in parcels]
    withdraw_all(session, parcel_ids, actor=actor, at=at)
    forget_cartons(session, parcel_ids)
    shares = _shares(session, order.id, every)
    _free(session, parcels, at=at)
    refund_id = None
    if shares:
        refund_id = refund_order(
            session,
            order.id,
            sum(share.amount for share in shares),
            cause=f"called-off:{order.number}",
            reason="called_off",
            actor=actor,
            at=at,
            shares=shares,
        )
    details = {"reason": "called_off", **({"refund_id": str(refund_id)} if refund_id else {})}
    for parcel in parcels:
        move_to(session, parcel, "cancelled", actor=actor, at=at, details=details)
    publish(session, OrderCalledOff(order.id))
    return True


def confirm_receipt(
    session: Session, order_number: str, parcel_number: str, *, actor: Actor, at: datetime
) -> bool:
    """The customer says that a parcel has arrived; False when that was known.

    Raises OrderNotFound, FulfilmentNotFound for another order's parcel, WrongState when it is not on its way.
    """
    order = lock_order_by_number(session, order_number)
    found = [parcel for parcel in lock_fulfilments(session, order.id) if parcel.number == parcel_number]
    if not found:
        raise FulfilmentNotFound
    (parcel,) = found
    if parcel.state == "delivered":
        return False
    if parcel.state != "shipped":
        raise WrongState(state=parcel.state)
    move_to(session, parcel, "delivered", actor=actor, at=at)
    publish(session, FulfilmentDelivered(parcel.id))
    return True


def _parcels(session: Session, order_id: int) -> Sequence[Fulfilment]:
    """The parcels with their lines, as they are now."""
    lines = selectinload(Fulfilment.lines).options(
        joinedload(FulfilmentLine.order_line), joinedload(FulfilmentLine.reservation)
    )
    query = select(Fulfilment).where(Fulfilment.order_id == order_id).order_by(Fulfilment.id).options(lines)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def _shares(session: Session, order_id: int, parcels: Sequence[Fulfilment]) -> list[Share]:
    """What each parcel still costs, and together not more than is left of the payment.

    Shipping is kept of one that was cancelled too, as long as another UPT was to send pieces of it.
    """
    shipping = {each.parcel_id: each.cost for each in paid_shipping(session, order_id) if not each.went_back}
    full = [
        share_of(
            parcel,
            [(line, open_pieces(line)) for line in parcel.lines],
            shipping=shipping.get(parcel.id, 0),
        )
        for parcel in parcels
    ]
    left = lock_left_of_payment(session, order_id)
    wanted = [share.amount for share in full]
    amounts = wanted if sum(wanted) <= left else divide(left, wanted)
    return [
        Share(share.fulfilment_id, share.pieces, share.shipping, amount)
        for share, amount in zip(full, amounts, strict=True)
        if amount
    ]


def _free(session: Session, parcels: Sequence[Fulfilment], *, at: datetime) -> None:
    """Give the pieces back to the shelves, rows in the order in which every use-case takes them."""
    lines = [line for parcel in parcels for line in parcel.lines if open_pieces(line)]
    for line in sorted(lines, key=lambda each: each.reservation.stock_id):
        count = open_pieces(line)
        release(session, line.reservation_id, count, at=at)
        line.cancelled += count
