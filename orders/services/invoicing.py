"""Invoices when an order is paid, credit notes when money or pieces go elsewhere: once, without gaps.

A number is taken from its series' row by the transaction that writes the paper: the row stays locked until
that ends, and a transaction that is rolled back gives its number back. House order of locks: order, series
of invoices in the order of UPTs, series of credit notes in the order of UPTs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import Upt
from kernel.clock import jakarta_day
from kernel.money import divide
from orders.events import OrderPaid, RefundSettled, TakeoverAccepted
from orders.models import (
    Fulfilment,
    FulfilmentLine,
    Invoice,
    InvoiceSeries,
    Order,
    Payment,
    Refund,
    RefundShare,
    Takeover,
)
from orders.queries.payments import lock_order
from orders.rules.invoicing import (
    InvoiceKind,
    InvoiceLine,
    goods_total,
    number_of,
    pieces_from,
    tax_status_on,
)
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
    takeover = session.get_one(Takeover, event.takeover_id)
    order_id = session.scalars(
        select(Fulfilment.order_id).where(Fulfilment.id == takeover.fulfilment_id)
    ).one()
    order = lock_order(session, order_id)
    parcels = _parcels(session, order)
    _issue_missing(session, order, parcels, at)
    if session.scalar(select(Invoice.id).where(Invoice.takeover_id == takeover.id)) is not None:
        return
    first = next(parcel for parcel in parcels if parcel.id == takeover.fulfilment_id)
    pieces = pieces_from(takeover.pieces)
    amounts = {"shipping_total": first.shipping_cost if takeover.with_shipping else 0, "discount_total": 0}
    _write(
        session,
        "credit_note",
        order,
        first,
        _lines(first, pieces),
        amounts,
        at,
        corrects_id=_invoices(session, [first])[first.id].id,
        takeover_id=takeover.id,
    )


# --- numbers ------------------------------------------------------------------------------------------------


def take_number(session: Session, upt_id: int, kind: InvoiceKind, year: int) -> tuple[int, int]:
    """The next number of a series, whose row stays locked until the transaction ends.

    Gives the series' id and the number. Rule I9: the paper is written in the same transaction.
    """
    first = upsert(InvoiceSeries).values(upt_id=upt_id, kind=kind, year=year, next_number=2)
    taken = first.on_conflict_do_update(
        index_elements=["upt_id", "kind", "year"], set_={"next_number": InvoiceSeries.next_number + 1}
    )
    row = session.execute(taken.returning(InvoiceSeries.id, InvoiceSeries.next_number - 1)).one()
    return row[0], row[1]


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
    issued = _invoices(session, parcels)
    lines = {parcel.id: _lines(parcel) for parcel in parcels}
    totals = [goods_total(lines[parcel.id]) for parcel in parcels]
    discounts = divide(order.discount_total, totals) if order.discount_total else [0] * len(parcels)
    for parcel, discount in zip(parcels, discounts, strict=True):
        if parcel.id not in issued:
            amounts = {"shipping_total": parcel.shipping_cost, "discount_total": discount}
            _write(session, "invoice", order, parcel, lines[parcel.id], amounts, at)


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
    open_sum = sum(left.values())
    if done or not open_sum:
        return []
    amounts = divide(min(refund.amount, open_sum), list(left.values()))
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
    _write(
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


def _write(
    session: Session,
    kind: InvoiceKind,
    order: Order,
    parcel: Fulfilment,
    lines: Sequence[InvoiceLine],
    amounts: Mapping[str, int],
    at: datetime,
    *,
    corrects_id: int | None = None,
    refund_id: UUID | None = None,
    takeover_id: int | None = None,
) -> None:
    """Take a number and freeze what the paper says."""
    day = jakarta_day(at)
    goods = goods_total(lines)
    lump_sum = amounts.get("lump_sum", 0)
    series_id, serial = take_number(session, parcel.upt_id, kind, day.year)
    paid_at = order.paid_at
    assert paid_at is not None  # no event of a payment is told of an order that has none
    session.add(
        Invoice(
            key=uuid4(),
            series_id=series_id,
            serial=serial,
            number=number_of(kind, parcel.upt.code, day.year, serial),
            kind=kind,
            fulfilment_id=parcel.id,
            corrects_id=corrects_id,
            refund_id=refund_id,
            takeover_id=takeover_id,
            locale=order.locale,
            issuer=_issuer(parcel.upt),
            buyer=_buyer(order),
            lines=[asdict(line) for line in lines],
            goods_total=goods,
            discount_total=amounts["discount_total"],
            shipping_total=amounts["shipping_total"],
            lump_sum=lump_sum,
            total=goods - amounts["discount_total"] + amounts["shipping_total"] + lump_sum,
            tax_status=tax_status_on(day),
            paid_on=jakarta_day(paid_at),
            issued_on=day,
            issued_at=at,
        )
    )
    session.flush()


def _issuer(upt: Upt) -> dict[str, Any]:
    """The seller as it is named today."""
    place = upt.city if upt.province in upt.city else f"{upt.city}, {upt.province}"
    return {"name": upt.name, "address": [*([upt.address] if upt.address else []), place]}


def _buyer(order: Order) -> dict[str, Any]:
    """Who bought, as the order says; nobody once they were forgotten, when the order has no name any more."""
    if not order.name:
        return {}
    return {
        "name": order.name,
        "address": [
            order.street,
            f"{order.village}, {order.district}",
            f"{order.regency}, {order.province} {order.postcode}",
        ],
    }
