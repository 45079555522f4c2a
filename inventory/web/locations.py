"""Places of a UPT beside its store for officers: the list, one with what lies there, opened and closed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import PlaceRefused, QuantityInvalid, StockNotFound
from inventory.moving import LOCATION_KINDS, LONGEST_LOCATION
from inventory.queries.locations import PlacedLine, place_for, placed_at, placed_rows, places_for
from inventory.queries.staff import own_upts
from inventory.rules import parse_pieces
from inventory.services.locations import close_place, open_place
from inventory.services.place_sales import sell_at_place
from inventory.web.boxes import typed_pieces, unreadable
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.forms import form_key
from kernel.sheets import Column, sheet_answer
from kernel.web import check_signature, config, sentence, sign, status_of

blueprint = Blueprint("locations", __name__)
blueprint.context_processor(staff_frame)

KINDS = {
    "gallery": lazy_gettext("Gallery"),
    "fair": lazy_gettext("Fair"),
    "lounge": lazy_gettext("Immigration lounge"),
    "koperasi": lazy_gettext("Koperasi shop"),
    "other": lazy_gettext("Another place"),
}

_SALE_WAITS_DAYS = 30

_CHOOSE = lazy_gettext("Choose from the list.")


class PlaceForm(FlaskForm):
    """A place beside the store."""

    class Meta:
        csrf = False

    key = form_key()
    upt = SelectField(
        lazy_gettext("UPT"), [InputRequired(_CHOOSE)], choices=[], invalid_choice_message=_CHOOSE
    )
    kind = SelectField(
        lazy_gettext("What it is"),
        [InputRequired(_CHOOSE)],
        choices=[SelectChoice(kind, KINDS[kind]) for kind in LOCATION_KINDS],
        invalid_choice_message=_CHOOSE,
    )
    name = StringField(
        lazy_gettext("Name"),
        [
            DataRequired(lazy_gettext("Give it a name.")),
            Length(max=LONGEST_LOCATION, message=lazy_gettext("This is too long.")),
        ],
        filters=[lambda text: " ".join((text or "").split())],
        render_kw={"maxlength": LONGEST_LOCATION},
    )


class SaleForm(FlaskForm):
    """A sale at a place, beside the boxes of its goods; `seller` says who filled it in."""

    class Meta:
        csrf = False

    key = form_key()
    seller = HiddenField(lazy_gettext("This page"))


@blueprint.get("/staff/stok/tempat")
@staff_page("stock.see")
def places() -> str:
    """The open places of the reader's scope, and the form that opens one."""
    form = PlaceForm(formdata=None, key=str(uuid4()))
    form.upt.choices = own_upts(reading_session(), current_actor())
    return _list(form)


