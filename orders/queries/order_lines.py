"""Orders line by line, as their UPTs keep them in a spreadsheet: what was bought of whom for how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, RefundShare
from orders.queries.parcels import Narrowing, ParcelRow, Sort, parcel_portions


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of an order in a parcel; money in rupiah, `pieces` as they were ordered of this UPT.

    What was paid for sending the parcel, and what of it was given back, stands on the parcel's first line
    alone, so that a column can be added up.
    """

    parcel: ParcelRow
    order_number: str
    sku: str
    product: str
    variant: str
    unit: str
    own_text: str
    pieces: int
    cancelled: int
    taken_over: int
    unit_price: int
    shipping: int | None
    shipping_back: int | None

    @property
    def total(self) -> int:
        """What the pieces cost that this UPT sends or has sent."""
        return self.unit_price * (self.pieces - self.cancelled - self.taken_over)


def sold_lines(
    session: Session, actor: Actor, narrowing: Narrowing, *, sort: Sort, today: date
) -> Iterator[SoldLine]:
    """Every line of the parcels of such a list, in its order; two statements for a thousand parcels."""
    for portion in parcel_portions(session, actor, narrowing, sort=sort, today=today):
        lines = _lines(session, [parcel.number for parcel in portion])
        for parcel in portion:
            for place, (_number, *found, shipping, back) in enumerate(lines[parcel.number]):
                yield SoldLine(parcel, *found, *((None, None) if place else (shipping, back)))


def _lines(session: Session, parcels: Sequence[str]) -> defaultdict[str, list[Row[*tuple[Any, ...]]]]:
    back = select(func.coalesce(func.sum(RefundShare.shipping), 0))
    query = (
        select(
            *(Fulfilment.number, Order.number),
            *(OrderLine.sku, OrderLine.product_name, OrderLine.variant_name, OrderLine.unit),
            *(OrderLine.own_text, FulfilmentLine.quantity, FulfilmentLine.cancelled),
            *(FulfilmentLine.taken_over, OrderLine.unit_price),
            case((Fulfilment.state == "taken_over", 0), else_=Fulfilment.shipping_cost),
            back.where(RefundShare.fulfilment_id == Fulfilment.id).scalar_subquery(),
        )
        .join_from(FulfilmentLine, OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
        .join(Order, Order.id == Fulfilment.order_id)
        .where(Fulfilment.number.in_(parcels))
        .order_by(Fulfilment.id, OrderLine.position)
    )
    found = defaultdict[str, list[Row[*tuple[Any, ...]]]](list)
    for row in session.execute(query):
        found[row[0]].append(row)
    return found
