"""The officers' list of parcels: narrowed, sorted, turned; several accepted or printed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.wrappers import Response

from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.sheets import Column, sheet_answer
from kernel.web import config
from orders.queries.order_lines import SoldLine, sold_lines
from orders.queries.parcels import (
    LEAST_WORDS,
    PAGE_SIZE,
    Direction,
    Narrowing,
    ParcelRow,
    Sort,
    Turn,
    parcel_rows,
    parcels_for,
    upts_of_scope,
    work_counts,
)
from orders.queries.sheets import parcel_sheets
from orders.rules.handling import COURIERS, OPEN_STATES
from orders.rules.states import FULFILMENT_STATES
from orders.rules.tracking import TRACKING_PAGES
from orders.services.fulfilling import accept_all
from orders.web import parcel_pdf

Row = TypeVar("Row")

blueprint = Blueprint("parcels", __name__)
blueprint.context_processor(staff_frame)

SHOWN = {
    "todo": lazy_gettext("To do"),
    "late": lazy_gettext("Late"),
    "new": lazy_gettext("New"),
    "accepted": lazy_gettext("Accepted"),
    "packed": lazy_gettext("Packed"),
    "ready": lazy_gettext("To be fetched"),
    "shipped": lazy_gettext("On its way"),
    "delivered": lazy_gettext("Delivered"),
    "returned": lazy_gettext("Came back"),
    "lost": lazy_gettext("Lost"),
    "taken_over": lazy_gettext("With another UPT"),
    "cancelled": lazy_gettext("Cancelled"),
    "all": lazy_gettext("All"),
}

SORTS = {
    "urgent": lazy_gettext("Most urgent first"),
    "newest": lazy_gettext("Newest order first"),
    "oldest": lazy_gettext("Oldest order first"),
}

_STATES = {"todo": OPEN_STATES, "late": OPEN_STATES, "all": FULFILMENT_STATES}
_CARRIERS = {
    "pickup": lazy_gettext("The customer fetches it"),
    "upt_delivery": lazy_gettext("The UPT brings it"),
    **{name: name for name in sorted({*COURIERS, *TRACKING_PAGES})},
}
"""Who carries a parcel, as the list is narrowed: a courier, the customer, the UPT."""


@dataclass(frozen=True, slots=True)
class _List:
    """What the address asks for: `typed` into the search, `asked` of the states, `chosen` filters."""

    typed: str
    asked: str
    shown: str
    sort: str
    sorts: Sequence[str]
    chosen: Mapping[str, str]
    upts: Sequence[tuple[str, str]]

    @property
    def narrowing(self) -> Narrowing:
        """The same for the query."""
        states, chosen = _STATES.get(self.shown, (self.shown,)), self.chosen
        return Narrowing(states, self.shown == "late", chosen["q"], chosen["courier"], chosen["upt"])


def _asked_list() -> _List:
    actor = current_actor()
    typed = request.args.get("q", "").strip()[:200]
    words = typed if len(typed) >= LEAST_WORDS else ""
    asked = _asked("status", SHOWN)
    shown = asked or ("all" if words else "todo")
    states = _STATES.get(shown, (shown,))
    sorts = list(SORTS) if set(states) <= set(OPEN_STATES) else ["newest", "oldest"]
    upts = [] if actor.has_one_upt else upts_of_scope(reading_session(), actor)
    chosen = {"q": words, "courier": _asked("courier", _CARRIERS), "upt": _asked("upt", dict(upts))}
    return _List(typed, asked, shown, _asked("sort", sorts) or sorts[0], sorts, chosen, upts)


@blueprint.get("/staff/paket")
@filterable(lazy_gettext("Parcels"), "status", "courier", "upt", "sort")
@staff_page("parcel.see")
def listed() -> str:
    """The parcels of the reader's scope, the most urgent first."""
    actor, session, wish = current_actor(), reading_session(), _asked_list()
    chosen, today, sort = wish.chosen, jakarta_day(now()), cast(Sort, wish.sort)
    page = parcels_for(session, actor, wish.narrowing, sort=sort, today=today, turn=_turn(), most=PAGE_SIZE)
    counts = work_counts(session, actor, today=today, upt_code=chosen["upt"])
    context: dict[str, Any] = {
        "page": page,
        "counts": {**counts.states, "todo": sum(counts.states.values()), "late": counts.late},
        "open_states": (*OPEN_STATES, "todo", "late"),
        "counts_fit": not (chosen["q"] or chosen["courier"]),
        "typed": wish.typed,
        "is_too_short": bool(wish.typed) and not chosen["q"],
        "least": LEAST_WORDS,
        "asked": wish.asked,
        "shown": wish.shown,
        "sort": sort,
        "sorts": [(code, SORTS[code]) for code in wish.sorts],
        "chosen": chosen,
        "kept": {name: value for name, value in chosen.items() if value},
        "couriers": list(_CARRIERS.items()),
        "upts": wish.upts,
        "may_work": actor.may("parcel.work"),
        "choices": SHOWN,
    }
    return render_template("orders/parcels.html", **context)


@blueprint.get("/staff/paket/unduh.<any(csv, xlsx):ending>")
@staff_page("parcel.see")
def export(ending: str) -> Response:
    """The same parcels as a file, all of them."""
    return sheet_answer("paket", ending, _COLUMNS, _read_all(parcel_rows))


@blueprint.get("/staff/paket/rincian.<any(csv, xlsx):ending>")
@staff_page("parcel.see")
def export_lines(ending: str) -> Response:
    """What was bought in the same parcels, a row for each line of an order."""
    return sheet_answer("pesanan", ending, _LINE_COLUMNS, _read_all(sold_lines))


