"""What a buyer asked the UPT about a parcel, for the page of the order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders.errors import FulfilmentNotFound
from orders.queries.enquiries import EnquiryView, enquiry_of


@dataclass(frozen=True, slots=True)
class ParcelQuestion:
    """A parcel of an order with what was asked about it, if anything. `can_ask`: the order is paid."""

    parcel_number: str
    upt_name: str
    customer: str
    user_id: int | None
    can_ask: bool
    enquiry: EnquiryView | None


_PARCEL = text(
    """
    SELECT f.number, u.name AS upt_name, o.name AS customer, o.user_id, o.state = 'paid' AS can_ask,
           e.id AS enquiry_id
    FROM fulfilments f JOIN orders o ON o.id = f.order_id JOIN upts u ON u.id = f.upt_id
    LEFT JOIN enquiries e ON e.fulfilment_id = f.id
    WHERE o.number = :order_number AND f.number = :parcel_number
    """
)


def parcel_question(session: Session, order_number: str, parcel_number: str) -> ParcelQuestion:
    """The parcel and its thread, in one statement, or four where something was asked.

    The caller has proven its right to the order. Raises FulfilmentNotFound for a parcel of another order.
    """
    values = {"order_number": order_number, "parcel_number": parcel_number}
    row = session.execute(_PARCEL, values).one_or_none()
    if row is None:
        raise FulfilmentNotFound
    enquiry = enquiry_of(session, row.enquiry_id) if row.enquiry_id is not None else None
    return ParcelQuestion(row.number, row.upt_name, row.customer, row.user_id, row.can_ask, enquiry)
