"""Reviews for staff: what waits for a moderator, one review, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from accounts.rules import Actor
from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.rules import parse_pieces
from kernel.clock import JAKARTA, now
from kernel.db import reading_session, transaction
from kernel.files import files
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of
from orders.errors import MessageRefused, ReviewAnswered, ReviewChanged, WrongState
from orders.queries.reviews import (
    StaffReview,
    review_for,
    review_picture_for,
    review_rows,
    reviews_for,
    reviews_waiting,
    staff_review,
)
from orders.rules.reviews import LONGEST_REVIEW, REVIEW_STATES
from orders.services.moderating import (
    answer_review,
    may_moderate,
    may_reply,
    publish_review,
    refuse_review,
    remove_answer,
)

blueprint = Blueprint("staff_reviews", __name__, url_prefix="/staff/ulasan")
blueprint.context_processor(staff_frame)

SHOWN = {
    "waiting": lazy_gettext("To check"),
    "published": lazy_gettext("Published"),
    "refused": lazy_gettext("Not published"),
    "all": lazy_gettext("All"),
}

_MOST_PAGES = 10_000
_LONGEST_REASON = 500


def _words(label: object, missing: object, *, most: int, rows: int) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[
            InputRequired(missing),
            Length(max=most, message=lazy_gettext("Please write at most %(most)s characters.", most=most)),
        ],
        render_kw={"rows": rows, "maxlength": most},
    )


class SeenForm(FlaskForm):
    """Which state of the review the page showed."""

    class Meta:
        csrf = False

    seen = HiddenField(
        validators=[Regexp(r"^[0-9]{1,9}\Z", message=lazy_gettext("Open this page again and try anew."))]
    )


class RefusalForm(SeenForm):
    """Why a review is not published."""

    reason = _words(
        lazy_gettext("Reason, mailed to the buyer"),
        lazy_gettext("Please say why: the buyer reads it."),
        most=_LONGEST_REASON,
        rows=3,
    )


class PublicAnswerForm(FlaskForm):
    """The UPT's answer under the review."""

    class Meta:
        csrf = False

    body = _words(
        lazy_gettext("Your public answer"),
        lazy_gettext("Please write your answer."),
        most=LONGEST_REVIEW,
        rows=5,
    )


@blueprint.get("")
@filterable(lazy_gettext("Reviews"), "status")
@staff_page("review.see")
def reviews() -> str:
    """The reviews of the reader's scope, those that wait for a moderator first."""
    actor, session = current_actor(), reading_session()
    shown, states = _asked()
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    choices = SHOWN if actor.may("review.moderate") else {"published": SHOWN["published"]}
    return render_template(
        "orders/reviews.html",
        found=reviews_for(session, actor, states=states, page=page),
        counts={"waiting": reviews_waiting(session, actor)},
        shown=shown,
        choices=choices,
        shows_upt=not actor.has_one_upt,
    )


@blueprint.get("/unduh.<any(csv, xlsx):ending>")
@staff_page("review.see")
def export(ending: str) -> Response:
    """The same reviews as a file, all of them."""
    _, states = _asked()
    return sheet_answer(
        "ulasan", ending, _COLUMNS, review_rows(reading_session(), current_actor(), states=states)
    )


_COLUMNS = (
    Column[StaffReview](lazy_gettext("Review"), lambda row: row.number),
    Column[StaffReview](lazy_gettext("Stars"), lambda row: row.stars),
    Column[StaffReview](lazy_gettext("State"), lambda row: str(SHOWN[row.state])),
    Column[StaffReview](lazy_gettext("Product"), lambda row: row.product),
    Column[StaffReview](lazy_gettext("Words"), lambda row: row.body),
    Column[StaffReview](lazy_gettext("Answer of the UPT"), lambda row: row.answer),
    Column[StaffReview](lazy_gettext("Written"), lambda row: row.changed_at.astimezone(JAKARTA)),
    Column[StaffReview](lazy_gettext("UPT"), lambda row: row.upt_name),
)


