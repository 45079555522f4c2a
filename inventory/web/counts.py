"""Stock-takes for officers: a sheet to fill on the phone or to print, and what becomes of its differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from accounts.rules import ROLE_PERMISSIONS, Actor
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.counting import ALONE_PIECES, ALONE_VALUE, LINES_AT_ONCE
from inventory.errors import CountRefused, StockTooLow
from inventory.queries.counts import CountRow, SheetRow, count_lines_of, sheet_for, sheet_rows, sheets_for
from inventory.queries.staff import own_upts
from inventory.rules import MOST_PIECES_AT_ONCE, parse_pieces
from inventory.services.counting import (
    Found,
    Outcome,
    book_counts,
    close_count,
    decide_count,
    note_counts,
    open_count,
)
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("counts", __name__)
blueprint.context_processor(staff_frame)

COUNT_STATE_NAMES = {
    "open": (lazy_gettext("Not counted"), "neutral"),
    "counted": (lazy_gettext("Counted, not booked"), "info"),
    "waiting": (lazy_gettext("Waits for a second person"), "warn"),
    "booked": (lazy_gettext("Booked"), "good"),
    "discarded": (lazy_gettext("Thrown away"), "neutral"),
}

REFUSALS = {
    "moved": lazy_gettext("Pieces came or went since you looked: count this one again."),
    "meanwhile": lazy_gettext(
        "Somebody has counted this one meanwhile. Look at the number: if yours still holds, enter it again."
    ),
    "held": lazy_gettext(
        "Orders hold more pieces than were found. Cancel what cannot be supplied first, or count again."
    ),
    "too_far": lazy_gettext("This is too far from what lies there. Look at the number."),
}
"""Why what was counted of a line could not be taken."""

_MOST_PAGES = 10_000
_CHOOSE = lazy_gettext("Choose from the list.")


class OpenForm(FlaskForm):
    """Which shelves to count."""

    class Meta:
        csrf = False

    key = form_key()
    upt = SelectField(
        lazy_gettext("UPT"), [InputRequired(_CHOOSE)], choices=[], invalid_choice_message=_CHOOSE
    )
    words = StringField(
        lazy_gettext("Only this product or SKU"),
        [Length(max=200, message=lazy_gettext("This is too long."))],
        description=lazy_gettext("A part of the name. Left empty, everything is on the sheet."),
    )


@blueprint.get("/staff/stok/hitung")
@staff_page("stock.see")
def counts() -> str:
    """The sheets of the reader's UPTs, and the form that opens one."""
    return _list(_open_form(blank=True))


