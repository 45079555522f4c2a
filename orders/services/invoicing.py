"""Invoices when an order is paid, credit notes when money or pieces go elsewhere: once, without gaps.

House order of locks: order, series
of invoices in the order of UPTs, series of credit notes in the order of UPTs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kernel.money import divide
from orders.events import OrderPaid, RefundSettled, TakeoverAccepted
from orders.models import (
    Fulfilment,
    FulfilmentLine,
    Invoice,
    Order,
    Payment,
    Refund,
    RefundShare,
    Takeover,
)
from orders.queries.payments import lock_order
from orders.rules.invoicing import InvoiceLine, goods_total, pieces_from
from orders.services.papers import write_paper
from orders.services.refunding import Share


def issue_invoices(session: Session, event: OrderPaid, *, at: datetime) -> None:
    """Write one invoice for each parcel of a paid order, as it was paid; a repeat writes none."""
    order = lock_order(session, event.order_id)
    _issue_missing(session, order, _parcels(session, order), at)


def issue_missing_papers(session: Session, order_id: int, *, at: datetime) -> None:
    """Write what a paid order lacks: its invoices, then the credit notes of what was given back since.

    Alone in its transaction: papers of several orders at once would take the series in no order.
    """
    issue_invoices(session, OrderPaid(order_id), at=at)
    settled = select(Refund.id).where(Refund.order_id == order_id, Refund.state == "succeeded")
    for refund_id in session.scalars(settled.order_by(Refund.settled_at, Refund.id)).all():
        issue_credit_notes(session, RefundSettled(str(refund_id)), at=at)


def issue_credit_notes(session: Session, event: RefundSettled, *, at: datetime) -> None:
    """Write one credit note for each parcel that money was given back of; a repeat writes none.

    Money that came too late, or twice, paid for nothing: no paper is written when it goes back. A refund
    made in the provider's own pages is shared by the parcels in proportion to what is left of them.
    """
    refund = session.get_one(Refund, UUID(event.refund_id))
    order = lock_order(session, refund.order_id)
    payment = session.get_one(Payment, refund.payment_id)
    if payment.state != "paid":
        return
    parcels = _parcels(session, order)
    _issue_missing(session, order, parcels, at)
    invoices = _invoices(session, parcels)
    left = _left_of(session, [invoices[parcel.id] for parcel in parcels])
    for share in _shares(session, refund, left):
        parcel = next(parcel for parcel in parcels if parcel.id == share.fulfilment_id)
        _credit(session, order, parcel, invoices[parcel.id], refund, share, left[parcel.id], at)


def issue_takeover_papers(session: Session, event: TakeoverAccepted, *, at: datetime) -> None:
    """Whoever makes the goods charges for them: an invoice of the UPT that took pieces over, a credit note of
    the one that had charged for them. A repeat writes none.
    """
    taken_over = select(Takeover.fulfilment_id).where(Takeover.id == event.takeover_id).scalar_subquery()
    order_id = session.scalars(select(Fulfilment.order_id).where(Fulfilment.id == taken_over)).one()
    order = lock_order(session, order_id)
    _issue_missing(session, order, _parcels(session, order), at)


# --- invoices -----------------------------------------------------------------------------------------------


def _parcels(session: Session, order: Order) -> Sequence[Fulfilment]:
    """The parcels of an order in the order of their UPTs, which is that of the series."""
    lines = selectinload(Fulfilment.lines).joinedload(FulfilmentLine.order_line)
    query = select(Fulfilment).where(Fulfilment.order_id == order.id).order_by(Fulfilment.upt_id)
    return session.scalars(query.options(lines, joinedload(Fulfilment.upt))).all()


def _invoices(session: Session, parcels: Iterable[Fulfilment]) -> dict[int, Invoice]:
    """The invoices of parcels by the parcel's id."""
    ids = [parcel.id for parcel in parcels]
    query = select(Invoice).where(Invoice.fulfilment_id.in_(ids), Invoice.kind == "invoice")
    return {invoice.fulfilment_id: invoice for invoice in session.scalars(query)}


def _issue_missing(session: Session, order: Order, parcels: Sequence[Fulfilment], at: datetime) -> None:
    """The invoices that parcels lack, then the credit notes of what one took over from another.

    These two papers are of one amount: what is left of the first invoice, when that is less than the pieces
    cost, for they were discounted, or paid back without saying what for.
    """
    issued = _invoices(session, parcels)
    discounts = _discounts(session, order, parcels)
    left = _left_of(session, list(issued.values()))
    for parcel in parcels:
        full = goods_total(_lines(parcel)) + parcel.shipping_cost
        left.setdefault(parcel.id, full - discounts.get(parcel.id, full))
    handed = _handed_over(session, parcels, left)
    for each in handed:
        discounts[each.to_id] = each.full - each.amount
    for parcel in parcels:
        if parcel.id not in issued:
            amounts = {"shipping_total": parcel.shipping_cost, "discount_total": discounts[parcel.id]}
            write_paper(session, "invoice", order, parcel, _lines(parcel), amounts, at)
    invoices = _invoices(session, parcels)
    for parcel in parcels:
        for each in handed:
            if each.from_id == parcel.id and each.amount:
                amounts = {"shipping_total": each.shipping, "discount_total": each.full - each.amount}
                write_paper(
                    session,
                    "credit_note",
                    order,
                    parcel,
                    each.lines,
                    amounts,
                    at,
                    corrects_id=invoices[parcel.id].id,
                    takeover_id=each.takeover_id,
                )


