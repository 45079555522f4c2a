"""Invoices and credit notes for who may read them: the order's customer, and the parcel's own offices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from orders.errors import InvoiceNotFound
from orders.models import Fulfilment, Invoice, Order, Payment, Refund, Takeover
from orders.rules.invoicing import InvoiceLine


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys: a name and the lines of an address; both empty once they were taken away."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One paper as it was issued; amounts in rupiah. `corrects` is the number of a credit note's invoice."""

    number: str
    kind: str
    corrects: str | None
    order_number: str
    parcel_number: str
    locale: str
    issuer: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    goods_total: int
    discount_total: int
    shipping_total: int
    lump_sum: int
    total: int
    tax_status: str
    paid_on: date
    issued_on: date


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper in a list: `key` is its name in addresses, `total` rupiah."""

    key: UUID
    number: str
    kind: str
    parcel_number: str
    total: int
    issued_on: date


def papers_of_order(session: Session, order_id: int) -> tuple[PaperRow, ...]:
    """The papers of an order, parcel by parcel; the caller has proven its right to the order."""
    return _papers(session, Fulfilment.order_id == order_id)


def papers_of_parcel(session: Session, fulfilment_id: int) -> tuple[PaperRow, ...]:
    """The papers of one parcel; the caller has proven its right to it."""
    return _papers(session, Fulfilment.id == fulfilment_id)


def invoice_of_order(session: Session, order_number: str, key: UUID) -> InvoiceView:
    """A paper of that order, whose customer asks. Raises InvoiceNotFound, also for another order's."""
    return _invoice(session, Invoice.key == key, Order.number == order_number)


def invoice_for(session: Session, actor: Actor, key: UUID) -> InvoiceView:
    """A paper of a parcel in the actor's scope. Raises InvoiceNotFound."""
    return _invoice(session, Invoice.key == key, in_scope(actor))


def _papers(session: Session, condition: ColumnElement[bool]) -> tuple[PaperRow, ...]:
    query = (
        select(Invoice.key, Invoice.number, Invoice.kind, Fulfilment.number, Invoice.total, Invoice.issued_on)
        .join(Fulfilment, Fulfilment.id == Invoice.fulfilment_id)
        .where(condition)
        .order_by(Fulfilment.id, Invoice.id)
    )
    return tuple(PaperRow(*row) for row in session.execute(query))


def _invoice(session: Session, *conditions: ColumnElement[bool]) -> InvoiceView:
    corrected = aliased(Invoice)
    row = session.execute(
        select(Invoice, corrected.number, Order.number, Fulfilment.number)
        .join(Fulfilment, Fulfilment.id == Invoice.fulfilment_id)
        .join(Order, Order.id == Fulfilment.order_id)
        .join(Upt, Upt.id == Fulfilment.upt_id)
        .outerjoin(corrected, corrected.id == Invoice.corrects_id)
        .where(*conditions)
    ).one_or_none()
    if row is None:
        raise InvoiceNotFound
    invoice, corrects, order_number, parcel_number = row
    return InvoiceView(
        number=invoice.number,
        kind=invoice.kind,
        corrects=corrects,
        order_number=order_number,
        parcel_number=parcel_number,
        locale=invoice.locale,
        issuer=_party(invoice.issuer),
        buyer=_party(invoice.buyer),
        lines=tuple(InvoiceLine(**line) for line in invoice.lines),
        goods_total=invoice.goods_total,
        discount_total=invoice.discount_total,
        shipping_total=invoice.shipping_total,
        lump_sum=invoice.lump_sum,
        total=invoice.total,
        tax_status=invoice.tax_status,
        paid_on=invoice.paid_on,
        issued_on=invoice.issued_on,
    )


def _party(written: Mapping[str, Any]) -> Party:
    return Party(str(written.get("name", "")), tuple(written.get("address", ())))


def orders_without_papers(session: Session) -> Sequence[int]:
    """The paid orders that lack a parcel's invoice, or the credit note of a refund or of what was taken over.

    By the time they were paid. One where nothing was left to credit is among them too; it gets no paper.
    """
    missing = (
        select(Fulfilment.order_id)
        .outerjoin(Invoice, and_(Invoice.fulfilment_id == Fulfilment.id, Invoice.kind == "invoice"))
        .where(Invoice.id.is_(None))
    )
    refunded = (
        select(Refund.order_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Invoice, Invoice.refund_id == Refund.id)
        .where(Refund.state == "succeeded", Payment.state == "paid", Invoice.id.is_(None))
    )
    taken_over = (
        select(Fulfilment.order_id)
        .join(Takeover, Takeover.fulfilment_id == Fulfilment.id)
        .outerjoin(Invoice, Invoice.takeover_id == Takeover.id)
        .where(Takeover.state == "accepted", Invoice.id.is_(None))
    )
    lacks = or_(*(Order.id.in_(each) for each in (missing, refunded, taken_over)))
    paid = select(Order.id).where(Order.state == "paid", lacks)
    return session.scalars(paid.order_by(Order.paid_at, Order.id)).all()
