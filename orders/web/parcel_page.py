"""The page of one parcel as every step on it shows it again: its forms, its words, what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from accounts.rules import Actor
from accounts.web.session import current_actor
from inventory.errors import LifeTooShort
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import province_zone
from kernel.web import sentence, status_of
from orders.errors import (
    CartonsLeft,
    NoSuchCarton,
    OrderNotPayable,
    OwnOrder,
    ParcelNotYours,
    PieceCountWrong,
    RefundTooLarge,
    TakeoverOpen,
    WrongState,
)
from orders.models import Fulfilment, FulfilmentLine
from orders.queries.cartons import PackedCarton, cartons_of, left_in_first
from orders.queries.invoices import papers_of_parcel
from orders.queries.paid_shipping import paid_shipping
from orders.queries.staff import fulfilment_for, is_disputed, parcel_history
from orders.queries.takeovers import open_takeover
from orders.rules.handling import (
    COURIERS,
    LONGEST_RECEIVER,
    MOST_CARTONS,
    NOT_FETCHED,
    OPEN_STATES,
    RETURN_REASONS,
    SHORTAGE_REASONS,
    SHORTEST_TRACKING_NUMBER,
    STATES_IN_HOUSE,
)
from orders.rules.pickup import CODE_DIGITS, MOST_MISSES, bare_code
from orders.rules.tracking import tracking_page
from orders.services.packing import PACKING_STATES
from orders.services.parcel_work import open_pieces, sent_pieces
from orders.web.parcel_words import HISTORY, REASONS


class Step(Protocol):
    """A use-case that moves a parcel on; False when it had been done before."""

    def __call__(self, session: Session, number: str, *, actor: Actor, at: datetime) -> bool: ...


class ParcelForm(FlaskForm):
    """A form on the page of a parcel."""

    class Meta:
        csrf = False


class ShipForm(ParcelForm):
    """Who carries the parcel, or a carton of it, and how that is followed."""

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


class FixForm(ShipForm):
    """The same of a carton that has left."""

    carton = SelectField(
        lazy_gettext("Which carton"),
        coerce=int,
        invalid_choice_message=lazy_gettext("Choose a carton from the list."),
        invalid_value_message=lazy_gettext("Choose a carton from the list."),
    )


class ReceiverForm(ParcelForm):
    """Who took in the parcel that the UPT brought."""

    receiver = StringField(
        lazy_gettext("Who took it in"),
        [
            InputRequired(lazy_gettext("Write the name of who took it in.")),
            Length(max=LONGEST_RECEIVER, message=lazy_gettext("This is too long.")),
        ],
        description=lazy_gettext("The customer sees this name."),
        render_kw={"maxlength": LONGEST_RECEIVER},
    )


class CodeForm(ParcelForm):
    """The code that whoever fetches a parcel shows."""

    code = StringField(
        lazy_gettext("Pick-up code"),
        [
            InputRequired(lazy_gettext("Type the six digits the customer shows you.")),
            Length(max=20, message=lazy_gettext("This is too long.")),
        ],
        description=lazy_gettext("Six digits, on the page of the order and in the mail."),
    )

    def validate_code(self, field: StringField) -> None:
        """A slip of the finger is no try."""
        if bare_code(field.data) is None:
            raise ValidationError(gettext("Type the six digits the customer shows you."))


class RoundForm(ParcelForm):
    """Asks for a new code; `seen` is the round the page showed."""

    seen = HiddenField()


class ShortageForm(ParcelForm):
    """Why pieces cannot be sent; `seen` is how many cancelled pieces the page showed.

    How many pieces of which line is read by `pieces_of`: the lines differ from parcel to parcel.
    """

    seen = HiddenField()
    reason = SelectField(
        lazy_gettext("Reason"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(code, REASONS[code]) for code in SHORTAGE_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )


class ReturnForm(ParcelForm):
    """Why a parcel came back; how many good pieces of which line is read by `pieces_of`."""

    reason = SelectField(
        lazy_gettext("Why it came back"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(code, REASONS[code]) for code in RETURN_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )


def pieces_of(
    fulfilment: Fulfilment,
    written: Mapping[str, str],
    *,
    prefix: str = "pieces",
    most: Callable[[FulfilmentLine], int] = open_pieces,
    blank: str = "0",
) -> tuple[dict[int, int], dict[int, str]]:
    """The pieces by line position as they were typed, and what is wrong with them.

    A line left out counts as `blank`; one of which nothing can be typed has no field.
    """
    pieces, errors = {}, {}
    for line in fulfilment.lines:
        position = line.order_line.position
        count = parse_pieces(written.get(f"{prefix}-{position}", "") or (blank if most(line) else "0"))
        if count is None or count > most(line):
            errors[position] = sentence(PieceCountWrong(most=most(line)))
        elif count:
            pieces[position] = count
    return pieces, errors


def do_step(number: str, step: Step, done: str) -> Response | tuple[str, int]:
    """Do one step and say so, or show the parcel as it is when the step does not fit any more."""
    try:
        with transaction() as session:
            is_new = step(session, number, actor=current_actor(), at=now())
    except (
        *(WrongState, LifeTooShort, OrderNotPayable, OwnOrder, RefundTooLarge),
        *(TakeoverOpen, CartonsLeft, NoSuchCarton),
    ) as refusal:
        return refused(number, refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return back_to(number)


def back_to(number: str) -> Response:
    """The page of the parcel as it is now."""
    return redirect(url_for("fulfilments.parcel", number=number), 303)


def refused(number: str, refusal: DomainError) -> tuple[str, int]:
    """The parcel as it is now, and why the step is not possible."""
    return page(fresh(number), problem=sentence(refusal)), status_of(refusal)


def fresh(number: str) -> Fulfilment:
    """The parcel as it is now. Raises FulfilmentNotFound."""
    return fulfilment_for(reading_session(), current_actor(), number)


def workable(number: str) -> Fulfilment:
    """The parcel, if the actor may work on it. Raises FulfilmentNotFound, ParcelNotYours."""
    fulfilment = fresh(number)
    if not current_actor().may_at("parcel.work", fulfilment.upt_id):
        raise ParcelNotYours
    return fulfilment


class CartonForm(ParcelForm):
    """One carton more or fewer; `seen` is how many the page showed besides the first."""

    seen = HiddenField()


def ship_form_of(fulfilment: Fulfilment, formdata: Mapping[str, str] | None) -> ShipForm:
    """With the courier the customer was shown."""
    form = ShipForm(formdata=formdata, courier=fulfilment.courier)
    form.courier.choices = list(dict.fromkeys((fulfilment.courier, *COURIERS)))
    return form


def fix_form_of(
    fulfilment: Fulfilment, formdata: Mapping[str, str] | None, boxes: Sequence[PackedCarton]
) -> FixForm:
    """With what was noted of the first of those `boxes` of the parcel that have left."""
    left = [box for box in boxes if box.tracking_number] or boxes[:1]
    first = left[0]
    form = FixForm(
        formdata=formdata,
        prefix="fix-",
        carton=first.position,
        courier=first.courier,
        tracking_number=first.tracking_number,
    )
    form.carton.choices = [SelectChoice(box.position, str(box.position)) for box in left]
    shipped = (box.courier for box in left if box.courier)
    form.courier.choices = list(dict.fromkeys((fulfilment.courier, *shipped, *COURIERS)))
    return form


def shortage_form_of(fulfilment: Fulfilment, formdata: Mapping[str, str] | None) -> ShortageForm:
    """With the reason that only a parcel that waits to be fetched can have."""
    cancelled = sum(line.cancelled for line in fulfilment.lines)
    form = ShortageForm(formdata=formdata, seen=str(cancelled))
    if fulfilment.state == "ready":
        reasons = [SelectChoice(NOT_FETCHED, REASONS[NOT_FETCHED])]
        form.reason.choices = [*reasons, *(form.reason.choices or ())]
    return form


def page(
    fulfilment: Fulfilment,
    *,
    form: ParcelForm | None = None,
    piece_errors: Mapping[int, str] | None = None,
    problem: str = "",
) -> str:
    """The page; `form` is the one that was sent and refused, and stands there as it was filled in."""
    actor, session = current_actor(), reading_session()
    boxes = boxes_of(fulfilment)
    context: dict[str, Any] = {
        "parcel": fulfilment,
        "papers": papers_of_parcel(session, fulfilment.id),
        "paper_url": lambda key: url_for("invoices.for_staff", key=key),
        "history": parcel_history(session, fulfilment),
        "is_disputed": is_disputed(session, fulfilment.order_id),
        "may_work": actor.may_at("parcel.work", fulfilment.upt_id),
        "can_be_short": fulfilment.state in STATES_IN_HOUSE,
        "takeover": open_takeover(session, fulfilment.id),
        "can_be_taken_over": fulfilment.state in OPEN_STATES and fulfilment.hand_over == "courier",
        "can_be_renumbered": any(box.tracking_number for box in boxes),
        "is_code_void": fulfilment.code_misses >= MOST_MISSES,
        "code_digits": CODE_DIGITS,
        "open_pieces": open_pieces,
        "sent_pieces": sent_pieces,
        "shipping_went_back": any(
            each.went_back
            for each in paid_shipping(session, fulfilment.order_id)
            if each.parcel_id == fulfilment.id
        ),
        **_forms(fulfilment, boxes, form),
        "boxes": boxes,
        "next_carton": next((box.position for box in boxes[1:] if not box.has_left), None),
        "can_be_repacked": fulfilment.state in PACKING_STATES,
        "most_cartons": MOST_CARTONS,
        "piece_errors": piece_errors or {},
        "written": request.form if form is not None else {},
        "problem": problem,
        "zone": province_zone(fulfilment.upt.province_code),
        "titles": HISTORY,
        "reasons": REASONS,
        "tracking_page": tracking_page,
    }
    return render_template("orders/parcel.html", **context)


def boxes_of(fulfilment: Fulfilment) -> list[PackedCarton]:
    """Every carton of a parcel with what is sent in it, the first too; one statement."""
    cartons = cartons_of(reading_session(), [fulfilment.id])[fulfilment.id]
    sent = {line.order_line.position: sent_pieces(line) for line in fulfilment.lines}
    left, courier = left_in_first(sent, cartons), fulfilment.shipped_courier
    return [PackedCarton(1, left, courier, fulfilment.tracking_number), *cartons]


def _forms(fulfilment: Fulfilment, boxes: Sequence[PackedCarton], sent: ParcelForm | None) -> dict[str, Any]:
    """Every form of the page by its name; the one that was sent in place of a new one."""
    forms: dict[str, ParcelForm] = {
        "ship_form": ship_form_of(fulfilment, None),
        "fix_form": fix_form_of(fulfilment, None, boxes),
        "carton_form": CartonForm(formdata=None, seen=str(len(boxes) - 1)),
        "shortage_form": shortage_form_of(fulfilment, None),
        "receiver_form": ReceiverForm(formdata=None),
        "code_form": CodeForm(formdata=None),
        "round_form": RoundForm(formdata=None, seen=str(fulfilment.code_round)),
        "return_form": ReturnForm(formdata=None),
    }
    shown = {name: sent if type(sent) is type(each) else each for name, each in forms.items()}
    return {**shown, "sent_form": next((name for name, each in shown.items() if each is sent), "")}
