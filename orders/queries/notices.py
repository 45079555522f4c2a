"""What mails tell about orders, parcels, refunds and payments: frozen rows, each read by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from orders.queries.customer import OrderView, order_view


@dataclass(frozen=True, slots=True)
class PackingLine:
    """Pieces a UPT is to pack: what is still open of them; `unit_price` is rupiah a piece."""

    name: str
    variant: str
    unit_price: int
    quantity: int
    own_text: str


@dataclass(frozen=True, slots=True)
class PackingNotice:
    """One UPT's parcel: its own lines, where it goes, and nothing of the rest of the order."""

    number: str
    upt_name: str
    upt_email: str | None
    courier: str
    service: str
    promised_from: date
    promised_until: date
    name: str
    phone: str
    street: str
    village: str
    district: str
    regency: str
    province: str
    postcode: str
    note: str
    wanted_by: date | None
    lines: tuple[PackingLine, ...]


@dataclass(frozen=True, slots=True)
class CalledOffNotice:
    """A parcel that need not be packed any more."""

    number: str
    upt_name: str
    upt_email: str | None


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A refund (rupiah) and the order it belongs to; `problem` is the provider's word when it failed.

    `is_of_late_payment`: the money came after the order had ended, or a second time.
    """

    order_number: str
    email: str
    name: str
    locale: str
    amount: int
    is_of_late_payment: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """A payment somebody must look at; amounts in rupiah."""

    order_number: str
    provider: str
    ref: str | None
    amount: int
    captured: int
    problem: str | None


_COLUMNS = """
    SELECT f.id, f.number, u.name AS upt_name, u.email AS upt_email, f.courier, f.service,
           f.promised_from, f.promised_until, o.name, o.phone, o.street, o.village, o.district,
           o.regency, o.province, o.postcode, o.note, o.wanted_by
    FROM fulfilments f JOIN upts u ON u.id = f.upt_id JOIN orders o ON o.id = f.order_id
"""
_PARCELS = (
    f"{_COLUMNS} WHERE f.order_id = :order_id AND f.state NOT IN ('cancelled', 'taken_over') ORDER BY f.id"
)
_PARCEL = f"{_COLUMNS} WHERE f.id = :fulfilment_id"

_CALLED_OFF = """
    SELECT f.number, u.name AS upt_name, u.email AS upt_email
    FROM fulfilments f JOIN upts u ON u.id = f.upt_id
    WHERE f.order_id = :order_id AND EXISTS (
        SELECT FROM order_events e
        WHERE e.fulfilment_id = f.id AND e.order_id = f.order_id AND e.kind = 'fulfilment_cancelled'
          AND e.details ->> 'reason' = 'called_off'
    ) ORDER BY f.id
"""

_LINES = """
    SELECT l.product_name, l.variant_name, l.unit_price,
           fl.quantity - fl.shipped - fl.cancelled - fl.taken_over, l.own_text
    FROM fulfilment_lines fl JOIN order_lines l ON l.id = fl.order_line_id
    WHERE fl.fulfilment_id = :fulfilment_id AND fl.quantity > fl.shipped + fl.cancelled + fl.taken_over
    ORDER BY l.position
"""

_REFUND = """
    SELECT o.number AS order_number, o.email, o.name, o.locale, r.amount, r.problem,
           r.reason = 'paid_late' AS is_of_late_payment
    FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.id = :id
"""

_PAYMENT = """
    SELECT o.number AS order_number, p.provider, p.ref, p.amount, p.captured, p.problem
    FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = :id
"""


def order_notice(session: Session, order_id: int) -> OrderView:
    """The order behind an event."""
    number = session.execute(text("SELECT number FROM orders WHERE id = :id"), {"id": order_id}).scalar_one()
    return order_view(session, number)


def buyer_of(session: Session, number: str) -> int | None:
    """The user an order belongs to; None for a guest's."""
    query = text("SELECT user_id FROM orders WHERE number = :number")
    user_id: int | None = session.execute(query, {"number": number}).scalar_one()
    return user_id


def order_of_parcel(session: Session, fulfilment_id: int) -> OrderView:
    """The order one of whose parcels an event is about."""
    query = text("SELECT order_id FROM fulfilments WHERE id = :id")
    return order_notice(session, session.execute(query, {"id": fulfilment_id}).scalar_one())


def packing_notices(session: Session, order_id: int) -> Sequence[PackingNotice]:
    """What each UPT of an order is to pack, one notice a parcel."""
    parcels = session.execute(text(_PARCELS), {"order_id": order_id}).mappings().all()
    return [_packing_notice(session, parcel) for parcel in parcels]


def packing_notice_of(session: Session, fulfilment_id: int) -> PackingNotice:
    """What a UPT is to pack of one parcel."""
    parcel = session.execute(text(_PARCEL), {"fulfilment_id": fulfilment_id}).mappings().one()
    return _packing_notice(session, parcel)


def called_off_notices(session: Session, order_id: int) -> Sequence[CalledOffNotice]:
    """The parcels of an order that its customer called off."""
    rows = session.execute(text(_CALLED_OFF), {"order_id": order_id}).mappings()
    return [CalledOffNotice(**row) for row in rows]


def _packing_notice(session: Session, parcel: RowMapping) -> PackingNotice:
    lines = session.execute(text(_LINES), {"fulfilment_id": parcel["id"]})
    values: dict[str, Any] = {name: value for name, value in parcel.items() if name != "id"}
    return PackingNotice(**values, lines=tuple(PackingLine(*line) for line in lines))


def refund_notice(session: Session, refund_id: UUID) -> RefundNotice:
    """The refund an event is about."""
    return RefundNotice(**session.execute(text(_REFUND), {"id": refund_id}).mappings().one())


def payment_notice(session: Session, payment_id: UUID) -> PaymentNotice:
    """The payment an event is about."""
    return PaymentNotice(**session.execute(text(_PAYMENT), {"id": payment_id}).mappings().one())
