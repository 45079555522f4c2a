"""One invoice or credit note: its number and what is frozen in it.

A number is taken from its series' row by the transaction that writes the paper: the row stays locked until
that ends, and a transaction that is rolled back gives its number back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import Upt
from kernel.clock import jakarta_day
from orders.models import Fulfilment, Invoice, InvoiceSeries, Order
from orders.rules.invoicing import InvoiceKind, InvoiceLine, goods_total, number_of, tax_status_on


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


def write_paper(
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
