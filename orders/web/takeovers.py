"""Pieces of a parcel that another UPT sends: asking for it, and the requests that wait, from both sides."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from kernel.clock import jakarta_day, now
from kernel.db import read_as_ourselves, reading_session, transaction
from kernel.errors import DomainError
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of
from orders.errors import (
    OrderNotPayable,
    ParcelInCartons,
    PieceCountWrong,
    TakeoverNotPossible,
    TakeoverOpen,
    TakeoverOver,
    WrongState,
)
from orders.models import Fulfilment
from orders.queries.takeovers import AbleUpt, AskedLine, able_upts, asked_lines, takeovers_for
from orders.rules.handling import TAKEOVER_REASONS
from orders.services import taking_over
from orders.services.parcel_work import open_pieces
from orders.web.parcel_page import ParcelForm, back_to, pieces_of, refused, workable
from orders.web.parcel_words import REASONS

blueprint = Blueprint("takeovers", __name__)
blueprint.context_processor(staff_frame)


class AskForm(ParcelForm):
    """Whom to ask and why; how many pieces of which line is read by `pieces_of`."""

    upt = SelectField(
        lazy_gettext("Which UPT"),
        validators=[InputRequired(lazy_gettext("Choose a UPT from the list."))],
        invalid_choice_message=lazy_gettext("Choose a UPT from the list."),
    )
    reason = SelectField(
        lazy_gettext("Why"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(code, REASONS[code]) for code in TAKEOVER_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )


@blueprint.get("/staff/alih-paket")
@staff_page("parcel.see")
def listed() -> str:
    """The requests that wait: what others ask of the reader's UPTs, and what these ask of others."""
    read_as_ourselves()  # what another UPT asks for lies in a parcel of its own
    session, actor = reading_session(), current_actor()
    return render_template(
        "orders/takeovers.html",
        theirs=takeovers_for(session, actor, "theirs"),
        ours=takeovers_for(session, actor, "ours"),
        may_work=lambda row: actor.may_at("parcel.work", row.upt_id),
        shows_upt=not actor.has_one_upt,
        reasons=REASONS,
    )


@blueprint.get("/staff/alih-paket/unduh.<any(csv, xlsx):ending>")
@staff_page("parcel.see")
def export(ending: str) -> Response:
    """The same requests as a file, a row for each thing that is asked for."""
    read_as_ourselves()
    session, actor = reading_session(), current_actor()
    rows = chain(asked_lines(session, actor, "theirs"), asked_lines(session, actor, "ours"))
    return sheet_answer("alih-paket", ending, _COLUMNS, rows)


_SIDES = {"theirs": lazy_gettext("Other UPTs ask you"), "ours": lazy_gettext("You ask others")}

_COLUMNS = (
    Column[AskedLine](lazy_gettext("Which side"), lambda row: str(_SIDES[row.side])),
    Column[AskedLine](lazy_gettext("Who asks"), lambda row: row.from_upt),
    Column[AskedLine](lazy_gettext("Who is asked"), lambda row: row.to_upt),
    Column[AskedLine](lazy_gettext("Parcel"), lambda row: row.number),
    Column[AskedLine](lazy_gettext("Product"), lambda row: row.name),
    Column[AskedLine](lazy_gettext("Variant"), lambda row: row.variant),
    Column[AskedLine](lazy_gettext("Own text"), lambda row: row.own_text),
    Column[AskedLine](lazy_gettext("Pieces"), lambda row: row.pieces),
    Column[AskedLine](lazy_gettext("Reason"), lambda row: str(REASONS.get(row.reason, row.reason))),
    Column[AskedLine](lazy_gettext("Asked"), lambda row: jakarta_day(row.asked_at)),
    Column[AskedLine](lazy_gettext("Promised from"), lambda row: row.promised_from),
    Column[AskedLine](lazy_gettext("Promised until"), lambda row: row.promised_until),
    Column[AskedLine](lazy_gettext("Place"), lambda row: row.regency),
)


@blueprint.get("/staff/paket/<number>/alihkan")
@staff_page("parcel.work")
def ask(number: str) -> str:
    """Whom to ask for which pieces."""
    return _page(workable(number))


