"""Pauses for officers: what their UPTs do not sell for a while, and what customers are told."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import PauseKnown, PauseRefused
from inventory.pausing import LONGEST_PAUSE_TEXT
from inventory.queries.pauses import Pausable, PauseRow, pausable_by, pauses_for
from inventory.services.pausing import PauseWish, end_pause, pause
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.forms import form_key, validate_day, written_day
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("pauses", __name__)
blueprint.context_processor(staff_frame)

_CHOOSE = lazy_gettext("Choose from the list.")


class PauseForm(FlaskForm):
    """What is paused, up to when, and what customers read."""

    class Meta:
        csrf = False

    key = form_key()
    what = SelectField(
        lazy_gettext("What to pause"), [InputRequired(_CHOOSE)], choices=[], invalid_choice_message=_CHOOSE
    )
    until = StringField(
        lazy_gettext("Up to and including"),
        [InputRequired(lazy_gettext("Say the last day on which nothing is sold.")), validate_day],
        widget=DateInput(),
    )
    text_id = StringField(
        lazy_gettext("What customers read, in Indonesian"),
        [InputRequired(lazy_gettext("Say in a sentence why, and what customers can expect."))],
        render_kw={"maxlength": LONGEST_PAUSE_TEXT},
        description=lazy_gettext("For example: “Dapur kami diperbaiki. Mulai Senin kami memanggang lagi.”"),
    )
    text_en = StringField(
        lazy_gettext("The same in English"),
        render_kw={"maxlength": LONGEST_PAUSE_TEXT},
        description=lazy_gettext("Left empty, the Indonesian sentence stands on the English pages too."),
    )


@blueprint.get("/staff/stok/jeda")
@staff_page("stock.see")
def pauses() -> str:
    """What is paused in the reader's scope, and the form that pauses more."""
    form = PauseForm(formdata=None, key=str(uuid4()), what=request.args.get("apa", "")[:200])
    return _page(form)


@blueprint.get("/staff/stok/jeda/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export(ending: str) -> Response:
    """The same pauses as a file."""
    rows = pauses_for(reading_session(), current_actor(), day=jakarta_day(now()))
    return sheet_answer("jeda", ending, _COLUMNS, rows)


_COLUMNS = (
    Column[PauseRow](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[PauseRow](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[PauseRow](lazy_gettext("Product"), lambda row: row.product or gettext("Everything")),
    Column[PauseRow](lazy_gettext("Up to and including"), lambda row: row.until),
    Column[PauseRow](lazy_gettext("What customers read, in Indonesian"), lambda row: row.text_id),
    Column[PauseRow](lazy_gettext("The same in English"), lambda row: row.text_en),
    Column[PauseRow](lazy_gettext("Noted by"), lambda row: row.actor_label),
)


@blueprint.post("/staff/stok/jeda")
@staff_page("stock.change")
def begin() -> str | BaseResponse | tuple[str, int]:
    """Pause something."""
    form = PauseForm()
    form.what.choices = _choices()
    if not form.validate():
        return _page(form), 422
    until = written_day(form.until)
    assert until is not None
    texts = ((form.text_id.data or "").strip(), (form.text_en.data or "").strip())
    wish = PauseWish(form.what.data, until, *texts)
    try:
        with transaction() as session:
            pause(session, wish, key=UUID(form.key.data), actor=current_actor(), at=now())
    except PauseRefused as refusal:
        field = form[refusal.parameters["field"]]
        field.errors = (*field.errors, sentence(refusal))
        return _page(form), status_of(refusal)
    except PauseKnown as refusal:
        form.what.errors = (*form.what.errors, sentence(refusal))
        return _page(form), status_of(refusal)
    flash(gettext("Paused. What was ordered before is sent as promised."), "good")
    return redirect(url_for("pauses.pauses"), 303)


@blueprint.post("/staff/stok/jeda/<uuid:key>/selesai")
@staff_page("stock.change")
def end(key: UUID) -> BaseResponse:
    """Sell again before the day."""
    with transaction() as session:
        end_pause(session, key, actor=current_actor(), at=now())
    flash(gettext("It is sold again."), "good")
    return redirect(url_for("pauses.pauses"), 303)


def _choices() -> list[tuple[str, str]]:
    return [(each.value, _name(each)) for each in pausable_by(reading_session(), current_actor())]


def _name(each: Pausable) -> str:
    return each.product or gettext("Everything of %(upt)s", upt=each.upt_name)


def _page(form: PauseForm) -> str:
    session, actor, today = reading_session(), current_actor(), jakarta_day(now())
    form.what.choices = _choices()
    return render_template(
        "inventory/pauses.html",
        form=form,
        found=pauses_for(session, actor, day=today),
        own=actor.only("stock.change").upt_ids,
        today=today,
        shows_upt=not actor.has_one_upt,
    )
