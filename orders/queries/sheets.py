"""What is printed for a parcel: the slip that lies in the box, and the label on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor
from inventory.models import Category, Product, Variant
from orders.errors import FulfilmentNotFound
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, Takeover
from orders.queries.cartons import PackedCarton, cartons_of, left_in_first
from orders.queries.staff import seen_by


@dataclass(frozen=True, slots=True)
class SheetLine:
    """Pieces of one order line that are sent, `weight_g` grams each.

    `own_text` is what the buyer wants written on each.
    """

    position: int
    name: str
    variant: str
    sku: str
    unit: str
    pieces: int
    own_text: str
    category: str
    weight_g: int


@dataclass(frozen=True, slots=True)
class ParcelSheet:
    """A parcel on paper, or one carton of it: no prices, for whoever opens the box need not know them.

    `weight_g` is what the courier charges, unknown once pieces were cancelled: it is never counted anew. Of a
    parcel in several cartons it is what the goods in the carton weigh; `carton` is its position, of how many.
    """

    number: str
    locale: str
    recipient: str
    address: tuple[str, ...]
    phone: str
    note: str
    upt_name: str
    upt_place: str
    hand_over: str
    courier: str
    tracking_number: str | None
    weight_g: int | None
    lines: tuple[SheetLine, ...]
    carton: tuple[int, int] | None = None


def parcel_sheets(session: Session, actor: Actor, numbers: Sequence[str]) -> tuple[ParcelSheet, ...]:
    """The sheets of parcels in the order of `numbers`, one a carton; none of those of which nothing is sent.

    Raises FulfilmentNotFound if one of them is not the actor's to see.
    """
    query = seen_by(actor, select(Fulfilment, Order, Upt)).where(Fulfilment.number.in_(numbers))
    found = {parcel.number: (parcel, order, upt) for parcel, order, upt in session.execute(query)}
    if found.keys() != set(numbers):
        raise FulfilmentNotFound
    parcel_ids = [parcel.id for parcel, _, _ in found.values()]
    lines, reduced = _lines(session, parcel_ids), _reduced(session, parcel_ids)
    cartons = cartons_of(session, parcel_ids)
    return tuple(
        sheet
        for parcel, order, upt in (found[number] for number in numbers)
        if lines[parcel.id]
        for sheet in _in_cartons(
            _sheet(parcel, order, upt, tuple(lines[parcel.id]), parcel.id in reduced), cartons[parcel.id]
        )
    )


def _in_cartons(whole: ParcelSheet, later: Sequence[PackedCarton]) -> tuple[ParcelSheet, ...]:
    """The sheet of each carton; of a parcel that goes in one, its own."""
    if not later:
        return (whole,)
    left = left_in_first({line.position: line.pieces for line in whole.lines}, later)
    first = PackedCarton(1, left, None, whole.tracking_number)
    return tuple(_of_carton(whole, carton, len(later) + 1) for carton in (first, *later))


def _of_carton(whole: ParcelSheet, carton: PackedCarton, count: int) -> ParcelSheet:
    lines = tuple(
        replace(line, pieces=carton.pieces[line.position])
        for line in whole.lines
        if line.position in carton.pieces
    )
    return replace(
        whole,
        carton=(carton.position, count),
        lines=lines,
        courier=carton.courier or whole.courier,
        tracking_number=carton.tracking_number,
        weight_g=sum(line.pieces * line.weight_g for line in lines),
    )


def _sheet(
    parcel: Fulfilment, order: Order, upt: Upt, lines: tuple[SheetLine, ...], is_reduced: bool
) -> ParcelSheet:
    return ParcelSheet(
        number=parcel.number,
        locale=order.locale,
        recipient=order.name,
        address=(
            order.street,
            f"{order.village}, {order.district}",
            f"{order.regency}, {order.province} {order.postcode}",
        ),
        phone=order.phone,
        note=order.note,
        upt_name=upt.name,
        upt_place=f"{upt.city}, {upt.province}",
        hand_over=parcel.hand_over,
        courier=parcel.shipped_courier or f"{parcel.courier} {parcel.service}",
        tracking_number=parcel.tracking_number,
        weight_g=None if is_reduced else parcel.chargeable_weight_g,
        lines=lines,
    )


def _reduced(session: Session, parcel_ids: Sequence[int]) -> frozenset[int]:
    """Those of the parcels of which pieces were cancelled, or taken over by another UPT or from it."""
    query = select(FulfilmentLine.fulfilment_id).where(FulfilmentLine.fulfilment_id.in_(parcel_ids))
    less = query.where(FulfilmentLine.cancelled + FulfilmentLine.taken_over > 0)
    taken = select(Takeover.taken_by_id).where(Takeover.taken_by_id.in_(parcel_ids))
    return frozenset(session.scalars(less.union(taken)))


def _lines(session: Session, parcel_ids: Sequence[int]) -> defaultdict[int, list[SheetLine]]:
    """By parcel, what is sent of each order line."""
    pieces = FulfilmentLine.quantity - FulfilmentLine.cancelled - FulfilmentLine.taken_over
    found = session.execute(
        select(
            FulfilmentLine.fulfilment_id,
            OrderLine.position,
            *(OrderLine.product_name, OrderLine.variant_name, OrderLine.sku, OrderLine.unit),
            pieces,
            OrderLine.own_text,
            Category.slug,
            OrderLine.weight_g,
        )
        .join(OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(FulfilmentLine.fulfilment_id.in_(parcel_ids), pieces > 0)
        .order_by(OrderLine.position)
    )
    lines = defaultdict[int, list[SheetLine]](list)
    for row in found:
        line: tuple[Any, ...] = row[1:]
        lines[row[0]].append(SheetLine(*line))
    return lines
