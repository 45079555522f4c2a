"""Enquiries for staff: what waits for an answer, one thread, and each thing that can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypedDict
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from accounts.rules import Actor
from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.rules import parse_pieces
from kernel.clock import JAKARTA, now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of
from orders.errors import EnquiryClosed, MessageRefused, SlotFull, ThreadFull, WrongState
from orders.queries.enquiries import (
    EnquiryRow,
    enquiries_for,
    enquiry_counts,
    enquiry_for,
    enquiry_rows,
    enquiry_view,
)
from orders.rules.enquiries import KINDS, LONGEST_MESSAGE, STATES
from orders.services import answering

blueprint = Blueprint("staff_enquiries", __name__, url_prefix="/staff/permintaan")
blueprint.context_processor(staff_frame)

SHOWN = {
    "open": lazy_gettext("Open"),
    "new": lazy_gettext("To answer"),
    "answered": lazy_gettext("Answered"),
    "closed": lazy_gettext("Closed"),
    "all": lazy_gettext("All"),
}

KIND_NAMES = {
    "booking": lazy_gettext("Booking"),
    "export": lazy_gettext("Bulk and export"),
    "question": lazy_gettext("Question"),
    "parcel": lazy_gettext("About a parcel"),
}

DONE = {
    "confirmed": lazy_gettext("Booking confirmed"),
    "declined": lazy_gettext("Booking declined"),
    "closed": lazy_gettext("Closed"),
    "reopened": lazy_gettext("Opened again"),
    "link": lazy_gettext("New link sent"),
}
"""What an entry of the thread says was done besides its words."""

_OPEN = ("new", "answered")
_MOST_PAGES = 10_000
_ANSWER, _NOTE = "answer", "note"
_TOO_LONG = lazy_gettext("Please write at most %(most)s characters.", most=LONGEST_MESSAGE)


class Step(Protocol):
    """A use-case that adds to a thread; False when the form had been sent before."""

    def __call__(
        self, session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime
    ) -> bool: ...


class NoteForm(FlaskForm):
    """A form's key, which makes that it counts once, and words that may be left out."""

    class Meta:
        csrf = False

    key = form_key()
    body = TextAreaField(
        lazy_gettext("Note to the customer"),
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[Length(max=LONGEST_MESSAGE, message=_TOO_LONG)],
        render_kw={"rows": 3, "maxlength": LONGEST_MESSAGE},
    )


class AnswerForm(NoteForm):
    """An answer, which must say something."""

    body = TextAreaField(
        lazy_gettext("Your answer"),
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[
            InputRequired(lazy_gettext("Please write your answer.")),
            Length(max=LONGEST_MESSAGE, message=_TOO_LONG),
        ],
        render_kw={"rows": 6, "maxlength": LONGEST_MESSAGE},
    )


@blueprint.get("")
@filterable(lazy_gettext("Requests"), "status", "kind")
@staff_page("enquiry.see")
def enquiries() -> str:
    """The enquiries of the reader's scope, those that wait for an answer first."""
    shown, kind, wish = _asked()
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    actor, session = current_actor(), reading_session()
    counts = enquiry_counts(session, actor)
    counts["open"] = sum(counts.get(state, 0) for state in _OPEN)
    return render_template(
        "orders/enquiries.html",
        found=enquiries_for(session, actor, **wish, page=page),
        counts=counts,
        shown=shown,
        kind=kind,
        kinds=KIND_NAMES,
        words=wish["words"],
        choices=SHOWN,
        shows_upt=not actor.has_one_upt,
    )


@blueprint.get("/unduh.<any(csv, xlsx):ending>")
@staff_page("enquiry.see")
def export(ending: str) -> Response:
    """The same enquiries as a file, all of them."""
    _, _, wish = _asked()
    return sheet_answer(
        "permintaan", ending, _COLUMNS, enquiry_rows(reading_session(), current_actor(), **wish)
    )


_COLUMNS = (
    Column[EnquiryRow](lazy_gettext("Request"), lambda row: row.number),
    Column[EnquiryRow](lazy_gettext("State"), lambda row: str(SHOWN[row.state])),
    Column[EnquiryRow](lazy_gettext("Kind"), lambda row: str(KIND_NAMES[row.kind])),
    Column[EnquiryRow](lazy_gettext("About"), lambda row: row.about),
    Column[EnquiryRow](lazy_gettext("Customer"), lambda row: row.name),
    Column[EnquiryRow](lazy_gettext("Company"), lambda row: row.company),
    Column[EnquiryRow](lazy_gettext("Asked"), lambda row: row.asked_at.astimezone(JAKARTA)),
    Column[EnquiryRow](lazy_gettext("Last word"), lambda row: row.moved_at.astimezone(JAKARTA)),
    Column[EnquiryRow](lazy_gettext("UPT"), lambda row: "; ".join(row.upts)),
)


