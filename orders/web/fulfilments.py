"""One parcel for officers: what is in it, where it goes, and each step as a form of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from accounts.rules import Actor
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import LifeTooShort
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import province_zone
from kernel.web import sentence, status_of
from orders.errors import (
    CourierUnknown,
    OrderNotPayable,
    ParcelChanged,
    ParcelNotYours,
    PieceCountWrong,
    RefundTooLarge,
    TrackingNumberInvalid,
    TrackingNumberUsed,
    WrongState,
)
from orders.models import Fulfilment
from orders.queries.invoices import papers_of_parcel
from orders.queries.staff import fulfilment_for, is_disputed, parcel_history
from orders.rules.handling import COURIERS, OPEN_STATES, SHORTAGE_REASONS, SHORTEST_TRACKING_NUMBER
from orders.services import fulfilling
from orders.services.fulfilling import open_pieces

blueprint = Blueprint("fulfilments", __name__)
blueprint.context_processor(staff_frame)

REASONS = {
    "not_found": lazy_gettext("Not to be found"),
    "damaged": lazy_gettext("Damaged"),
    "expired": lazy_gettext("Past its date"),
    "keeps_too_short": lazy_gettext("Would not keep until it arrives"),
    "not_made": lazy_gettext("Could not be made in time"),
    "other": lazy_gettext("Another reason"),
}

HISTORY = {
    "fulfilment_new": lazy_gettext("Ordered"),
    "fulfilment_accepted": lazy_gettext("Accepted"),
    "fulfilment_packed": lazy_gettext("Packed"),
    "fulfilment_shipped": lazy_gettext("Handed to the courier"),
    "fulfilment_renumbered": lazy_gettext("Tracking number corrected"),
    "fulfilment_delivered": lazy_gettext("Delivered"),
    "fulfilment_cancelled": lazy_gettext("Cancelled"),
    "fulfilment_reduced": lazy_gettext("Some pieces cancelled"),
}


class Step(Protocol):
    """A use-case that moves a parcel on; False when it had been done before."""

    def __call__(self, session: Session, number: str, *, actor: Actor, at: datetime) -> bool: ...


class ShipForm(FlaskForm):
    """Who carries the parcel and how it is followed."""

    class Meta:
        csrf = False

    courier = SelectField(
        lazy_gettext("Courier"),
        validators=[InputRequired(lazy_gettext("Choose a courier from the list."))],
        invalid_choice_message=lazy_gettext("Choose a courier from the list."),
    )
    tracking_number = StringField(
        lazy_gettext("Tracking number"),
        [
            InputRequired(lazy_gettext("Enter the tracking number from the receipt.")),
            Length(max=100, message=lazy_gettext("This is too long.")),
        ],
        description=lazy_gettext("As printed on the courier's receipt."),
        render_kw={"minlength": SHORTEST_TRACKING_NUMBER},
    )


class ShortageForm(FlaskForm):
    """Why pieces cannot be sent; `seen` is how many cancelled pieces the page showed.

    How many pieces of which line is read by `pieces_of`: the lines differ from parcel to parcel.
    """

    class Meta:
        csrf = False

    seen = HiddenField()
    reason = SelectField(
        lazy_gettext("Reason"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(code, REASONS[code]) for code in SHORTAGE_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )


@blueprint.get("/staff/paket/<number>")
@staff_page("parcel.see")
def parcel(number: str) -> str:
    """One parcel: what is in it, where it goes, what is to be done next."""
    return _page(fulfilment_for(reading_session(), current_actor(), number))


@blueprint.get("/staff/paket/<number>/slip")
@staff_page("parcel.see")
def slip(number: str) -> str:
    """The packing slip: one page to print and lay into the box."""
    fulfilment = fulfilment_for(reading_session(), current_actor(), number)
    lines = [(line, line.quantity - line.cancelled) for line in fulfilment.lines]
    return render_template(
        "orders/slip.html", parcel=fulfilment, lines=[(line, count) for line, count in lines if count]
    )


@blueprint.post("/staff/paket/<number>/terima")
@staff_page("parcel.work")
def accept(number: str) -> Response | tuple[str, int]:
    """Accept the parcel."""
    return _step(number, fulfilling.accept, gettext("Accepted. Now pack it."))


@blueprint.post("/staff/paket/<number>/kemas")
@staff_page("parcel.work")
def pack(number: str) -> Response | tuple[str, int]:
    """Note that the parcel is packed."""
    return _step(number, fulfilling.pack, gettext("Packed. Now hand it to the courier."))


@blueprint.post("/staff/paket/<number>/sampai")
@staff_page("parcel.work")
def deliver(number: str) -> Response | tuple[str, int]:
    """Note that the parcel has arrived."""
    return _step(number, fulfilling.deliver, gettext("Noted as delivered."))


@blueprint.post("/staff/paket/<number>/kirim")
@staff_page("parcel.work")
def ship(number: str) -> Response | tuple[str, int]:
    """Note courier and tracking number: the parcel is on its way."""
    said = gettext("On its way. The customer gets a mail with the tracking number.")
    return _step_with_receipt(number, fulfilling.ship, said)


@blueprint.post("/staff/paket/<number>/nomor-resi")
@staff_page("parcel.work")
def renumber(number: str) -> Response | tuple[str, int]:
    """Put right the courier or tracking number of a parcel that has left."""
    said = gettext("Corrected. The customer sees it on the page of the order.")
    return _step_with_receipt(number, fulfilling.renumber, said)


@blueprint.post("/staff/paket/<number>/tidak-tersedia")
@staff_page("parcel.work")
def cannot_supply(number: str) -> Response | tuple[str, int]:
    """Cancel pieces that cannot be sent."""
    fulfilment = _workable(number)
    form = ShortageForm()
    pieces, errors = pieces_of(fulfilment, request.form)
    seen = parse_pieces(form.seen.data or "")
    if not form.validate() or errors:
        return _page(fulfilment, shortage_form=form, piece_errors=errors), 422
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
        return _page(_fresh(number), shortage_form=form, problem=problem), 422
    except (ParcelChanged, WrongState, RefundTooLarge, OrderNotPayable) as refusal:
        return _refused(number, refusal)
    flash(gettext("Cancelled. The customer gets the money back and a mail about it."), "good")
    return redirect(url_for("fulfilments.parcel", number=number), 303)


def pieces_of(fulfilment: Fulfilment, written: Mapping[str, str]) -> tuple[dict[int, int], dict[int, str]]:
    """The pieces to cancel by line position as they were typed, and what is wrong with them."""
    pieces, errors = {}, {}
    for line in fulfilment.lines:
        position = line.order_line.position
        count = parse_pieces(written.get(f"pieces-{position}", "") or "0")
        if count is None or count > open_pieces(line):
            errors[position] = sentence(PieceCountWrong(most=open_pieces(line)))
        elif count:
            pieces[position] = count
    return pieces, errors


def _step(number: str, step: Step, done: str) -> Response | tuple[str, int]:
    """Do one step and say so, or show the parcel as it is when the step does not fit any more."""
    try:
        with transaction() as session:
            is_new = step(session, number, actor=current_actor(), at=now())
    except (WrongState, LifeTooShort) as refusal:
        return _refused(number, refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return redirect(url_for("fulfilments.parcel", number=number), 303)


def _step_with_receipt(number: str, work: Callable[..., bool], done: str) -> Response | tuple[str, int]:
    """A step with courier and tracking number; what is wrong with them is said beside the field."""
    fulfilment = _workable(number)
    form = _ship_form(fulfilment, request.form)
    if not form.validate():
        return _page(fulfilment, ship_form=form), 422

    def step(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
        return work(session, number, form.courier.data, form.tracking_number.data, actor=actor, at=at)

    try:
        return _step(number, step, done)
    except (TrackingNumberInvalid, TrackingNumberUsed) as refusal:
        form.tracking_number.errors = (sentence(refusal),)
    except CourierUnknown as refusal:
        form.courier.errors = (sentence(refusal),)
    return _page(_fresh(number), ship_form=form), 422


def _refused(number: str, refusal: DomainError) -> tuple[str, int]:
    return _page(_fresh(number), problem=sentence(refusal)), status_of(refusal)


def _fresh(number: str) -> Fulfilment:
    return fulfilment_for(reading_session(), current_actor(), number)


def _workable(number: str) -> Fulfilment:
    """The parcel, if the actor may work on it. Raises FulfilmentNotFound, ParcelNotYours."""
    fulfilment = _fresh(number)
    if not current_actor().may_at("parcel.work", fulfilment.upt_id):
        raise ParcelNotYours
    return fulfilment


def _ship_form(fulfilment: Fulfilment, formdata: Mapping[str, str] | None) -> ShipForm:
    """With what was noted when the parcel left, if it has."""
    courier = fulfilment.shipped_courier or fulfilment.courier
    form = ShipForm(formdata=formdata, courier=courier, tracking_number=fulfilment.tracking_number)
    form.courier.choices = list(dict.fromkeys((courier, fulfilment.courier, *COURIERS)))
    return form


def _page(
    fulfilment: Fulfilment,
    *,
    ship_form: ShipForm | None = None,
    shortage_form: ShortageForm | None = None,
    piece_errors: Mapping[int, str] | None = None,
    problem: str = "",
) -> str:
    actor, session = current_actor(), reading_session()
    cancelled = sum(line.cancelled for line in fulfilment.lines)
    context: dict[str, Any] = {
        "parcel": fulfilment,
        "papers": papers_of_parcel(session, fulfilment.id),
        "paper_url": lambda key: url_for("invoices.for_staff", key=key),
        "history": parcel_history(session, fulfilment),
        "is_disputed": is_disputed(session, fulfilment.order_id),
        "may_work": actor.may_at("parcel.work", fulfilment.upt_id),
        "can_be_short": fulfilment.state in OPEN_STATES,
        "can_be_renumbered": bool(fulfilment.tracking_number),
        "open_pieces": open_pieces,
        "ship_form": ship_form or _ship_form(fulfilment, None),
        "shortage_form": shortage_form or ShortageForm(formdata=None, seen=str(cancelled)),
        "is_shortage_open": shortage_form is not None,
        "piece_errors": piece_errors or {},
        "written": request.form if shortage_form is not None else {},
        "problem": problem,
        "zone": province_zone(fulfilment.upt.province_code),
        "titles": HISTORY,
    }
    return render_template("orders/parcel.html", **context)
