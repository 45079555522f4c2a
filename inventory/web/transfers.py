"""Transfers for officers: drawn up, sent, received; what is wrong stands beside its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import PlaceNotFound, QuantityInvalid, StockNotFound, TransferRefused
from inventory.queries.locations import End, ends_for
from inventory.queries.transfers import (
    TransferLineRow,
    TransferRow,
    resting_there,
    sendable_lines,
    transfer_for,
    transfer_lines_of,
    transfer_rows,
    transfers_for,
)
from inventory.rules import MOST_PIECES_AT_ONCE, parse_pieces
from inventory.services.transferring import (
    begin_transfer,
    call_off_transfer,
    receive_transfer,
    send_transfer,
    take_back_transfer,
    write_transfer,
)
from inventory.web.boxes import typed_pieces, unreadable
from inventory.web.stock import asked_words
from kernel.clock import now
from kernel.db import read_as_ourselves, reading_session, transaction
from kernel.forms import form_key
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("transfers", __name__)
blueprint.context_processor(staff_frame)

STATE_NAMES = {
    "draft": (lazy_gettext("Draft"), "neutral"),
    "sent": (lazy_gettext("On the way"), "info"),
    "received": (lazy_gettext("Received"), "good"),
    "called_off": (lazy_gettext("Called off"), "neutral"),
    "taken_back": (lazy_gettext("Taken back"), "neutral"),
}

_MOST_PAGES = 10_000
_CHOOSE = lazy_gettext("Choose from the list.")


class EndsForm(FlaskForm):
    """From where to where pieces go."""

    class Meta:
        csrf = False

    key = form_key()
    source = SelectField(
        lazy_gettext("Where from"), [InputRequired(_CHOOSE)], choices=[], invalid_choice_message=_CHOOSE
    )
    target = SelectField(
        lazy_gettext("Where to"), [InputRequired(_CHOOSE)], choices=[], invalid_choice_message=_CHOOSE
    )


@blueprint.get("/staff/stok/pindah")
@staff_page("stock.see")
def transfers() -> str:
    """What goes from shelf to shelf in the reader's scope, and the form that begins more."""
    return _list(EndsForm(formdata=None, key=str(uuid4()), source=request.args.get("dari", "")[:100]))


@blueprint.post("/staff/stok/pindah")
@staff_page("stock.change")
def begin() -> Response | tuple[str, int]:
    """Draw up a transfer."""
    form = EndsForm()
    _offer_ends(form)
    if not form.validate():
        return _list(form), 422
    try:
        with transaction() as session:
            ends = (form.source.data, form.target.data)
            key = begin_transfer(session, *ends, key=UUID(form.key.data), actor=current_actor(), at=now())
    except (TransferRefused, PlaceNotFound) as refusal:
        form.target.errors = (*form.target.errors, sentence(refusal))
        return _list(form), status_of(refusal)
    return redirect(url_for("transfers.transfer", key=key), 303)


