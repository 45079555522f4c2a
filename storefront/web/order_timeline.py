"""An order's history in words: its own, each parcel's with who did what, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask_babel import gettext as _

from kernel.i18n import long_date
from kernel.money import rupiah
from orders.queries.customer import EventView, OrderView, ParcelView
from orders.rules.handling import NOT_FETCHED


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
    "refund_succeeded": lambda: _("Money returned"),
}


def _carton_shipped(details: Mapping[str, Any]) -> str:
    """Of a parcel in several cartons each one's number is told."""
    return str(
        _(
            "Carton %(position)s of %(count)s handed to the courier: %(number)s",
            position=details["carton"],
            count=details["cartons"],
            number=details["tracking_number"],
        )
    )


_PARCEL_TITLES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "fulfilment_new": lambda details: (
        _("Sent in place of %(upt)s", upt=details["upt"]) if "upt" in details else ""
    ),
    "fulfilment_accepted": lambda _details: _("Accepted by the unit"),
    "fulfilment_packed": lambda _details: _("Packed"),
    "fulfilment_pickup_chosen": lambda _details: _("To be fetched instead of sent"),
    "fulfilment_ready": lambda _details: _("May be fetched"),
    "fulfilment_code_renewed": lambda _details: _("New pick-up code"),
    "fulfilment_carton_shipped": _carton_shipped,
    "fulfilment_shipped": lambda details: (
        _carton_shipped(details) if "carton" in details else _("Handed to the courier")
    ),
    "fulfilment_renumbered": lambda _details: _("Tracking number corrected"),
    "fulfilment_delivered": lambda _details: _("Delivered"),
    "fulfilment_returned": lambda _details: _("Came back to the unit"),
    "fulfilment_lost": lambda _details: _("Lost on the way"),
    "fulfilment_part_taken_over": lambda _details: _("Some pieces are sent by another unit"),
    "fulfilment_taken_over": lambda _details: _("Some pieces are sent by another unit"),
    "fulfilment_cancelled": lambda _details: _("Parcel cancelled"),
    "fulfilment_reduced": lambda _details: _("Some pieces cannot be supplied"),
}


def steps(order: OrderView) -> list[Step]:
    """What happened to the order as a whole, oldest first, then what is still to come."""
    return [*_done(order), *_to_come(order)]


def parcel_steps(order: OrderView, parcel: ParcelView) -> list[Step]:
    """What happened to one parcel and who did it, then what is still to come; none before it is paid."""
    if order.state != "paid":
        return []
    done = [
        Step(title, event.at, _doer(event, parcel), "done")
        for event in order.events
        if event.parcel_number == parcel.number and (title := _parcel_title(event, parcel))
    ]
    return [*done, *_parcel_to_come(parcel)]


def _parcel_title(event: EventView, parcel: ParcelView) -> str:
    """What happened, in words; nothing for what the customer need not see."""
    if event.details.get("hand_over") == "upt_delivery":
        return str(_("On its way with the unit"))
    if event.kind == "fulfilment_delivered" and parcel.hand_over == "pickup":
        return str(_("Fetched"))
    if event.kind == "fulfilment_delivered" and parcel.receiver:
        return str(_("Delivered, taken in by %(receiver)s", receiver=parcel.receiver))
    if event.kind == "fulfilment_reduced" and event.details.get("reason") == NOT_FETCHED:
        return str(_("Some pieces were not fetched"))
    words = _PARCEL_TITLES.get(event.kind)
    return words(event.details) if words else ""


def _done(order: OrderView) -> Iterator[Step]:
    for event in order.events:
        title = _TITLES.get(event.kind)
        if title is not None:
            is_refund = event.kind == "refund_succeeded"
            note = rupiah(int(event.details.get("amount", 0))) if is_refund else None
            yield Step(title(), event.at, note, "done")


def _doer(event: EventView, parcel: ParcelView) -> str:
    """Who did it, as far as a customer may know: themselves or the institution, never a person there."""
    return str(_("by you")) if event.is_customers else parcel.upt_name


def _to_come(order: OrderView) -> Iterator[Step]:
    if order.state == "awaiting_payment":
        yield Step(_("Payment"), None, None, "current")
        yield Step(_("Packed and shipped by the units"), None, None, "todo")


def _parcel_to_come(parcel: ParcelView) -> Iterator[Step]:
    if parcel.state in ("delivered", "returned", "lost", "taken_over", "cancelled"):
        return
    if parcel.state == "ready":
        yield Step(_("To be fetched by you"), None, None, "current")
        return
    if parcel.hand_over == "pickup":
        title = _("Ready to be fetched")
    else:
        title = _("Arrives") if parcel.state == "shipped" else _("To be shipped")
    note = _("promised until %(day)s", day=long_date(parcel.promised_until))
    yield Step(title, None, note, "todo" if parcel.state == "new" else "current")
