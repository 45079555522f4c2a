"""A parcel in several cartons: one more, the last one apart again, and each to the courier by itself."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import transaction
from kernel.web import sentence
from orders.errors import FirstCartonEmpty, ParcelChanged, PieceCountWrong, TakeoverOpen, WrongState
from orders.services import packing
from orders.web.fulfilments import step_with_receipt
from orders.web.parcel_page import (
    CartonForm,
    back_to,
    boxes_of,
    fresh,
    page,
    pieces_of,
    refused,
    ship_form_of,
    workable,
)

blueprint = Blueprint("cartons", __name__)
blueprint.context_processor(staff_frame)


@blueprint.post("/staff/paket/<number>/dus")
@staff_page("parcel.work")
def add(number: str) -> Response | tuple[str, int]:
    """Put pieces into one more carton."""
    fulfilment, form = workable(number), CartonForm(formdata=request.form)
    first = boxes_of(fulfilment)[0]
    pieces, errors = pieces_of(
        fulfilment,
        request.form,
        prefix="carton",
        most=lambda line: first.pieces.get(line.order_line.position, 0),
    )
    if errors:
        return page(fulfilment, form=form, piece_errors=errors), 422
    try:
        with transaction() as session:
            position = packing.add_carton(
                session, number, pieces, seen=_seen(form), actor=current_actor(), at=now()
            )
    except PieceCountWrong:
        problem = gettext("Say of at least one product how many pieces go into the new carton.")
        return page(fresh(number), form=form, problem=problem), 422
    except FirstCartonEmpty as refusal:
        return page(fresh(number), form=form, problem=sentence(refusal)), 422
    except (ParcelChanged, WrongState, TakeoverOpen) as refusal:
        return refused(number, refusal)
    flash(
        gettext("Carton %(position)s is noted. Each carton has its own slip and label.", position=position),
        "good",
    )
    return back_to(number)


@blueprint.post("/staff/paket/<number>/dus/buka")
@staff_page("parcel.work")
def undo(number: str) -> Response | tuple[str, int]:
    """Take the last carton apart: its pieces lie in the first again."""
    seen = _seen(CartonForm(formdata=request.form))
    workable(number)
    try:
        with transaction() as session:
            packing.take_apart(session, number, seen=seen, actor=current_actor(), at=now())
    except (ParcelChanged, WrongState) as refusal:
        return refused(number, refusal)
    flash(gettext("Taken apart: its pieces lie in the first carton again."), "good")
    return back_to(number)


@blueprint.post("/staff/paket/<number>/dus/<int:position>/kirim")
@staff_page("parcel.work")
def hand_over(number: str, position: int) -> Response | tuple[str, int]:
    """Note under which number the courier has a carton besides the first."""
    fulfilment = workable(number)
    form = ship_form_of(fulfilment, request.form)
    step = partial(
        packing.hand_over_carton,
        position=position,
        courier=form.courier.data,
        tracking_number=form.tracking_number.data,
    )
    said = gettext("Noted: the courier has carton %(position)s.", position=position)
    return step_with_receipt(fulfilment, form, step, said)


def _seen(form: CartonForm) -> int:
    """How many cartons besides the first the page showed; none can be -1."""
    seen = parse_pieces(form.seen.data or "")
    return -1 if seen is None else seen