def _read_all(rows: Callable[..., Iterator[Row]]) -> Iterator[Row]:
    wish = _asked_list()
    sort, today = cast(Sort, wish.sort), jakarta_day(now())
    return rows(reading_session(), current_actor(), wish.narrowing, sort=sort, today=today)


_COLUMNS = (
    Column[ParcelRow](lazy_gettext("Parcel"), lambda row: row.number),
    Column[ParcelRow](lazy_gettext("State"), lambda row: str(SHOWN[row.state])),
    Column[ParcelRow](lazy_gettext("Late"), lambda row: gettext("Yes") if row.is_late else gettext("No")),
    Column[ParcelRow](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[ParcelRow](lazy_gettext("Customer"), lambda row: row.customer),
    Column[ParcelRow](lazy_gettext("Place"), lambda row: row.regency),
    Column[ParcelRow](lazy_gettext("Pieces"), lambda row: row.pieces),
    Column[ParcelRow](lazy_gettext("Ordered"), lambda row: jakarta_day(row.placed_at)),
    Column[ParcelRow](lazy_gettext("Promised from"), lambda row: row.promised_from),
    Column[ParcelRow](lazy_gettext("Promised until"), lambda row: row.promised_until),
    Column[ParcelRow](lazy_gettext("Wanted by"), lambda row: row.wanted_by),
    Column[ParcelRow](lazy_gettext("Courier"), lambda row: str(_CARRIERS.get(row.courier, row.courier))),
    Column[ParcelRow](lazy_gettext("Tracking number"), lambda row: ", ".join(row.tracking_numbers)),
)


_LINE_COLUMNS = (
    Column[SoldLine](lazy_gettext("Order"), lambda row: row.order_number),
    Column[SoldLine](lazy_gettext("Parcel"), lambda row: row.parcel.number),
    Column[SoldLine](lazy_gettext("UPT"), lambda row: row.parcel.upt_name),
    Column[SoldLine](lazy_gettext("Ordered"), lambda row: jakarta_day(row.parcel.placed_at)),
    Column[SoldLine](lazy_gettext("State"), lambda row: str(SHOWN[row.parcel.state])),
    Column[SoldLine]("SKU", lambda row: row.sku),
    Column[SoldLine](lazy_gettext("Product"), lambda row: row.product),
    Column[SoldLine](lazy_gettext("Variant"), lambda row: row.variant),
    Column[SoldLine](lazy_gettext("Own text"), lambda row: row.own_text),
    Column[SoldLine](lazy_gettext("Unit"), lambda row: row.unit),
    Column[SoldLine](lazy_gettext("Pieces"), lambda row: row.pieces),
    Column[SoldLine](lazy_gettext("Cancelled"), lambda row: row.cancelled),
    Column[SoldLine](lazy_gettext("With another UPT"), lambda row: row.taken_over),
    Column[SoldLine](lazy_gettext("Price (rupiah)"), lambda row: row.unit_price),
    Column[SoldLine](lazy_gettext("Total (rupiah)"), lambda row: row.total),
    Column[SoldLine](lazy_gettext("Shipping of the parcel (rupiah)"), lambda row: row.shipping),
    Column[SoldLine](lazy_gettext("Shipping given back (rupiah)"), lambda row: row.shipping_back),
)


@blueprint.post("/staff/paket/terima")
@staff_page("parcel.work")
def accept_chosen() -> Response:
    """Accept the parcels that were chosen; those that no longer wait are named and left as they are."""
    numbers = _chosen(request.form.getlist("parcel"))
    if not numbers:
        flash(gettext("Nothing was chosen. Tick the parcels first."), "warn")
        return redirect(url_for("parcels.listed", status="new"), 303)
    with transaction() as session:
        accepted, left = accept_all(session, numbers, actor=current_actor(), at=now())
    if accepted:
        said = ngettext("%(num)s parcel accepted.", "%(num)s parcels accepted.", len(accepted))
        flash(said, "good")
    if left:
        flash(gettext("Not new any more, left as they are: %(numbers)s.", numbers=", ".join(left)), "info")
    return redirect(url_for("parcels.listed", status="accepted" if accepted else "new"), 303)


@blueprint.get("/staff/paket/cetak/<any(slip, label):what>.pdf")
@staff_page("parcel.see")
def sheets(what: str) -> Response:
    """The packing slips or the address labels of the parcels that the address names, in one file."""
    numbers = _chosen(request.args.getlist("parcel"))
    found = parcel_sheets(reading_session(), current_actor(), numbers)
    if not found:
        flash(gettext("There is nothing to print: tick parcels that hold something to send."), "warn")
        return redirect(url_for("parcels.listed"), 303)
    draw = {"slip": parcel_pdf.slips, "label": parcel_pdf.labels}[what]
    base_url = config().base_url
    answer = Response(
        draw(found, lambda number: f"{base_url}{url_for('fulfilments.parcel', number=number)}"),
        mimetype="application/pdf",
    )
    printed = {sheet.number for sheet in found}
    name = found[0].number if len(printed) == 1 else f"{len(printed)}"
    answer.headers["Content-Disposition"] = f'inline; filename="{what}-{name}.pdf"'
    return answer


def _chosen(numbers: list[str]) -> list[str]:
    """The numbers that were ticked, each once, as many as a list shows."""
    return list(dict.fromkeys(numbers))[:PAGE_SIZE]


def _asked(name: str, known: Any) -> str:
    """What the address asks for, if there is such a choice."""
    asked = request.args.get(name, "")
    return asked if asked in known else ""


def _turn() -> Turn | None:
    """Which side of which parcel the address asks for."""
    for direction in get_args(Direction):
        if number := request.args.get(direction, ""):
            return Turn(direction, number[:50])
    return None
