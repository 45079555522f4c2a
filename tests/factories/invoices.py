"""Papers for tests: issued as the worker does it when a payment or refund is told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.events import OrderPaid, RefundSettled
from orders.models import Invoice, Order, Payment, Refund
from orders.ports import RefundSnapshot, RefundStatus
from orders.queries.payments import lock_payment
from orders.services.invoicing import issue_credit_notes, issue_invoices
from orders.services.refunding import record_refund


def issue(session: Session, order: Order, *, at: datetime) -> list[Invoice]:
    """The invoices of a paid order, in the order of their parcels."""
    issue_invoices(session, OrderPaid(order.id), at=at)
    return papers(session, "invoice")


def settle_refunds(session: Session, order: Order, *, at: datetime) -> None:
    """The provider gives all refunds of an order back, and the papers about them are written."""
    for refund in session.scalars(select(Refund).where(Refund.order_id == order.id)).all():
        payment: Payment = lock_payment(session, refund.payment_id)
        made = RefundSnapshot(
            refund.ref or f"re-{refund.id}", refund.id, refund.amount, RefundStatus.SUCCEEDED
        )
        record_refund(session, payment, made, at=at)
        issue_credit_notes(session, RefundSettled(str(refund.id)), at=at)


def papers(session: Session, kind: str) -> list[Invoice]:
    """All papers of a kind, oldest first."""
    found: Sequence[Invoice] = session.scalars(
        select(Invoice).where(Invoice.kind == kind).order_by(Invoice.fulfilment_id, Invoice.id)
    ).all()
    return list(found)
