"""Stock from a spreadsheet: a template, the table that is sent, what it would change, and its booking."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import InputRequired

from accounts.rules import STAND_IN
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import TableNotForStandIn, TooManyTables
from inventory.queries.exported import shelf_rows
from inventory.queries.staff import ShelfRow
from inventory.queries.stock_tables import TableView, rows_of_table, table_of, tables_of
from inventory.rules import ADJUSTMENT_REASONS, MOST_IMPORTED, RECEIPT_REASONS, parse_pieces
from inventory.services import stock_tables as service
from inventory.web.stock import REASONS
from inventory.web.table_words import HEADINGS
from inventory.web.tables import SHELF_COLUMNS
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.files import files
from kernel.forms import form_key
from kernel.sheet_reading import MOST_SENT, SheetUnreadable
from kernel.sheets import Column, sheet_answer
from kernel.web import accepts_uploads, sentence, upload_is_too_heavy

blueprint = Blueprint("stock_tables", __name__)
blueprint.context_processor(staff_frame)

STATES = {
    "reading": lazy_gettext("Being read"),
    "refused": lazy_gettext("Refused"),
    "ready": lazy_gettext("To be looked at"),
    "applying": lazy_gettext("Being booked"),
    "applied": lazy_gettext("Booked"),
    "discarded": lazy_gettext("Put aside"),
}

_LOOK_AGAIN_SECONDS = "3"
_LONGEST_NAME = 100


class SendForm(FlaskForm):
    """A table of changes; `key` makes that one sent twice is one table."""

    class Meta:
        csrf = False

    key = form_key()
    file = FileField(
        lazy_gettext("Filled-in table"),
        [InputRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext(
            "XLSX or CSV, at most %(most)s rows and %(megabytes)s MB.",
            most=MOST_IMPORTED,
            megabytes=MOST_SENT // 1_000_000,
        ),
        render_kw={"accept": ".xlsx,.csv"},
    )


@blueprint.get("/staff/stok/impor")
@staff_page("stock.change")
def tables() -> str:
    """The template, the form, and the tables that were sent before."""
    return _page(_blank())


@blueprint.get("/staff/stok/impor/templat.<any(csv, xlsx):ending>")
@staff_page("stock.change")
def template(ending: str) -> Response:
    """Every shelf of the reader with what lies there; what came or went is to be filled in beside it."""
    actor = current_actor().only("stock.change")
    rows = shelf_rows(reading_session(), actor, words="", show="all")
    return sheet_answer("templat-stok", ending, _TEMPLATE, rows)


@blueprint.post("/staff/stok/impor")
@staff_page("stock.change")
@accepts_uploads(MOST_SENT)
def send() -> BaseResponse | tuple[str, int]:
    """Take a table in; the worker reads it."""
    form = _blank() if upload_is_too_heavy() else SendForm()
    if upload_is_too_heavy():
        refusal = SheetUnreadable("sheet_too_heavy", megabytes=MOST_SENT // 1_000_000)
        form.file.errors = (sentence(refusal),)
        return _page(form), 413
    if not form.validate():
        return _page(form), 422
    sent: FileStorage = form.file.data
    with sent.stream:
        content = sent.stream.read()
    key, file_key = UUID(form.key.data), f"tables/{uuid4()}"
    files().put(file_key, content)
    is_new = False
    try:
        with transaction() as session:
            name = (sent.filename or "")[:_LONGEST_NAME]
            is_new = service.take_table(
                session, key=key, file_name=name, file_key=file_key, actor=current_actor(), at=now()
            )
    except TooManyTables as refusal:
        form.file.errors = (sentence(refusal),)
        return _page(form), 409
    finally:
        if not is_new:
            files().delete(file_key)
    return _to(key)


@blueprint.get("/staff/stok/impor/<uuid:key>")
@staff_page("stock.change")
def table(key: UUID) -> Response:
    """How far a table is, what is wrong in it, or what it would change."""
    session = reading_session()
    found = table_of(session, current_actor(), key)
    only_wrong = found.error_count > 0
    after = min(parse_pieces(request.args.get("sesudah", "")) or 0, MOST_IMPORTED * 100)
    is_at_work = found.state in ("reading", "applying")
    rows, has_more = (
        ([], False) if is_at_work else rows_of_table(session, key, after=after, only_wrong=only_wrong)
    )
    answer = make_response(
        render_template(
            "inventory/stock_table.html",
            table=found,
            rows=rows,
            older=rows[-1].line if has_more else None,
            goes_on=bool(after),
            why=sentence(service.refused(found.refusal, _in_words(found))) if found.refusal else "",
            wrong=[[_wrong(*error) for error in row.errors] for row in rows],
            states=STATES,
            reasons=REASONS,
        )
    )
    if is_at_work:
        answer.headers["Refresh"] = _LOOK_AGAIN_SECONDS
    return answer


@blueprint.post("/staff/stok/impor/<uuid:key>/terapkan")
@staff_page("stock.change")
def confirm(key: UUID) -> BaseResponse:
    """Have the table booked."""
    with transaction() as session:
        service.confirm_table(session, key, actor=current_actor())
    return _to(key)


@blueprint.post("/staff/stok/impor/<uuid:key>/buang")
@staff_page("stock.change")
def discard(key: UUID) -> BaseResponse:
    """Put the table aside; nothing of it counts."""
    with transaction() as session:
        service.discard_table(session, key, actor=current_actor())
    flash(gettext("The table was put aside. Nothing has changed."), "info")
    return redirect(url_for("stock_tables.tables"), 303)


@blueprint.post("/staff/stok/impor/<uuid:key>/balik")
@staff_page("stock.change")
def undo(key: UUID) -> BaseResponse:
    """Make the table that takes this one back, to be looked at like any other."""
    with transaction() as session:
        counter = service.undo_table(session, key, actor=current_actor(), at=now())
    return _to(counter)


_TEMPLATE = (
    *SHELF_COLUMNS,
    Column[ShelfRow](HEADINGS["delta"], lambda _row: None),
    Column[ShelfRow](HEADINGS["reason"], lambda _row: None),
)


def _blank() -> SendForm:
    return SendForm(formdata=None, key=str(uuid4()))


def _page(form: SendForm) -> str:
    return render_template(
        "inventory/stock_tables.html",
        form=form,
        tables=tables_of(reading_session(), current_actor()),
        states=STATES,
        coming=[REASONS[code] for code in RECEIPT_REASONS],
        any_way=[REASONS[code] for code in ADJUSTMENT_REASONS],
        closed=sentence(TableNotForStandIn()) if STAND_IN in current_actor().roles else "",
    )


def _in_words(found: TableView) -> dict[str, Any]:
    """What a sentence about the refusal needs: columns by the names they have in the reader's language."""
    missing = [str(HEADINGS[name]) for name in found.parameters.get("missing", ())]
    return {**found.parameters, "columns": ", ".join(missing)}


def _wrong(column: str, code: str, parameters: dict[str, Any]) -> tuple[str, str, str | None]:
    instead = url_for("counts.counts") if code == "count_on_sheet" else None
    return str(HEADINGS[column]), sentence(service.refused(code, parameters)), instead


def _to(key: UUID) -> BaseResponse:
    return redirect(url_for("stock_tables.table", key=key), 303)