@blueprint.get("/staff/stok/hitung/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export(ending: str) -> Response:
    """The same sheets as a file, all of them."""
    is_waiting = request.args.get("show") == "waiting"
    rows = sheet_rows(reading_session(), current_actor(), is_waiting=is_waiting)
    return sheet_answer("hitung-stok", ending, _COLUMNS, rows)


_COLUMNS = (
    Column[SheetRow](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[SheetRow](
        lazy_gettext("Opened"), lambda row: row.opened_at.astimezone(province_zone(row.province_code))
    ),
    Column[SheetRow](
        lazy_gettext("Closed"),
        lambda row: row.closed_at and row.closed_at.astimezone(province_zone(row.province_code)),
    ),
    Column[SheetRow](lazy_gettext("Only this product or SKU"), lambda row: row.words),
    Column[SheetRow](lazy_gettext("Opened by"), lambda row: row.actor_label),
    Column[SheetRow](lazy_gettext("Shelves"), lambda row: row.lines),
    Column[SheetRow](lazy_gettext("Not counted"), lambda row: row.open),
    Column[SheetRow](lazy_gettext("Counted, not booked"), lambda row: row.counted),
    Column[SheetRow](lazy_gettext("Waits for a second person"), lambda row: row.waiting),
)


@blueprint.get("/staff/stok/hitung/<uuid:key>/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export_sheet(key: UUID, ending: str) -> Response:
    """The lines of one sheet as a file; what is expected stands there once it is counted, as on the page."""
    session = reading_session()
    found = sheet_for(session, current_actor(), key)
    zone = province_zone(found.province_code)
    columns = (
        *_LINE_COLUMNS,
        Column[CountRow](
            lazy_gettext("Decided"), lambda row: row.decided_at and row.decided_at.astimezone(zone)
        ),
    )
    return sheet_answer("lembar-hitung", ending, columns, count_lines_of(session, found.id))


def _of_counted(count: Callable[[CountRow], int]) -> Callable[[CountRow], int | None]:
    return lambda row: None if row.counted is None else count(row)


_LINE_COLUMNS = (
    Column[CountRow]("SKU", lambda row: row.sku),
    Column[CountRow](lazy_gettext("Product"), lambda row: row.product),
    Column[CountRow](lazy_gettext("Variant"), lambda row: row.variant),
    Column[CountRow](lazy_gettext("Price (rupiah)"), lambda row: row.price),
    Column[CountRow](lazy_gettext("Expected"), _of_counted(lambda row: row.expected)),
    Column[CountRow](lazy_gettext("Found"), lambda row: row.counted),
    Column[CountRow](lazy_gettext("Difference"), _of_counted(lambda row: row.difference)),
    Column[CountRow](lazy_gettext("State"), lambda row: str(COUNT_STATE_NAMES[row.state][0])),
    Column[CountRow](lazy_gettext("What is wrong"), lambda row: row.refusal and str(REFUSALS[row.refusal])),
    Column[CountRow](lazy_gettext("Counted by"), lambda row: row.noted_label),
    Column[CountRow](lazy_gettext("Decided by"), lambda row: row.decided_label),
)


@blueprint.post("/staff/stok/hitung")
@staff_page("stock.change")
def begin() -> str | Response | tuple[str, int]:
    """Open a sheet."""
    form = _open_form()
    if not form.validate():
        return _list(form), 422
    words = (form.words.data or "").strip()
    try:
        with transaction() as session:
            key = open_count(
                session,
                form.upt.data,
                words=words,
                key=UUID(form.key.data),
                actor=current_actor(),
                at=now(),
            )
    except CountRefused as refusal:
        form.words.errors = (*form.words.errors, sentence(refusal))
        return _list(form), status_of(refusal)
    return redirect(url_for("counts.sheet", key=key), 303)


@blueprint.get("/staff/stok/hitung/<uuid:key>")
@staff_page("stock.see")
def sheet(key: UUID) -> str:
    """One sheet: fields to fill, differences, what waits for a second person."""
    return _page(key)


@blueprint.post("/staff/stok/hitung/<uuid:key>")
@staff_page("stock.change")
def note(key: UUID) -> str | Response | tuple[str, int]:
    """Note what was found; nothing is taken while one field holds no number."""
    sheet_for(reading_session(), current_actor(), key)
    return _note(key, _typed())


@blueprint.post("/staff/stok/hitung/<uuid:key>/buku")
@staff_page("stock.change")
def book(key: UUID) -> str | Response | tuple[str, int]:
    """Book the differences of what is counted, as the page shows them; numbers just typed are noted first."""
    sheet_for(reading_session(), current_actor(), key)
    typed = _typed()
    if _changed(typed):
        return _note(key, typed)
    seen, outcome = [(position, _look(position)) for position in sorted(typed)], Outcome()
    try:
        for first in range(0, max(len(seen), 1), LINES_AT_ONCE):
            looks = dict(seen[first : first + LINES_AT_ONCE])
            with transaction() as session:
                outcome += book_counts(session, key, looks, actor=current_actor(), at=now())
    except CountRefused as refusal:  # somebody has booked and closed it, or the button was pressed twice
        flash(sentence(refusal), "info")
    else:
        _say(outcome, gettext("Booked."))
    return redirect(url_for("counts.sheet", key=key), 303)


def _note(key: UUID, typed: Mapping[int, str]) -> Response | tuple[str, int]:
    wrong = [position for position, text in typed.items() if text and _pieces(text) is None]
    if wrong:
        return _page(key, typed=typed, wrong=frozenset(wrong)), 422
    changed = _changed(typed)
    found = {position: Found(_look(position), _pieces(text)) for position, text in changed.items()}
    try:
        with transaction() as session:
            outcome = note_counts(session, key, found, actor=current_actor(), at=now())
    except CountRefused as refusal:
        return _page(key, typed=changed, refusal=sentence(refusal)), status_of(refusal)
    _say(outcome, gettext("Noted. Look at the differences, then book them."))
    return redirect(url_for("counts.sheet", key=key), 303)


@blueprint.post("/staff/stok/hitung/<uuid:key>/tutup")
@staff_page("stock.change")
def close(key: UUID) -> Response | tuple[str, int]:
    """Count nothing more on this sheet."""
    try:
        with transaction() as session:
            close_count(session, key, actor=current_actor(), at=now())
    except CountRefused as refusal:
        return _page(key, refusal=sentence(refusal)), status_of(refusal)
    flash(gettext("The sheet is closed."), "good")
    return redirect(url_for("counts.sheet", key=key), 303)


@blueprint.post("/staff/stok/hitung/<uuid:key>/<int:position>/putusan")
@staff_page("stock.approve")
def decide(key: UUID, position: int) -> Response | tuple[str, int]:
    """Approve a large difference, or throw it away."""
    is_approved = request.form.get("decision") == "approve"
    if not is_approved and request.form.get("decision") != "discard":
        return _page(key, refusal=gettext("Choose one of the two.")), 422
    try:
        with transaction() as session:
            decide_count(session, key, position, is_approved=is_approved, actor=current_actor(), at=now())
    except (CountRefused, StockTooLow) as refusal:
        return _page(key, refusal=sentence(refusal)), status_of(refusal)
    flash(gettext("Booked.") if is_approved else gettext("Thrown away: the shelf stays as it is."), "good")
    return redirect(url_for("counts.sheet", key=key), 303)


def _open_form(*, blank: bool = False) -> OpenForm:
    form = OpenForm(formdata=None, key=str(uuid4())) if blank else OpenForm()
    form.upt.choices = own_upts(reading_session(), current_actor())
    if blank and form.upt.choices:
        form.upt.data = form.upt.choices[0][0]
    return form


def _list(form: OpenForm) -> str:
    actor, show_waiting = current_actor(), request.args.get("show") == "waiting"
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    return render_template(
        "inventory/counts.html",
        form=form,
        found=sheets_for(reading_session(), actor, page=page, is_waiting=show_waiting),
        show="waiting" if show_waiting else "all",
        choices={"all": gettext("All"), "waiting": gettext("Waiting for a second person")},
        may_count=bool(actor.only("stock.change").upt_ids),
        shows_upt=not actor.has_one_upt,
    )


def _page(
    key: UUID,
    *,
    typed: Mapping[int, str] | None = None,
    wrong: frozenset[int] = frozenset(),
    refusal: str = "",
) -> str:
    session, actor = reading_session(), current_actor()
    found = sheet_for(session, actor, key)
    lines = count_lines_of(session, found.id)
    return render_template(
        "inventory/count.html",
        sheet=found,
        lines=lines,
        typed=typed or {},
        wrong=wrong,
        most=MOST_PIECES_AT_ONCE,
        refusal=refusal,
        states=COUNT_STATE_NAMES,
        refusals=REFUSALS,
        may_count=actor.may_at("stock.change", found.upt_id) and found.closed_at is None,
        deciding=frozenset(line.position for line in lines if _may_decide(actor, found, line)),
        zone=province_zone(found.province_code),
        alone_pieces=ALONE_PIECES,
        alone_value=ALONE_VALUE,
    )


def _may_decide(actor: Actor, sheet: SheetRow, line: CountRow) -> bool:
    roles = actor.roles_over(sheet.upt_id, sheet.kanwil_id)
    may_approve = any("stock.approve" in ROLE_PERMISSIONS[role] for role in roles)
    return line.state == "waiting" and may_approve and line.noted_by != actor.user_id


def _say(outcome: Outcome, done: str) -> None:
    """Tell what a step came to; what was refused stands beside its row too."""
    if outcome.refused:
        refused = ngettext(
            "%(num)s line could not be taken: look beside it. The others stand.",
            "%(num)s lines could not be taken: look beside them. The others stand.",
            outcome.refused,
        )
        flash(refused, "bad")
    else:
        flash(done, "good")
    if outcome.waiting:
        waiting = ngettext(
            "%(num)s difference waits for a second person.",
            "%(num)s differences wait for a second person.",
            outcome.waiting,
        )
        flash(waiting, "info")


def _typed() -> dict[int, str]:
    """What stands in the fields of a sent sheet, by the position of the line."""
    positions = {name: parse_pieces(name[2:]) for name in request.form if name.startswith("n-")}
    return {at: request.form[name].strip() for name, at in positions.items() if at is not None}


def _changed(typed: Mapping[int, str]) -> dict[int, str]:
    """What was typed by the sender: what a colleague notes meanwhile in the other fields stays."""
    return {at: text for at, text in typed.items() if text != request.form.get(f"o-{at}", "")}


def _pieces(text: str) -> int | None:
    pieces = parse_pieces(text)
    return pieces if pieces is not None and pieces <= MOST_PIECES_AT_ONCE else None


def _look(position: int) -> int:
    return parse_pieces(request.form.get(f"l-{position}", "")) or 0