@blueprint.get("/staff/stok/tempat/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export(ending: str) -> Response:
    """The same places as a file, with what lies there."""
    return sheet_answer("tempat", ending, _COLUMNS, placed_rows(reading_session(), current_actor()))


@blueprint.get("/staff/stok/tempat/<uuid:key>/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export_place(key: UUID, ending: str) -> Response:
    """What lies at one place as a file."""
    session, actor = reading_session(), current_actor()
    found = place_for(session, actor, key)
    return sheet_answer("tempat", ending, _COLUMNS, placed_rows(session, actor, found))


_COLUMNS = (
    Column[PlacedLine](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[PlacedLine](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[PlacedLine](lazy_gettext("Place"), lambda row: row.name),
    Column[PlacedLine](lazy_gettext("What it is"), lambda row: str(KINDS[row.kind])),
    Column[PlacedLine]("SKU", lambda row: row.sku),
    Column[PlacedLine](lazy_gettext("Product"), lambda row: row.product),
    Column[PlacedLine](lazy_gettext("Variant"), lambda row: row.variant),
    Column[PlacedLine](lazy_gettext("Pieces"), lambda row: row.on_hand),
)


@blueprint.post("/staff/stok/tempat")
@staff_page("stock.change")
def begin() -> Response | tuple[str, int]:
    """Open a place beside the store."""
    form = PlaceForm()
    form.upt.choices = own_upts(reading_session(), current_actor())
    if not form.validate():
        return _list(form), 422
    key, wanted = UUID(form.key.data), (form.upt.data, form.kind.data, form.name.data)
    try:
        with transaction() as session:
            open_place(session, *wanted, key=key, actor=current_actor(), at=now())
    except PlaceRefused as refusal:
        form.name.errors = (*form.name.errors, sentence(refusal))
        return _list(form), status_of(refusal)
    flash(gettext("The place is there. Send pieces to it as a transfer."), "good")
    return redirect(url_for("locations.place", key=key), 303)


@blueprint.get("/staff/stok/tempat/<uuid:key>")
@staff_page("stock.see")
def place(key: UUID) -> str:
    """What lies at one place."""
    return _page(key)


@blueprint.post("/staff/stok/tempat/<uuid:key>/jual")
@staff_page("stock.change")
def sell(key: UUID) -> Response | tuple[str, int]:
    """Book what was sold at a place; a form that was kept in a browser may come late, but counts once."""
    place_for(reading_session(), current_actor(), key)
    typed, form = typed_pieces(), SaleForm()
    pieces = {sku: parse_pieces(text or "0") for sku, text in typed.items()}
    if not form.validate():
        return _page(key, typed=typed, refusal=str(form.key.errors[0])), 422
    if unreadable(typed):
        return _page(key, typed=typed, wrong=unreadable(typed)), 422
    sold = {sku: count for sku, count in pieces.items() if count}
    try:
        _check_seller(form.seller.data)
        with transaction() as session:
            is_new = sell_at_place(
                session, key, sold, key=UUID(form.key.data), actor=current_actor(), at=now()
            )
    except (PlaceRefused, StockNotFound, QuantityInvalid) as refusal:
        said, sku = sentence(refusal), refusal.parameters.get("sku")
        wrong = {sku: said} if sku in typed else {}
        return _page(key, typed=typed, wrong=wrong, refusal="" if wrong else said), status_of(refusal)
    if is_new:
        flash(gettext("Booked."), "good")
    else:
        flash(gettext("This was booked already; nothing was booked twice."), "info")
    return redirect(url_for("locations.place", key=key), 303)


@blueprint.post("/staff/stok/tempat/<uuid:key>/tutup")
@staff_page("stock.change")
def close(key: UUID) -> Response | tuple[str, int]:
    """Close a place where nothing lies any more."""
    try:
        with transaction() as session:
            close_place(session, key, actor=current_actor(), at=now())
    except PlaceRefused as refusal:
        return _page(key, refusal=sentence(refusal)), status_of(refusal)
    flash(gettext("The place is closed."), "good")
    return redirect(url_for("locations.places"), 303)


def _list(form: PlaceForm) -> str:
    actor = current_actor()
    return render_template(
        "inventory/places.html",
        form=form,
        found=places_for(reading_session(), actor),
        kinds=KINDS,
        shows_upt=not actor.has_one_upt,
    )


def _seller() -> str:
    """Who fills in a form, signed: one that waited in a browser is not booked in another person's name."""
    return sign("seller", str(current_actor().user_id), secret_key=config().secret_key)


def _check_seller(token: str) -> None:
    secret_key = config().secret_key
    try:
        seller = check_signature("seller", token, secret_key=secret_key, max_age_days=_SALE_WAITS_DAYS)
    except DomainError as error:
        raise PlaceRefused("sale_of_another") from error
    if seller != str(current_actor().user_id):
        raise PlaceRefused("sale_of_another")


def _page(
    key: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    refusal: str = "",
) -> str:
    session, actor = reading_session(), current_actor()
    found = place_for(session, actor, key)
    return render_template(
        "inventory/place.html",
        place=found,
        lines=placed_at(session, found.id),
        typed=typed or {},
        wrong=wrong or {},
        refusal=refusal,
        key=form.key.data if (form := SaleForm()).validate() else uuid4(),
        seller=_seller(),
        kinds=KINDS,
        may_change=found.closed_at is None and actor.may_at("stock.change", found.upt_id),
    )
