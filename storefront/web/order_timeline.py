"""An order's history in words: what happened, newest facts of each parcel, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import gettext as _

from kernel.i18n import long_date
from kernel.money import rupiah
from orders.queries.customer import EventView, OrderView


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline; `at` is UTC, empty for what has not happened yet."""

    title: str
    at: datetime | None
    note: str | None
    state: Literal["done", "current", "todo"]


_TITLES: dict[str, Callable[[], str]] = {
    "placed": lambda: _("Order received"),
    "order_paid": lambda: _("Paid"),
    "order_cancelled": lambda: _("Order cancelled"),
    "order_expired": lambda: _("Order expired unpaid"),
    "fulfilment_accepted": lambda: _("Accepted by the unit"),
    "fulfilment_packed": lambda: _("Packed"),
    "fulfilment_shipped": lambda: _("Handed to the courier"),
    "fulfilment_delivered": lambda: _("Delivered"),
    "fulfilment_cancelled": lambda: _("Parcel cancelled"),
    "fulfilment_reduced": lambda: _("Some pieces cannot be supplied"),
    "refund_succeeded": lambda: _("Money returned"),
}

_ENDED = frozenset({"cancelled", "expired"})


def steps(order: OrderView) -> list[Step]:
    """Everything the customer should know, oldest first, then what is still to come."""
    return [*_done(order), *_to_come(order)]


def _done(order: OrderView) -> Iterator[Step]:
    for event in order.events:
        title = _TITLES.get(event.kind)
        # the parcels of an order that ended are part of that end
        if title is None or (event.kind == "fulfilment_cancelled" and order.state in _ENDED):
            continue
        yield Step(title(), event.at, _note(order, event), "done")


def _note(order: OrderView, event: EventView) -> str | None:
    if event.kind == "refund_succeeded":
        return rupiah(int(event.details.get("amount", 0)))
    if event.parcel_number is None:
        return None
    parcel = next(parcel for parcel in order.parcels if parcel.number == event.parcel_number)
    if len(order.parcels) == 1:
        return parcel.upt_name
    position = order.parcels.index(parcel) + 1
    return str(_("Parcel %(number)s, %(upt)s", number=position, upt=parcel.upt_name))


def _to_come(order: OrderView) -> Iterator[Step]:
    if order.state == "awaiting_payment":
        yield Step(_("Payment"), None, None, "current")
        yield Step(_("Packed and shipped by the units"), None, None, "todo")
    if order.state != "paid":
        return
    for position, parcel in enumerate(order.parcels, start=1):
        if parcel.state in ("delivered", "cancelled"):
            continue
        title = _("Arrives") if parcel.state == "shipped" else _("To be shipped")
        if len(order.parcels) > 1:
            title = f"{_('Parcel %(number)s', number=position)}: {title}"
        note = _("promised until %(day)s", day=long_date(parcel.promised_until))
        yield Step(title, None, note, "todo" if parcel.state == "new" else "current")