@blueprint.get("/staff/stok/pindah/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export(ending: str) -> Response:
    """Every line of the transfers that the list shows."""
    return sheet_answer("pemindahan", ending, _COLUMNS, transfer_rows(reading_session(), current_actor()))


@blueprint.get("/staff/stok/pindah/<uuid:key>")
@staff_page("stock.see")
def transfer(key: UUID) -> str:
    """One transfer: boxes to fill before it is sent and when it arrives."""
    return _page(key)


@blueprint.post("/staff/stok/pindah/<uuid:key>")
@staff_page("stock.change")
def write(key: UUID) -> Response | tuple[str, int]:
    """Keep what stands in the boxes of a draft."""

    def step(typed: Mapping[str, int]) -> None:
        with transaction() as session:
            write_transfer(session, key, typed, actor=current_actor(), at=now())

    return _step(key, step, gettext("Kept. Nothing has left the shelf yet."))


@blueprint.post("/staff/stok/pindah/<uuid:key>/kirim")
@staff_page("stock.change")
def send(key: UUID) -> Response | tuple[str, int]:
    """Send what stands in the boxes."""

    def step(typed: Mapping[str, int]) -> None:
        with transaction() as session:
            send_transfer(session, key, typed, actor=current_actor(), at=now())

    return _step(key, step, gettext("Sent. It is on the way until it is received."))


@blueprint.post("/staff/stok/pindah/<uuid:key>/terima")
@staff_page("stock.change")
def receive(key: UUID) -> Response | tuple[str, int]:
    """Say what arrived."""
    explanation = request.form.get("explanation", "").strip()

    def step(typed: Mapping[str, int]) -> None:
        with transaction() as session:
            receive_transfer(session, key, typed, explanation, actor=current_actor(), at=now())

    return _step(key, step, gettext("Received. It lies on the shelf."), is_receipt=True)


@blueprint.post("/staff/stok/pindah/<uuid:key>/batal")
@staff_page("stock.change")
def call_off(key: UUID) -> Response | tuple[str, int]:
    """Drop a draft."""
    return _end(key, call_off_transfer, gettext("Called off: nothing was sent."))


@blueprint.post("/staff/stok/pindah/<uuid:key>/tarik")
@staff_page("stock.change")
def take_back(key: UUID) -> Response | tuple[str, int]:
    """Take back what is on its way."""
    return _end(key, take_back_transfer, gettext("Taken back. It lies where it was."))


def _end(key: UUID, end: Callable[..., None], done: str) -> Response | tuple[str, int]:
    """End a transfer before it arrives."""
    try:
        with transaction() as session:
            end(session, key, actor=current_actor(), at=now())
    except TransferRefused as refusal:
        return _page(key, refusal=sentence(refusal)), status_of(refusal)
    flash(done, "good")
    return redirect(url_for("transfers.transfers"), 303)


def _step(
    key: UUID, step: Callable[[Mapping[str, int]], None], done: str, *, is_receipt: bool = False
) -> Response | tuple[str, int]:
    """Do something with what stands in the boxes, or show the page again with what is wrong beside its row.

    An empty box is no pieces, but of what arrives somebody has to say so.
    """
    transfer_for(reading_session(), current_actor(), key)
    typed = typed_pieces()
    pieces = {sku: parse_pieces(text or "0") for sku, text in typed.items() if text or not is_receipt}
    if any(count is None or count > MOST_PIECES_AT_ONCE for count in pieces.values()):
        return _page(key, typed=typed), 422
    try:
        step({sku: count for sku, count in pieces.items() if count is not None})
    except (TransferRefused, StockNotFound, QuantityInvalid) as refusal:
        sku = str(refusal.parameters.get("sku", ""))
        return _page(key, typed=typed, wrong={sku: sentence(refusal)}), status_of(refusal)
    flash(done, "good")
    return redirect(url_for("transfers.transfer", key=key, q=asked_words() or None), 303)


def _page(
    key: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    refusal: str = "",
) -> str:
    """The page of a transfer; what is `wrong` with a SKU that has no row there is said on top."""
    session, actor, words = reading_session(), current_actor(), asked_words()
    found = transfer_for(session, actor, key)
    may_send = found.state == "draft" and actor.may_at("stock.change", found.from_upt_id)
    typed = typed or {}
    filled = [sku for sku, text in typed.items() if text]
    lines, has_more = (
        sendable_lines(session, found, words=words, also=filled)
        if may_send
        else (transfer_lines_of(session, found), False)
    )
    said = unreadable(typed) | dict(wrong or {})
    beside = {line.sku: said.pop(line.sku) for line in lines if line.sku in said}
    resting: frozenset[str] = frozenset()
    if may_send and found.from_upt_id != found.to_upt_id:
        read_as_ourselves()  # what another UPT may sell is public, the permits that decide it are its own
        resting = resting_there(reading_session(), found, [line.sku for line in lines])
    return render_template(
        "inventory/transfer.html",
        transfer=found,
        lines=lines,
        has_more=has_more,
        words=words,
        typed=typed,
        wrong=beside,
        resting=resting,
        refusal=refusal or next(iter(said.values()), ""),
        explanation=request.form.get("explanation", "").strip(),
        states=STATE_NAMES,
        may_send=may_send,
        may_receive=found.state == "sent" and actor.may_at("stock.change", found.to_upt_id),
        may_take_back=found.state == "sent" and actor.may_at("stock.change", found.from_upt_id),
    )


def _list(form: EndsForm) -> str:
    actor = current_actor()
    _offer_ends(form)
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    return render_template(
        "inventory/transfers.html",
        form=form,
        found=transfers_for(reading_session(), actor, page=page),
        states=STATE_NAMES,
        shows_upt=not actor.has_one_upt,
    )


def _offer_ends(form: EndsForm) -> None:
    actor = current_actor()
    own, known = actor.only("stock.change").upt_ids, ends_for(reading_session(), actor)
    form.source.choices = [(end.value, _name(end, own)) for end in known if end.upt_id in own]
    form.target.choices = [(end.value, _name(end, own)) for end in known]


def _name(end: End, own: frozenset[int]) -> str:
    """What an end is called: own places by their names, with the UPT where there are several."""
    store = gettext("Store of %(upt)s", upt=end.upt_name)
    place = f"{end.location_name}, {end.upt_name}" if len(own) > 1 else end.location_name
    return place if end.location_name else store


_Line = tuple[TransferRow, TransferLineRow]
_COLUMNS = (
    Column[_Line](lazy_gettext("Where from"), lambda row: row[0].from_name),
    Column[_Line](lazy_gettext("Where to"), lambda row: row[0].to_name),
    Column[_Line](lazy_gettext("State"), lambda row: str(STATE_NAMES[row[0].state][0])),
    Column[_Line]("SKU", lambda row: row[1].sku),
    Column[_Line](lazy_gettext("Product"), lambda row: row[1].product),
    Column[_Line](lazy_gettext("Variant"), lambda row: row[1].variant),
    Column[_Line](lazy_gettext("Pieces"), lambda row: row[1].pieces),
    Column[_Line](lazy_gettext("Received"), lambda row: row[1].received),
    Column[_Line](lazy_gettext("Why fewer arrived"), lambda row: row[0].explanation),
    Column[_Line](lazy_gettext("Who drew it up"), lambda row: row[0].actor_label),
    Column[_Line](lazy_gettext("Sent at"), lambda row: row[0].sent_at),
    Column[_Line](lazy_gettext("Who sent it"), lambda row: row[0].sent_label),
    Column[_Line](lazy_gettext("Received at"), lambda row: row[0].received_at),
    Column[_Line](lazy_gettext("Who received it"), lambda row: row[0].received_label),
)