def _discounts(session: Session, order: Order, parcels: Sequence[Fulfilment]) -> dict[int, int]:
    """What of the order's discount each parcel has that it was placed with, by the parcel's id."""
    ids = [parcel.id for parcel in parcels]
    taken = set(session.scalars(select(Takeover.taken_by_id).where(Takeover.taken_by_id.in_(ids))))
    placed = [parcel for parcel in parcels if parcel.id not in taken]
    totals = [goods_total(_lines(parcel)) for parcel in placed]
    parts = divide(order.discount_total, totals) if order.discount_total else [0] * len(placed)
    return {parcel.id: part for parcel, part in zip(placed, parts, strict=True)}


@dataclass(frozen=True, slots=True)
class _Handed:
    """Pieces that another parcel's UPT charges for now; `full` in rupiah, of which `amount` is left."""

    takeover_id: int
    from_id: int
    to_id: int
    lines: list[InvoiceLine]
    shipping: int
    full: int
    amount: int


def _handed_over(session: Session, parcels: Sequence[Fulfilment], left: dict[int, int]) -> list[_Handed]:
    """What was taken over without a paper yet, oldest first; `left` of each invoice is counted on with it."""
    by_id = {parcel.id: parcel for parcel in parcels}
    query = (
        select(Takeover)
        .outerjoin(Invoice, Invoice.takeover_id == Takeover.id)
        .where(Takeover.fulfilment_id.in_(by_id), Takeover.state == "accepted", Invoice.id.is_(None))
        .order_by(Takeover.decided_at, Takeover.id)
    )
    handed = []
    for takeover in session.scalars(query).all():
        assert takeover.taken_by_id is not None  # it was accepted
        first = by_id[takeover.fulfilment_id]
        lines = _lines(first, pieces_from(takeover.pieces))
        shipping = first.shipping_cost if takeover.with_shipping else 0
        full = goods_total(lines) + shipping
        amount = max(min(full, left[first.id]), 0)
        left[first.id] -= amount
        left[takeover.taken_by_id] = left[takeover.taken_by_id] or amount
        handed.append(_Handed(takeover.id, first.id, takeover.taken_by_id, lines, shipping, full, amount))
    return handed


def _lines(parcel: Fulfilment, pieces: Mapping[int, int] | None = None) -> list[InvoiceLine]:
    """The lines of a parcel as ordered, or so many `pieces` of them by position."""
    found = []
    for line in sorted(parcel.lines, key=lambda each: each.order_line.position):
        bought = line.order_line
        quantity = line.quantity if pieces is None else pieces.get(bought.position, 0)
        if quantity:
            found.append(
                InvoiceLine(
                    bought.position,
                    bought.product_name,
                    bought.variant_name,
                    bought.sku,
                    bought.unit,
                    quantity,
                    bought.unit_price,
                )
            )
    return found


# --- credit notes -------------------------------------------------------------------------------------------


def _left_of(session: Session, invoices: Sequence[Invoice]) -> dict[int, int]:
    """How many rupiah of each parcel's invoice are not credited yet."""
    totals = {invoice.fulfilment_id: invoice.total for invoice in invoices}
    credited = session.execute(
        select(Invoice.fulfilment_id, func.sum(Invoice.total))
        .where(Invoice.fulfilment_id.in_(totals), Invoice.kind == "credit_note")
        .group_by(Invoice.fulfilment_id)
    )
    for fulfilment_id, amount in credited:
        totals[fulfilment_id] -= int(amount)
    return totals


def _shares(session: Session, refund: Refund, left: Mapping[int, int]) -> list[Share]:
    """What of the refund each parcel is still to be credited with, in the order of the series."""
    done = set(session.scalars(select(Invoice.fulfilment_id).where(Invoice.refund_id == refund.id)))
    written = {
        row.fulfilment_id: Share(row.fulfilment_id, pieces_from(row.pieces), row.shipping, row.amount)
        for row in session.scalars(select(RefundShare).where(RefundShare.refund_id == refund.id))
    }
    if written:
        return [written[each] for each in left if each in written and each not in done]
    weights = [max(amount, 0) for amount in left.values()]
    if done or not sum(weights):
        return []
    amounts = divide(min(refund.amount, sum(weights)), weights)
    return [Share(each, {}, 0, amount) for each, amount in zip(left, amounts, strict=True)]


def _credit(
    session: Session,
    order: Order,
    parcel: Fulfilment,
    invoice: Invoice,
    refund: Refund,
    share: Share,
    left: int,
    at: datetime,
) -> None:
    """One credit note, never over more than is left of its invoice; none over nothing."""
    amount = min(share.amount, left)
    if amount <= 0:
        return
    lines = _lines(parcel, share.pieces)
    full = goods_total(lines) + share.shipping
    amounts = {
        "shipping_total": share.shipping,
        "discount_total": max(full - amount, 0),
        "lump_sum": max(amount - full, 0),
    }
    write_paper(
        session,
        "credit_note",
        order,
        parcel,
        lines,
        amounts,
        at,
        corrects_id=invoice.id,
        refund_id=refund.id,
    )
