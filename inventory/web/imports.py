"""Tables that officers send in: a template, the table that is sent, what it would change, and its booking."""

from __future__ import annotations

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
from inventory.queries.drafts import category_names
from inventory.queries.imported import PERMISSIONS, rows_of_table, table_of, tables_of
from inventory.rules import ADJUSTMENT_REASONS, MOST_IMPORTED, RECEIPT_REASONS, parse_pieces
from inventory.services import tables as service
from inventory.services.undoing import undo_table
from inventory.web.import_rows import shown_row, why_refused
from inventory.web.import_templates import TEMPLATES
from inventory.web.stock import REASONS
from inventory.web.table_words import LEADS, NAMES, STATES, TITLES
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.files import FilesUnavailable, files
from kernel.forms import form_key
from kernel.sheet_reading import MOST_SENT, SheetUnreadable
from kernel.sheets import sheet_answer
from kernel.web import accepts_uploads, sentence, upload_is_too_heavy

blueprint = Blueprint("imports", __name__)
blueprint.context_processor(staff_frame)

ADDRESSES = {"stok": "stock", "produksi": "batches", "harga": "prices", "barang": "products"}
"""The kinds of tables by the word that stands for them in addresses; that of stock is left out there."""

_WORDS = {kind: word for word, kind in ADDRESSES.items()}
TABLES = "/staff/stok/impor"
OTHER_TABLES = f"{TABLES}/<any(produksi, harga, barang):word>"
STOCK = {"word": "stok"}
_LOOK_AGAIN_SECONDS = "3"
_LONGEST_NAME = 100


class SendForm(FlaskForm):
    """A table; `key` makes that one sent twice is one table."""

    class Meta:
        csrf = False

    key = form_key()
    file = FileField(
        lazy_gettext("Filled-in table"),
        [InputRequired(lazy_gettext("Choose a file."))],
        render_kw={"accept": ".xlsx,.csv"},
    )


@blueprint.get(TABLES, defaults=STOCK)
@blueprint.get(OTHER_TABLES)
@staff_page("stock.change")
def tables(word: str) -> str:
    """The template of a kind, the form, and the tables that were sent before."""
    return _page(word, _blank())


@blueprint.get(f"{TABLES}/templat.<any(csv, xlsx):ending>", defaults=STOCK)
@blueprint.get(f"{OTHER_TABLES}/templat.<any(csv, xlsx):ending>")
@staff_page("stock.change")
def template(word: str, ending: str) -> Response:
    """What the reader's UPTs have, with room for what is to be written beside it."""
    kind = ADDRESSES[word]
    columns, rows = TEMPLATES[kind]
    actor = current_actor().only(PERMISSIONS[kind])
    return sheet_answer(f"templat-{word}", ending, columns, rows(reading_session(), actor))


@blueprint.post(TABLES, defaults=STOCK)
@blueprint.post(OTHER_TABLES)
@staff_page("stock.change")
@accepts_uploads(MOST_SENT)
def send(word: str) -> BaseResponse | tuple[str, int]:
    """Take a table in; the worker reads it."""
    form = _blank() if upload_is_too_heavy() else SendForm()
    if upload_is_too_heavy():
        refusal = SheetUnreadable("sheet_too_heavy", megabytes=MOST_SENT // 1_000_000)
        form.file.errors = (sentence(refusal),)
        return _page(word, form), 413
    if not form.validate():
        return _page(word, form), 422
    sent: FileStorage = form.file.data
    with sent.stream:
        content = sent.stream.read()
    key, file_key = UUID(form.key.data), f"tables/{uuid4()}"
    name = (sent.filename or "")[:_LONGEST_NAME]
    try:
        files().put(file_key, content)
    except FilesUnavailable as problem:
        form.file.errors = (sentence(problem),)
        return _page(word, form), 503
    is_new = False
    try:
        with transaction() as session:
            is_new = service.take_table(
                session,
                ADDRESSES[word],
                key=key,
                file_name=name,
                file_key=file_key,
                actor=current_actor(),
                at=now(),
            )
    except TooManyTables as problem:
        form.file.errors = (sentence(problem),)
        return _page(word, form), 409
    finally:
        if not is_new:
            files().delete(file_key)
    return _to(key)


@blueprint.get(f"{TABLES}/<uuid:key>")
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
    categories = category_names(session) if rows else {}
    answer = make_response(
        render_template(
            "inventory/import.html",
            table=found,
            word=_WORDS[found.kind],
            title=TITLES[found.kind],
            rows=[shown_row(found, row, categories) for row in rows],
            older=rows[-1].line if has_more else None,
            goes_on=bool(after),
            why=why_refused(found),
            states=STATES,
        )
    )
    if is_at_work:
        answer.headers["Refresh"] = _LOOK_AGAIN_SECONDS
    return answer


@blueprint.post(f"{TABLES}/<uuid:key>/terapkan")
@staff_page("stock.change")
def confirm(key: UUID) -> BaseResponse:
    """Have the table booked."""
    with transaction() as session:
        service.confirm_table(session, key, actor=current_actor(), at=now())
    return _to(key)


@blueprint.post(f"{TABLES}/<uuid:key>/buang")
@staff_page("stock.change")
def discard(key: UUID) -> BaseResponse:
    """Put the table aside; nothing of it counts."""
    with transaction() as session:
        kind = service.discard_table(session, key, actor=current_actor(), at=now())
    flash(gettext("The table was put aside. Nothing has changed."), "info")
    return redirect(url_for("imports.tables", word=_WORDS[kind]), 303)


@blueprint.post(f"{TABLES}/<uuid:key>/balik")
@staff_page("stock.change")
def undo(key: UUID) -> BaseResponse:
    """Make the table that takes this one back, to be looked at like any other."""
    with transaction() as session:
        counter = undo_table(session, key, actor=current_actor(), at=now())
    return _to(counter)


def _blank() -> SendForm:
    return SendForm(formdata=None, key=str(uuid4()))


def _page(word: str, form: SendForm) -> str:
    kind = ADDRESSES[word]
    form.file.description = gettext(
        "XLSX or CSV, at most %(most)s rows that change something, and %(megabytes)s MB.",
        most=service.KINDS[kind].layout.most_rows,
        megabytes=MOST_SENT // 1_000_000,
    )
    return render_template(
        "inventory/imports.html",
        form=form,
        word=word,
        title=TITLES[kind],
        lead=LEADS[kind],
        names={each: NAMES[kind_of] for each, kind_of in ADDRESSES.items()},
        tables=tables_of(reading_session(), current_actor(), kind),
        states=STATES,
        coming=[REASONS[code] for code in RECEIPT_REASONS],
        any_way=[REASONS[code] for code in ADJUSTMENT_REASONS],
        closed=sentence(TableNotForStandIn()) if STAND_IN in current_actor().roles else "",
    )


def _to(key: UUID) -> BaseResponse:
    return redirect(url_for("imports.table", key=key), 303)
