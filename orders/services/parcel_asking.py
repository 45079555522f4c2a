"""What a buyer asks the UPT about a parcel of their order: one enquiry a parcel, grown message by message.

The threads of one order share its limit. Whoever calls has proven the buyer's right to the order.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.errors import FulfilmentNotFound, ThreadBusy, WrongState
from orders.models import Enquiry, EnquiryMessage, Fulfilment, Order
from orders.queries.payments import lock_buyers_order
from orders.rules.enquiries import MOST_WRITTEN_PER_HOUR
from orders.rules.screening import check_message
from orders.services.enquiring import Ask, ask, is_there, write_on


def ask_about_parcel(
    session: Session,
    order_number: str,
    parcel_number: str,
    body: str,
    *,
    key: str,
    actor: Actor,
    at: datetime,
) -> bool:
    """Put a buyer's words to the UPT of a parcel; False for a repeated key.

    The order is held meanwhile, so two windows count each other's messages. Raises OrderNotFound,
    FulfilmentNotFound, WrongState for an order that is not paid, MessageRefused, ThreadBusy, ThreadFull.
    """
    order = lock_buyers_order(session, order_number)
    parcel = _parcel(session, order, parcel_number)
    enquiry = session.scalar(select(Enquiry).where(Enquiry.fulfilment_id == parcel.id))
    if enquiry is not None and is_there(session, enquiry.id, key):
        return False
    if order.state != "paid":
        raise WrongState(state=order.state)
    known = [number for number in (order.number, parcel.number, parcel.tracking_number) if number]
    check_message(body, known=known, addresses=False)
    _check_pace(session, order.id, at)
    if enquiry is not None:
        return write_on(session, enquiry.number, body, key=key, actor=actor, at=at)
    question = Ask(
        idempotency_key=f"parcel:{parcel.number}",
        kind="parcel",
        product_id=None,
        fulfilment_id=parcel.id,
        upt_ids=[parcel.upt_id],
        locale=order.locale,
        name=order.name,
        email=order.email,
        body=body,
        first_key=key,
    )
    return ask(session, question, actor=actor, at=at).is_new


def _parcel(session: Session, order: Order, number: str) -> Fulfilment:
    query = select(Fulfilment).where(Fulfilment.order_id == order.id, Fulfilment.number == number)
    parcel = session.scalar(query)
    if parcel is None:
        raise FulfilmentNotFound
    return parcel


def _check_pace(session: Session, order_id: int, at: datetime) -> None:
    """Raises ThreadBusy when the buyer wrote enough about this order within the last hour."""
    counted = (
        select(func.count())
        .select_from(EnquiryMessage)
        .join(Enquiry, Enquiry.id == EnquiryMessage.enquiry_id)
        .join(Fulfilment, Fulfilment.id == Enquiry.fulfilment_id)
        .where(
            Fulfilment.order_id == order_id,
            EnquiryMessage.sender == "customer",
            EnquiryMessage.at > at - timedelta(hours=1),
        )
    )
    if session.scalars(counted).one() >= MOST_WRITTEN_PER_HOUR:
        raise ThreadBusy(most=MOST_WRITTEN_PER_HOUR)
