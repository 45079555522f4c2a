"""What a customer decides about how a parcel comes: to fetch it at the UPT instead of having it sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from accounts.rules import Actor
from kernel.outbox import publish
from orders.errors import FulfilmentNotFound, OrderNotPayable, PickupNotOffered, WrongState
from orders.events import PickupChosen
from orders.queries.payments import lock_buyers_order, lock_fulfilments
from orders.queries.pickup import may_be_fetched
from orders.queries.staff import is_disputed
from orders.rules.states import CALLABLE_OFF_STATES
from orders.services.parcel_work import check_not_asked_for, note_parcel, shares_unsent
from orders.services.refunding import refund_order


def choose_pickup(
    session: Session, order_number: str, parcel_number: str, *, actor: Actor, at: datetime
) -> bool:
    """The customer fetches a parcel that is not packed yet: its shipping goes back, and its UPT is told.

    It stays while another UPT sends something that was paid with it.
    Once it is packed its courier may have it, before an officer has found the time to say so.

    False when they had chosen so. Raises OrderNotFound, FulfilmentNotFound for another order's parcel,
    WrongState, PickupNotOffered, and OrderNotPayable while the bank disputes the payment.
    """
    order = lock_buyers_order(session, order_number)
    parcel = next(
        (each for each in lock_fulfilments(session, order.id) if each.number == parcel_number), None
    )
    if parcel is None:
        raise FulfilmentNotFound
    if parcel.hand_over == "pickup":
        return False
    if order.state != "paid" or parcel.state not in CALLABLE_OFF_STATES:
        raise WrongState(state=parcel.state)
    if not may_be_fetched(session, parcel.id):
        raise PickupNotOffered
    if is_disputed(session, order.id):
        raise OrderNotPayable("payment_in_question")
    check_not_asked_for(session, parcel)
    parcel.hand_over = "pickup"
    details: dict[str, object] = {}
    if shares := shares_unsent(session, parcel, ()):
        amount = sum(share.amount for share in shares)
        refund_id = refund_order(
            session,
            order.id,
            amount,
            cause=f"pickup:{parcel.number}",
            reason="pickup",
            actor=actor,
            at=at,
            shares=shares,
        )
        details = {"refund_id": str(refund_id), "amount": amount}
    note_parcel(session, parcel, "fulfilment_pickup_chosen", details, actor, at)
    publish(session, PickupChosen(parcel.id))
    return True