@blueprint.post("/staff/paket/<number>/alihkan")
@staff_page("parcel.work")
def send(number: str) -> Response | tuple[str, int]:
    """Ask another UPT."""
    fulfilment = workable(number)
    pieces, errors = pieces_of(fulfilment, request.form)
    able = _able(fulfilment)
    form = _form(able)
    if not form.validate() or errors:
        return _page(fulfilment, able=able, form=form, piece_errors=errors), 422
    try:
        with transaction() as session:
            taking_over.ask(
                session,
                number,
                form.upt.data,
                pieces,
                reason=form.reason.data,
                actor=current_actor(),
                at=now(),
            )
    except PieceCountWrong:
        problem = gettext("Say of at least one product how many pieces the other UPT is to send.")
        return _page(fulfilment, able=able, form=form, problem=problem), 422
    except TakeoverNotPossible as refusal:
        return _page(fulfilment, able=able, form=form, problem=sentence(refusal)), 409
    except (WrongState, TakeoverOpen, ParcelInCartons, OrderNotPayable) as refusal:
        return refused(number, refusal)
    flash(gettext("Asked. A mail tells you how the other UPT answers."), "good")
    return back_to(number)


@blueprint.post("/staff/alih-paket/<uuid:key>/terima")
@staff_page("parcel.work")
def accept(key: UUID) -> Response | tuple[str, int]:
    """Send the pieces in the other's place."""
    try:
        with transaction() as session:
            number = taking_over.accept(session, key, actor=current_actor(), at=now())
    except (TakeoverOver, TakeoverNotPossible, WrongState, PieceCountWrong, OrderNotPayable) as refusal:
        return _refused(refusal)
    flash(gettext("It is your parcel now, and accepted. Pack it next."), "good")
    return back_to(number)


@blueprint.post("/staff/alih-paket/<uuid:key>/tolak")
@staff_page("parcel.work")
def refuse(key: UUID) -> Response | tuple[str, int]:
    """Leave the pieces to the other."""
    return _answer(key, taking_over.refuse, gettext("Refused. The other UPT is told."))


@blueprint.post("/staff/alih-paket/<uuid:key>/tarik")
@staff_page("parcel.work")
def withdraw(key: UUID) -> Response | tuple[str, int]:
    """Send the pieces oneself after all."""
    return _answer(key, taking_over.withdraw, gettext("Withdrawn. The parcel can leave again."))


def _answer(key: UUID, step: Callable[..., bool], done: str) -> Response | tuple[str, int]:
    try:
        with transaction() as session:
            is_new = step(session, key, actor=current_actor(), at=now())
    except TakeoverOver as refusal:
        return _refused(refusal)
    if is_new:
        flash(done, "good")
    else:
        flash(gettext("This was noted already; nothing was done twice."), "info")
    return redirect(url_for("takeovers.listed"), 303)


def _refused(refusal: DomainError) -> tuple[str, int]:
    flash(sentence(refusal), "warn")
    return listed(), status_of(refusal)


def _able(fulfilment: Fulfilment) -> tuple[AbleUpt, ...]:
    """Who could send some of what is open: their shelves are not the reader's."""
    wanted: dict[int, int] = {}
    for line in fulfilment.lines:
        if pieces := open_pieces(line):
            variant_id = line.order_line.variant_id
            wanted[variant_id] = wanted.get(variant_id, 0) + pieces
    read_as_ourselves()
    return tuple(able_upts(reading_session(), fulfilment, wanted, at=now())) if wanted else ()


def _form(able: tuple[AbleUpt, ...], *, is_sent: bool = True) -> AskForm:
    form = AskForm(formdata=request.form if is_sent else None)
    form.upt.choices = [
        SelectChoice(
            upt.code,
            f"{upt.name}, {upt.city}"
            if upt.has_enough
            else gettext("%(upt)s (%(count)s pieces of it)", upt=f"{upt.name}, {upt.city}", count=upt.free),
        )
        for upt in able
    ]
    return form


def _page(
    fulfilment: Fulfilment,
    *,
    able: tuple[AbleUpt, ...] | None = None,
    form: AskForm | None = None,
    piece_errors: dict[int, str] | None = None,
    problem: str = "",
) -> str:
    found = _able(fulfilment) if able is None else able
    return render_template(
        "orders/takeover_ask.html",
        parcel=fulfilment,
        able=found,
        form=form or _form(found, is_sent=False),
        open_pieces=open_pieces,
        piece_errors=piece_errors or {},
        written=request.form,
        problem=problem,
    )
