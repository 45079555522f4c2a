"""How a parcel ends, as officers note it: fetched with a code, brought, delivered, back again, lost."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from accounts.rules import Actor
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import LifeTooShort
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import transaction
from kernel.web import config, sentence
from orders.errors import PastDateNotGood, ReceiverMissing, WrongState
from orders.services import coming_back, fulfilling, handing_over
from orders.web.parcel_page import (
    CodeForm,
    ReceiverForm,
    ReturnForm,
    RoundForm,
    back_to,
    do_step,
    fresh,
    page,
    pieces_of,
    refused,
    workable,
)

blueprint = Blueprint("parcel_ends", __name__, url_prefix="/staff/paket/<number>")
blueprint.context_processor(staff_frame)


@blueprint.post("/siap-diambil")
@staff_page("parcel.work")
def make_ready(number: str) -> Response | tuple[str, int]:
    """The customer may come for the parcel."""
    return do_step(number, handing_over.make_ready, gettext("The customer gets a mail with the code."))


@blueprint.post("/diambil")
@staff_page("parcel.work")
def give_out(number: str) -> Response | tuple[str, int]:
    """Give the parcel to whoever shows its code."""
    fulfilment, form = workable(number), CodeForm()
    if not form.validate():
        return page(fulfilment, form=form), 422
    try:
        with transaction() as session:  # a wrong code is counted, so what it led to is kept
            outcome = handing_over.give_out(
                session,
                number,
                form.code.data,
                secret_key=config().secret_key,
                actor=current_actor(),
                at=now(),
            )
    except (WrongState, LifeTooShort) as refusal:
        return refused(number, refusal)
    if outcome == "wrong":
        form.code.errors = (gettext("This is not the code of this parcel. Let the customer show it again."),)
        return page(fresh(number), form=form), 422
    if outcome == "void":
        return page(fresh(number)), 409
    if outcome == "right":
        flash(gettext("The code is right: give the parcel out. It is noted as delivered."), "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return back_to(number)


@blueprint.post("/kode-baru")
@staff_page("parcel.work")
def renew_code(number: str) -> Response | tuple[str, int]:
    """Send the customer a new code."""
    form = RoundForm()

    def step(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
        seen = parse_pieces(form.seen.data or "") or 0
        return handing_over.renew_code(session, number, seen_round=seen, actor=actor, at=at)

    return do_step(number, step, gettext("The customer gets a mail with a new code; the old one is void."))


@blueprint.post("/antar")
@staff_page("parcel.work")
def bring(number: str) -> Response | tuple[str, int]:
    """The UPT brings the parcel itself."""
    return do_step(number, handing_over.bring, gettext("On its way. The customer gets a mail about it."))


@blueprint.post("/sampai")
@staff_page("parcel.work")
def deliver(number: str) -> Response | tuple[str, int]:
    """Note that the parcel has arrived, and who took it in if the UPT brought it."""
    fulfilment, form = workable(number), ReceiverForm()
    if fulfilment.hand_over == "upt_delivery" and fulfilment.state == "shipped" and not form.validate():
        return page(fulfilment, form=form), 422

    def step(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
        return fulfilling.deliver(session, number, receiver=form.receiver.data or "", actor=actor, at=at)

    try:
        return do_step(number, step, gettext("Noted as delivered."))
    except ReceiverMissing as refusal:
        form.receiver.errors = (sentence(refusal),)
    return page(fresh(number), form=form), 422


@blueprint.post("/kembali")
@staff_page("parcel.work")
def come_back(number: str) -> Response | tuple[str, int]:
    """The parcel is here again: what is good goes back onto the shelf."""
    fulfilment, form = workable(number), ReturnForm()
    good, errors = pieces_of(
        fulfilment, request.form, prefix="good", most=lambda line: line.shipped, blank=""
    )
    if fulfilment.state == "shipped" and (not form.validate() or errors):
        return page(fulfilment, form=form, piece_errors=errors), 422

    def step(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
        return coming_back.come_back(session, number, good, reason=form.reason.data, actor=actor, at=at)

    try:
        return do_step(number, step, gettext("Noted. The customer gets the money back and a mail about it."))
    except PastDateNotGood as refusal:
        errors = {refusal.parameters["position"]: sentence(refusal)}
    return page(fresh(number), form=form, piece_errors=errors), 422


@blueprint.post("/hilang")
@staff_page("parcel.work")
def lose(number: str) -> Response | tuple[str, int]:
    """Nobody can find the parcel any more."""
    return do_step(
        number, coming_back.lose, gettext("Noted. The customer gets the money back and a mail about it.")
    )
