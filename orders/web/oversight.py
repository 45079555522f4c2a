"""The offices above the UPTs: what waits at each of theirs, a message to one, and stepping in for it."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from accounts.errors import HandoverTooLong, ReasonMissing
from accounts.queries.oversight import looked_after, told_to
from accounts.rules import LONGEST_HANDOVER, LONGEST_REASON
from accounts.services import overseeing
from accounts.web.guards import confirm_page, is_recently_confirmed, staff_frame, staff_page
from accounts.web.session import current_actor, current_session
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.forms import form_key
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of
from orders.queries.oversight import UptRow, all_upts_with_work, upts_with_work, waiting_at

blueprint = Blueprint("oversight", __name__)
blueprint.context_processor(staff_frame)

_MOST_PAGES = 10_000
_TOO_LONG = _("This is too long.")


class MessageForm(FlaskForm):
    """What a UPT is told."""

    class Meta:
        csrf = False

    key = form_key()
    body = TextAreaField(
        _("Message"),
        [DataRequired(_("Please write something.")), Length(max=LONGEST_HANDOVER, message=_TOO_LONG)],
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        description=_("It stands on the first page of their officers until one of them has seen to it."),
        render_kw={"maxlength": LONGEST_HANDOVER},
    )


class StepInForm(FlaskForm):
    """Why somebody steps in."""

    class Meta:
        csrf = False

    reason = StringField(
        _("Why you step in"),
        [DataRequired(_("Please write why.")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
        description=_("The UPT reads it in what was done, with everything you do there."),
        render_kw={"maxlength": LONGEST_REASON},
    )


@blueprint.get("/staff/upt")
@staff_page("upt.oversee")
def upts() -> str:
    """The UPTs of the reader's scope, with what waits at each and the sums."""
    words, today = _asked_words(), jakarta_day(now())
    found = upts_with_work(reading_session(), current_actor(), words=words, today=today, page=_page_number())
    return render_template("orders/upts.html", found=found, words=words)


@blueprint.get("/staff/upt/unduh.<any(csv, xlsx):ending>")
@staff_page("upt.oversee")
def export(ending: str) -> Response:
    """The same UPTs as a file; its last line has the sums."""
    today = jakarta_day(now())
    rows, total = all_upts_with_work(reading_session(), current_actor(), words=_asked_words(), today=today)
    together = UptRow("", gettext("Together"), "", total)
    return sheet_answer("upt", ending, _COLUMNS, [*rows, together])


_COLUMNS = (
    Column[UptRow](_("Code of the UPT"), lambda row: row.code),
    Column[UptRow](_("UPT"), lambda row: row.name),
    Column[UptRow]("Kanwil", lambda row: row.kanwil),
    Column[UptRow](_("late"), lambda row: row.waiting.late),
    Column[UptRow](_("to accept"), lambda row: row.waiting.new),
    Column[UptRow](_("to pack"), lambda row: row.waiting.accepted),
    Column[UptRow](_("to hand over"), lambda row: row.waiting.packed),
    Column[UptRow](_("reported problems to answer"), lambda row: row.waiting.problems),
    Column[UptRow](_("questions and requests to answer"), lambda row: row.waiting.requests),
    Column[UptRow](_("goods running out"), lambda row: row.waiting.low),
    Column[UptRow](_("permits that have ended or will soon"), lambda row: row.waiting.permits),
)


@blueprint.get("/staff/upt/<upt_code>")
@staff_page("upt.oversee")
def upt(upt_code: str) -> str:
    """One UPT: what waits there, what it was told, and stepping in."""
    return _page(upt_code, _message(), StepInForm(formdata=None))


@blueprint.post("/staff/upt/<upt_code>/pesan")
@staff_page("upt.oversee")
def tell(upt_code: str) -> BaseResponse | tuple[str, int]:
    """Leave a message on the first page of a UPT's officers."""
    looked_after(reading_session(), current_actor(), upt_code)
    form = MessageForm()
    if not form.validate():
        return _page(upt_code, form, StepInForm(formdata=None)), 422
    try:
        with transaction() as session:
            overseeing.tell_upt(
                session, upt_code, form.body.data, key=UUID(form.key.data), actor=current_actor(), at=now()
            )
    except HandoverTooLong as refusal:
        form.body.errors = [sentence(refusal)]
        return _page(upt_code, form, StepInForm(formdata=None)), status_of(refusal)
    flash(gettext("The message stands on their first page."), "good")
    return redirect(url_for("oversight.upt", upt_code=upt_code), 303)


@blueprint.post("/staff/upt/<upt_code>/gantikan")
@staff_page("upt.oversee")
def step_in(upt_code: str) -> BaseResponse | tuple[str, int]:
    """Work for a UPT for a while; whoever has not just given their password gives it first."""
    looked_after(reading_session(), current_actor(), upt_code)
    if not is_recently_confirmed():
        return redirect(_confirm_page(upt_code), 303)
    form = StepInForm()
    if not form.validate():
        return _page(upt_code, _message(), form), 422
    try:
        with transaction() as session:
            overseeing.step_in(
                session,
                current_session().session_id,
                upt_code,
                form.reason.data,
                actor=current_actor(),
                at=now(),
            )
    except ReasonMissing as refusal:
        form.reason.errors = [sentence(refusal)]
        return _page(upt_code, _message(), form), status_of(refusal)
    return redirect(url_for("today.show"), 303)


@blueprint.post("/staff/gantikan/selesai")
@staff_page("parcel.see")
def step_out() -> BaseResponse:
    """Work in one's own name again."""
    with transaction() as session:
        has_ended = overseeing.step_out(
            session, current_session().session_id, actor=current_actor(), at=now()
        )
    if has_ended:
        flash(gettext("You work in your own name again."), "good")
    return redirect(url_for("today.show"), 303)


def _page(upt_code: str, message: MessageForm, reason: StepInForm) -> str:
    session, actor = reading_session(), current_actor()
    found = looked_after(session, actor, upt_code)
    return render_template(
        "orders/upt.html",
        upt=found,
        waiting=waiting_at(session, actor, found.id, today=jakarta_day(now())),
        told=told_to(session, found),
        message=message,
        reason=reason,
        is_confirmed=is_recently_confirmed(),
        confirm_page=_confirm_page(upt_code),
        hours=int(overseeing.STANDS_IN_FOR.total_seconds()) // 3600,
    )


def _confirm_page(upt_code: str) -> str:
    return confirm_page(url_for("oversight.upt", upt_code=upt_code))


def _message() -> MessageForm:
    return MessageForm(formdata=None, key=str(uuid4()))


def _asked_words() -> str:
    return request.args.get("q", "").strip()[:200]


def _page_number() -> int:
    written = request.args.get("page", "1")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 1
    return min(max(number, 1), _MOST_PAGES)