def _asked() -> tuple[str, Sequence[str]]:
    """The word of the states that are shown, and these states."""
    asked = request.args.get("status", "")
    usual = "waiting" if current_actor().may("review.moderate") else "published"
    shown = asked if asked in SHOWN else usual
    return shown, REVIEW_STATES if shown == "all" else (shown,)


@blueprint.get("/<number>")
@staff_page("review.see")
def review(number: str) -> str:
    """One review, and what can be done with it."""
    return _page(number)


@blueprint.get("/foto/<uuid:key>")
@staff_page("review.see")
def picture(key: UUID) -> Response:
    """A photograph of a review that the reader may see."""
    found = review_picture_for(reading_session(), current_actor(), key)
    return Response(files().get(found), mimetype="image/jpeg")


@blueprint.post("/<number>/terbitkan")
@staff_page("review.moderate")
def publish(number: str) -> Response | tuple[str, int]:
    """Show the review on the product's page."""
    form = SeenForm()

    def step(session: Session, actor: Actor, at: datetime) -> bool:
        return publish_review(session, number, seen=int(form.seen.data or 0), actor=actor, at=at)

    return _step(number, form, step, gettext("Published. The buyer and the UPT get a mail."))


@blueprint.post("/<number>/tolak")
@staff_page("review.moderate")
def refuse(number: str) -> Response | tuple[str, int]:
    """Refuse the review, or take it down."""
    form = RefusalForm()

    def step(session: Session, actor: Actor, at: datetime) -> bool:
        reason, seen = form.reason.data or "", int(form.seen.data or 0)
        return refuse_review(session, number, reason, seen=seen, actor=actor, at=at)

    return _step(number, form, step, gettext("Not published. The buyer is told why by mail."))


@blueprint.post("/<number>/jawab")
@staff_page("review.answer")
def answer(number: str) -> Response | tuple[str, int]:
    """Answer the review in public, once."""
    form = PublicAnswerForm()

    def step(session: Session, actor: Actor, at: datetime) -> bool:
        return answer_review(session, number, form.body.data or "", actor=actor, at=at)

    return _step(number, form, step, gettext("Your answer stands under the review now."))


@blueprint.post("/<number>/hapus-jawaban")
@staff_page("review.moderate")
def take_answer_down(number: str) -> Response | tuple[str, int]:
    """Take the UPT's answer down."""
    form = SeenForm()

    def step(session: Session, actor: Actor, at: datetime) -> bool:
        return remove_answer(session, number, seen=int(form.seen.data or 0), actor=actor, at=at)

    return _step(number, form, step, gettext("The answer is taken down; the UPT may write another."))


def _step(
    number: str, form: FlaskForm, step: Callable[[Session, Actor, datetime], bool], done: str
) -> Response | tuple[str, int]:
    """Do one thing and say so, or show the review as it is with what is wrong."""
    review_for(reading_session(), current_actor(), number)
    if not form.validate():
        return _page(number, form), 422
    try:
        with transaction() as session:
            is_new = step(session, current_actor(), now())
    except MessageRefused as refusal:
        field = form.reason if isinstance(form, RefusalForm) else form.body
        field.errors = (sentence(refusal),)
        return _page(number, form), status_of(refusal)
    except (ReviewChanged, ReviewAnswered, WrongState) as refusal:
        return _page(number, form, problem=sentence(refusal)), status_of(refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return redirect(url_for("staff_reviews.review", number=number), 303)


def _page(number: str, sent: FlaskForm | None = None, *, problem: str = "") -> str:
    session, actor = reading_session(), current_actor()
    found, view = review_for(session, actor, number), staff_review(session, actor, number)
    seen = str(view.version)
    refusal_form = sent if isinstance(sent, RefusalForm) else RefusalForm(formdata=None)
    refusal_form.seen.data = seen
    return render_template(
        "orders/review.html",
        review=view,
        may_moderate=may_moderate(actor, found.upt_id),
        may_reply=may_reply(actor, found),
        seen=seen,
        refusal_form=refusal_form,
        answer_form=sent if isinstance(sent, PublicAnswerForm) else PublicAnswerForm(formdata=None),
        problem=problem,
    )
