"""Reported problems for staff: what waits for an answer, one problem, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.rules import parse_pieces
from kernel.clock import JAKARTA, now
from kernel.db import reading_session, transaction
from kernel.files import files
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of
from orders.errors import (
    MessageRefused,
    OrderNotPayable,
    OwnOrder,
    PieceCountWrong,
    ProblemClosed,
    ProblemNotYours,
    RefundTooLarge,
)
from orders.queries.problems import (
    ProblemRow,
    ReturnableLine,
    is_shipping_returned,
    picture_for,
    problem_counts,
    problem_for,
    problem_rows,
    problems_for,
    returnable_lines,
)
from orders.rules.problems import LONGEST_TEXT, STATES
from orders.services import problems as services
from orders.web.problem_words import ENTRY_NAMES, REASON_NAMES, STATE_NAMES

blueprint = Blueprint("staff_problems", __name__, url_prefix="/staff/masalah")
blueprint.context_processor(staff_frame)

_MOST_PAGES = 10_000
_ANSWER, _REFUND, _CLOSE = "answer", "refund", "close"
_TOO_LONG = lazy_gettext("Please write at most %(most)s characters.", most=LONGEST_TEXT)


class NoteForm(FlaskForm):
    """A form's key, which makes that it counts once, and words to the customer."""

    class Meta:
        csrf = False

    key = form_key()
    body = TextAreaField(
        lazy_gettext("Words to the customer"),
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[
            DataRequired(lazy_gettext("Please write to the customer what you do and why.")),
            Length(max=LONGEST_TEXT, message=_TOO_LONG),
        ],
        render_kw={"rows": 4, "maxlength": LONGEST_TEXT},
    )


class RefundForm(NoteForm):
    """Which pieces' money goes back is read by `pieces_of`: the lines differ from parcel to parcel."""

    with_shipping = BooleanField(lazy_gettext("Give the shipping cost back too"))


@blueprint.get("")
@filterable(lazy_gettext("Problems"), "status")
@staff_page("problem.see")
def problems() -> str:
    """The problems of the reader's scope, the most urgent first."""
    shown, states, words = _asked()
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    actor, session = current_actor(), reading_session()
    return render_template(
        "orders/problems.html",
        found=problems_for(session, actor, states=states, words=words, page=page),
        counts=problem_counts(session, actor),
        shown=shown,
        words=words,
        choices={**STATE_NAMES, "all": lazy_gettext("All")},
        reasons=REASON_NAMES,
        at=now(),
        shows_upt=not actor.has_one_upt,
    )


@blueprint.get("/unduh.<any(csv, xlsx):ending>")
@staff_page("problem.see")
def export(ending: str) -> Response:
    """The same problems as a file, all of them."""
    _, states, words = _asked()
    rows = problem_rows(reading_session(), current_actor(), states=states, words=words)
    return sheet_answer("masalah", ending, _COLUMNS, rows)


_COLUMNS = (
    Column[ProblemRow](lazy_gettext("Problem"), lambda row: row.number),
    Column[ProblemRow](lazy_gettext("State"), lambda row: str(STATE_NAMES[row.state])),
    Column[ProblemRow](lazy_gettext("Reason"), lambda row: str(REASON_NAMES[row.reason])),
    Column[ProblemRow](lazy_gettext("Parcel"), lambda row: row.parcel_number),
    Column[ProblemRow](lazy_gettext("Customer"), lambda row: row.customer),
    Column[ProblemRow](lazy_gettext("Reported on"), lambda row: row.reported_at.astimezone(JAKARTA)),
    Column[ProblemRow](
        lazy_gettext("To be answered by"),
        lambda row: row.answer_due_at.astimezone(JAKARTA) if row.state == "open" else None,
    ),
    Column[ProblemRow](lazy_gettext("UPT"), lambda row: row.upt_name),
)


def _asked() -> tuple[str, Sequence[str], str]:
    """The word of the states that are shown, these states, and the words by which the list is narrowed."""
    asked = request.args.get("status", "open")
    shown = asked if asked in (*STATES, "all") else "open"
    return shown, STATES if shown == "all" else (shown,), request.args.get("q", "").strip()[:200]


@blueprint.get("/<number>")
@staff_page("problem.see")
def problem(number: str) -> str:
    """One problem with what was said, its photographs, and what can be done."""
    return _page(number)


@blueprint.get("/foto/<uuid:key>")
@staff_page("problem.see")
def picture(key: UUID) -> Response:
    """A photograph of a problem in the reader's scope."""
    return Response(files().get(picture_for(reading_session(), current_actor(), key)), mimetype="image/jpeg")


