"""Production batches for officers: what was made, what the quality check found, until when it keeps."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, StringField, ValidationError
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import BatchRefused, StockNotYours
from inventory.queries.batches import must_expire, usual_life
from inventory.queries.staff import ShelfRow, shelf_row_for
from inventory.rules import (
    LONGEST_BATCH_CODE,
    MOST_HOURS,
    MOST_PEOPLE,
    MOST_PIECES_AT_ONCE,
    BatchEntry,
    parse_pieces,
)
from inventory.services.batches import note_batch
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.forms import form_key, validate_day, written_day
from kernel.i18n import province_zone
from kernel.web import sentence, status_of

blueprint = Blueprint("batches", __name__)
blueprint.context_processor(staff_frame)

_COUNT = {"maxlength": 9}


class BatchForm(FlaskForm):
    """What was made in one go. Only days and numbers are read here; what they mean the service checks."""

    class Meta:
        csrf = False

    key = form_key()
    passed = StringField(
        lazy_gettext("Pieces that passed the quality check"),
        [DataRequired(lazy_gettext("Say how many pieces passed; 0 if none did."))],
        render_kw=_COUNT,
    )
    reworked = StringField(
        lazy_gettext("Passed after rework"),
        description=lazy_gettext("Pieces that were mended first. They go onto the shelf too."),
        render_kw=_COUNT,
    )
    failed = StringField(
        lazy_gettext("Failed"),
        description=lazy_gettext("Pieces that cannot be sold. They do not go onto the shelf."),
        render_kw=_COUNT,
    )
    made_on = StringField(
        lazy_gettext("Made on"),
        [DataRequired(lazy_gettext("Say on which day.")), validate_day],
        widget=DateInput(),
    )
    expires_on = StringField(
        lazy_gettext("Keeps until"),
        [validate_day],
        widget=DateInput(),
        description=lazy_gettext("The date on the pack, that day included."),
    )
    code = StringField(
        lazy_gettext("Code of the batch"),
        description=lazy_gettext("As printed on the pack. Left empty, the batch is called by its day."),
        render_kw={"maxlength": LONGEST_BATCH_CODE},
    )
    people = StringField(
        lazy_gettext("People who worked on it"),
        description=lazy_gettext("Only how many, never who."),
        render_kw=_COUNT,
    )
    hours = StringField(
        lazy_gettext("Hours of work"),
        description=lazy_gettext("Of all of them together."),
        render_kw=_COUNT,
    )

    def validate_passed(self, field: Field) -> None:
        """Pieces."""
        _check_count(field, MOST_PIECES_AT_ONCE)

    validate_reworked = validate_passed
    validate_failed = validate_passed

    def validate_people(self, field: Field) -> None:
        """People, or nothing."""
        _check_count(field, MOST_PEOPLE)

    def validate_hours(self, field: Field) -> None:
        """Hours, or nothing."""
        _check_count(field, MOST_HOURS)

    def entry(self) -> BatchEntry:
        """What a valid form says."""
        made_on = written_day(self.made_on)
        assert made_on is not None
        return BatchEntry(
            code=self.code.data or "",
            made_on=made_on,
            expires_on=written_day(self.expires_on),
            passed=_count(self.passed) or 0,
            reworked=_count(self.reworked) or 0,
            failed=_count(self.failed) or 0,
            people=_count(self.people),
            hours=_count(self.hours),
        )


@blueprint.get("/staff/stok/<upt_code>/<sku>/produksi")
@staff_page("stock.change")
def new_batch(upt_code: str, sku: str) -> str:
    """The form for a batch, made today unless somebody says otherwise."""
    shelf = _own_shelf(upt_code, sku)
    today = now().astimezone(province_zone(shelf.province_code)).date()
    return _page(shelf, BatchForm(formdata=None, key=str(uuid4()), made_on=str(today)))


@blueprint.post("/staff/stok/<upt_code>/<sku>/produksi")
@staff_page("stock.change")
def note(upt_code: str, sku: str) -> str | Response | tuple[str, int]:
    """Note a batch: what passed comes onto the shelf."""
    shelf = _own_shelf(upt_code, sku)
    form = BatchForm()
    if not form.validate():
        return _page(shelf, form), 422
    try:
        with transaction() as session:
            key = UUID(form.key.data)
            is_new = note_batch(
                session, upt_code, sku, form.entry(), key=key, actor=current_actor(), at=now()
            )
    except BatchRefused as refusal:
        field = form[refusal.parameters["field"]]
        field.errors = (*field.errors, sentence(refusal))
        return _page(shelf, form), status_of(refusal)
    if is_new:
        flash(gettext("The batch is noted. What passed lies on the shelf."), "good")
    else:
        flash(gettext("This was counted already; nothing was counted twice."), "info")
    return redirect(url_for("stock.stock", upt_code=upt_code, sku=sku), 303)


def _own_shelf(upt_code: str, sku: str) -> ShelfRow:
    """The shelf, if the actor may change it. Raises StockNotFound, StockNotYours."""
    actor = current_actor()
    shelf = shelf_row_for(reading_session(), actor, upt_code, sku)
    if not actor.may_at("stock.change", shelf.upt_id):
        raise StockNotYours
    return shelf


def _page(shelf: ShelfRow, form: BatchForm) -> str:
    form.expires_on.flags.required = must_expire(reading_session(), shelf.variant_id)
    if life := usual_life(reading_session(), shelf.variant_id):
        usually = ngettext(
            "Usually %(num)s day after it was made.", "Usually %(num)s days after it was made.", life
        )
        form.expires_on.description = f"{form.expires_on.description} {usually}"
    return render_template(
        "inventory/batch_new.html",
        row=shelf,
        form=form,
        today=now().astimezone(province_zone(shelf.province_code)).date(),
    )


def _check_count(field: Field, most: int) -> None:
    count = _count(field)
    if (count is None and (field.data or "").strip()) or (count or 0) > most:
        raise ValidationError(sentence(BatchRefused("batch_pieces", most=most)))


def _count(field: Field) -> int | None:
    return parse_pieces(field.data or "")