class Wish(TypedDict):
    """By what the list is narrowed."""

    states: Sequence[str]
    kinds: Sequence[str]
    words: str


def _asked() -> tuple[str, str, Wish]:
    """The word of the states that are shown, the kind if there is one, and what is listed."""
    asked, kind = request.args.get("status", "open"), request.args.get("kind", "")
    shown = asked if asked in SHOWN else "open"
    kind = kind if kind in KINDS else ""
    states = {"open": _OPEN, "all": STATES}.get(shown, (shown,))
    words = request.args.get("q", "").strip()[:200]
    return shown, kind, {"states": states, "kinds": (kind,) if kind else KINDS, "words": words}


@blueprint.get("/<number>")
@staff_page("enquiry.see")
def enquiry(number: str) -> str:
    """One enquiry with its thread, and what can be done."""
    return _page(number)


@blueprint.post("/<number>/jawab")
@staff_page("enquiry.work")
def answer(number: str) -> Response | tuple[str, int]:
    """Answer the customer."""
    return _step(
        number, AnswerForm(prefix=_ANSWER), answering.answer, gettext("Answered. The customer gets a mail.")
    )


@blueprint.post("/<number>/terima")
@staff_page("enquiry.work")
def confirm(number: str) -> Response | tuple[str, int]:
    """Confirm the booking."""
    return _step(
        number,
        NoteForm(prefix=_NOTE),
        answering.confirm_booking,
        gettext("Confirmed. The customer gets a mail."),
    )


@blueprint.post("/<number>/tolak")
@staff_page("enquiry.work")
def decline(number: str) -> Response | tuple[str, int]:
    """Decline the booking."""
    return _step(
        number,
        NoteForm(prefix=_NOTE),
        answering.decline_booking,
        gettext("Declined. The customer gets a mail."),
    )


@blueprint.post("/<number>/tutup")
@staff_page("enquiry.work")
def close(number: str) -> Response | tuple[str, int]:
    """Close the enquiry."""
    return _step(
        number, NoteForm(prefix=_NOTE), answering.close, gettext("Closed. The customer gets a mail.")
    )


@blueprint.post("/<number>/buka")
@staff_page("enquiry.work")
def reopen(number: str) -> Response | tuple[str, int]:
    """Open a closed enquiry again."""

    return _step(number, NoteForm(prefix=_NOTE), answering.reopen, gettext("Opened again."))


@blueprint.post("/<number>/tautan")
@staff_page("enquiry.work")
def renew_link(number: str) -> Response | tuple[str, int]:
    """Send the customer a new link and void the old ones."""

    return _step(
        number,
        NoteForm(prefix=_NOTE),
        answering.renew_link,
        gettext("A new link is on its way; earlier ones no longer work."),
    )


def _step(number: str, form: NoteForm, step: Step, done: str) -> Response | tuple[str, int]:
    """Do one thing and say so, or show the thread as it is with what is wrong."""
    enquiry_for(reading_session(), current_actor(), number)
    if not form.validate():
        return _page(number, form), 422
    try:
        with transaction() as session:
            is_new = step(
                session, number, form.body.data or "", key=form.key.data, actor=current_actor(), at=now()
            )
    except MessageRefused as refusal:
        form.body.errors = (sentence(refusal),)
        return _page(number, form), status_of(refusal)
    except (EnquiryClosed, SlotFull, ThreadFull, WrongState) as refusal:
        return _refused(number, form, refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return redirect(url_for("staff_enquiries.enquiry", number=number), 303)


def _refused(number: str, form: NoteForm, refusal: DomainError) -> tuple[str, int]:
    return _page(number, form, problem=sentence(refusal)), status_of(refusal)


def _page(number: str, sent: NoteForm | None = None, *, problem: str = "") -> str:
    answer_form = sent if isinstance(sent, AnswerForm) else None
    note_form = sent if answer_form is None else None
    session, actor = reading_session(), current_actor()
    enquiry_for(session, actor, number)
    view = enquiry_view(session, number)
    upt_ids = frozenset(upt.id for upt in view.upts)
    context: dict[str, Any] = {
        "enquiry": view,
        "zone": province_zone(view.booking.province_code) if view.booking else None,
        "may_work": answering.may_answer(actor, view.kind, upt_ids),
        "answer_form": answer_form or AnswerForm(formdata=None, prefix=_ANSWER, key=str(uuid4())),
        "note_form": note_form or NoteForm(formdata=None, prefix=_NOTE, key=str(uuid4())),
        "key": str(uuid4()),
        "kinds": KIND_NAMES,
        "done": DONE,
        "problem": problem,
    }
    return render_template("orders/enquiry.html", **context)