@blueprint.post("/<number>/jawab")
@staff_page("problem.work")
def answer(number: str) -> BaseResponse | tuple[str, int]:
    """Answer the customer."""
    form = NoteForm(prefix=_ANSWER)

    def step(session: Session) -> bool:
        return services.answer(
            session, number, form.body.data, key=form.key.data, actor=current_actor(), at=now()
        )

    return _step(number, form, step, gettext("Answered. The customer gets a mail."))


@blueprint.post("/<number>/tutup")
@staff_page("problem.work")
def close(number: str) -> BaseResponse | tuple[str, int]:
    """Close the problem."""
    form = NoteForm(prefix=_CLOSE)

    def step(session: Session) -> bool:
        return services.close(
            session, number, form.body.data, key=form.key.data, actor=current_actor(), at=now()
        )

    return _step(number, form, step, gettext("Closed. The customer gets a mail."))


@blueprint.post("/<number>/kembalikan")
@staff_page("problem.work")
def give_back(number: str) -> BaseResponse | tuple[str, int]:
    """Give the money of pieces back."""
    form = RefundForm(prefix=_REFUND)
    view = problem_for(reading_session(), current_actor(), number)
    pieces, errors = pieces_of(returnable_lines(reading_session(), view.parcel_number), request.form)

    def step(session: Session) -> bool:
        return services.give_back(
            session,
            number,
            pieces,
            form.body.data,
            with_shipping=form.with_shipping.data,
            key=form.key.data,
            actor=current_actor(),
            at=now(),
        )

    done = gettext("The money is on its way back. The customer gets a mail.")
    return _step(number, form, step, done, errors)


def pieces_of(
    lines: Sequence[ReturnableLine], written: Mapping[str, str]
) -> tuple[dict[int, int], dict[int, str]]:
    """The pieces by line position as they were typed, and what is wrong with them."""
    pieces, errors = {}, {}
    for line in lines:
        count = parse_pieces(written.get(f"pieces-{line.position}", "") or "0")
        if count is None or count > line.most:
            errors[line.position] = sentence(PieceCountWrong(most=line.most))
        elif count:
            pieces[line.position] = count
    return pieces, errors


def _step(
    number: str,
    form: NoteForm,
    step: Callable[[Session], bool],
    done: str,
    piece_errors: Mapping[int, str] | None = None,
) -> BaseResponse | tuple[str, int]:
    """Do one thing and say so, or show the problem as it is with what is wrong."""
    view = problem_for(reading_session(), current_actor(), number)
    if not services.may_work(current_actor(), view.upt_id):
        raise ProblemNotYours
    if not form.validate() or piece_errors:
        return _page(number, form, piece_errors=piece_errors or {}), 422
    try:
        with transaction() as session:
            is_new = step(session)
    except MessageRefused as refusal:
        form.body.errors = (sentence(refusal),)
        return _page(number, form), status_of(refusal)
    except PieceCountWrong:
        words = gettext(
            "Say of at least one product how many pieces' money goes back, or choose the shipping."
        )
        return _page(number, form, refused=words), 422
    except (ProblemClosed, RefundTooLarge, OrderNotPayable, OwnOrder) as refusal:
        return _page(number, form, refused=sentence(refusal)), status_of(refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return redirect(url_for("staff_problems.problem", number=number), 303)


def _page(
    number: str,
    sent: NoteForm | None = None,
    *,
    refused: str = "",
    piece_errors: Mapping[int, str] | None = None,
) -> str:
    session, actor = reading_session(), current_actor()
    view = problem_for(session, actor, number)

    def form(kind: type[NoteForm], prefix: str) -> NoteForm:
        if sent is not None and sent._prefix == f"{prefix}-":
            return sent
        return kind(formdata=None, prefix=prefix, key=str(uuid4()))

    context: dict[str, Any] = {
        "problem": view,
        "zone": province_zone(view.upt_province_code),
        "lines": returnable_lines(session, view.parcel_number),
        "is_shipping_returned": is_shipping_returned(session, view.parcel_number),
        "may_work": services.may_work(actor, view.upt_id) and view.state != "closed",
        "may_never": not services.may_work(actor, view.upt_id),
        "answer_form": form(NoteForm, _ANSWER),
        "refund_form": form(RefundForm, _REFUND),
        "close_form": form(NoteForm, _CLOSE),
        "is_refund_open": isinstance(sent, RefundForm),
        "is_close_open": sent is not None and sent._prefix == f"{_CLOSE}-",
        "piece_errors": piece_errors or {},
        "written": request.form if isinstance(sent, RefundForm) else {},
        "refused": refused,
        "reasons": REASON_NAMES,
        "done": ENTRY_NAMES,
        "at": now(),
    }
    return render_template("orders/problem.html", **context)
