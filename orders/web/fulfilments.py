"""One parcel for officers: what is in it, where it goes, each step to the courier as a form of its own."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import sentence
from orders.errors import (
    CourierUnknown,
    OrderNotPayable,
    OwnOrder,
    ParcelChanged,
    ParcelInCartons,
    PieceCountWrong,
    RefundTooLarge,
    TakeoverOpen,
    TrackingNumberInvalid,
    TrackingNumberUsed,
    WrongState,
)
from orders.models import Fulfilment
from orders.queries.staff import fulfilment_for
from orders.services import fulfilling
from orders.web.parcel_page import (
    ShipForm,
    Step,
    back_to,
    boxes_of,
    do_step,
    fix_form_of,
    fresh,
    page,
    pieces_of,
    refused,
    ship_form_of,
    shortage_form_of,
    workable,
)

blueprint = Blueprint("fulfilments", __name__)
blueprint.context_processor(staff_frame)


@blueprint.get("/staff/paket/<number>")
@staff_page("parcel.see")
def parcel(number: str) -> str:
    """One parcel: what is in it, where it goes, what is to be done next."""
    return page(fresh(number))


@blueprint.get("/staff/paket/<number>/slip")
@staff_page("parcel.see")
def slip(number: str) -> str:
    """The packing slip: one page to print and lay into the box."""
    fulfilment = fulfilment_for(reading_session(), current_actor(), number)
    lines = {line.order_line.position: line for line in fulfilment.lines}
    boxes = boxes_of(fulfilment)
    return render_template("orders/slip.html", parcel=fulfilment, lines=lines, boxes=boxes)


@blueprint.post("/staff/paket/<number>/terima")
@staff_page("parcel.work")
def accept(number: str) -> Response | tuple[str, int]:
    """Accept the parcel."""
    return do_step(number, fulfilling.accept, gettext("Accepted. Now pack it."))


@blueprint.post("/staff/paket/<number>/kemas")
@staff_page("parcel.work")
def pack(number: str) -> Response | tuple[str, int]:
    """Note that the parcel is packed."""
    return do_step(number, fulfilling.pack, gettext("Packed. Now hand it over."))


@blueprint.post("/staff/paket/<number>/kirim")
@staff_page("parcel.work")
def ship(number: str) -> Response | tuple[str, int]:
    """Note courier and tracking number: the parcel is on its way."""
    fulfilment = workable(number)
    form = ship_form_of(fulfilment, request.form)
    step = partial(fulfilling.ship, courier=form.courier.data, tracking_number=form.tracking_number.data)
    said = gettext("On its way. The customer gets a mail with the tracking number.")
    return step_with_receipt(fulfilment, form, step, said)


@blueprint.post("/staff/paket/<number>/nomor-resi")
@staff_page("parcel.work")
def renumber(number: str) -> Response | tuple[str, int]:
    """Put right the courier or tracking number of a parcel, or a carton of it, that has left."""
    fulfilment = workable(number)
    form = fix_form_of(fulfilment, request.form, boxes_of(fulfilment))
    step = partial(
        fulfilling.renumber,
        courier=form.courier.data,
        tracking_number=form.tracking_number.data,
        carton=form.carton.data,
    )
    said = gettext("Corrected. The customer sees it on the page of the order.")
    return step_with_receipt(fulfilment, form, step, said)


@blueprint.post("/staff/paket/<number>/tidak-tersedia")
@staff_page("parcel.work")
def cannot_supply(number: str) -> Response | tuple[str, int]:
    """Cancel pieces that cannot be sent."""
    fulfilment = workable(number)
    form = shortage_form_of(fulfilment, request.form)
    pieces, errors = pieces_of(fulfilment, request.form)
    seen = parse_pieces(form.seen.data or "")
    if not form.validate() or errors:
        return page(fulfilment, form=form, piece_errors=errors), 422
    try:
        with transaction() as session:
            fulfilling.cannot_supply(
                session,
                number,
                pieces,
                reason=form.reason.data,
                seen_cancelled=-1 if seen is None else seen,
                actor=current_actor(),
                at=now(),
            )
    except PieceCountWrong:
        problem = gettext("Say of at least one product how many pieces are missing.")
        return page(fresh(number), form=form, problem=problem), 422
    except (
        ParcelChanged,
        WrongState,
        RefundTooLarge,
        OrderNotPayable,
        OwnOrder,
        TakeoverOpen,
        ParcelInCartons,
    ) as refusal:
        return refused(number, refusal)
    flash(gettext("Cancelled. The customer gets the money back and a mail about it."), "good")
    return back_to(number)


def step_with_receipt(
    fulfilment: Fulfilment, form: ShipForm, step: Step, done: str
) -> Response | tuple[str, int]:
    """A step with courier and tracking number; what is wrong with them is said beside the field."""
    number = fulfilment.number
    if not form.validate():
        return page(fulfilment, form=form), 422
    try:
        return do_step(number, step, done)
    except (TrackingNumberInvalid, TrackingNumberUsed) as refusal:
        form.tracking_number.errors = (sentence(refusal),)
    except CourierUnknown as refusal:
        form.courier.errors = (sentence(refusal),)
    return page(fresh(number), form=form), 422
