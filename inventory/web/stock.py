"""The shelf of a UPT: what lies there, what came in, and corrections by plus or minus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast, get_args
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import BatchNeeded, CountRefused, QuantityInvalid, StockTooLow
from inventory.queries.batches import batches_of, ending_batches_for, must_expire
from inventory.queries.staff import Show, ledger_of, shelf_for, shelf_row_for
from inventory.rules import ADJUSTMENT_REASONS, ENDS_SOON, MOST_PIECES_AT_ONCE, RECEIPT_REASONS, parse_pieces
from inventory.services.shelving import adjust_pieces, receive_pieces
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.web import sentence, status_of

blueprint = Blueprint("stock", __name__)
blueprint.context_processor(staff_frame)

SHOWN = {
    "all": lazy_gettext("All"),
    "available": lazy_gettext("Available"),
    "empty": lazy_gettext("Sold out"),
}

REASONS = {
    "made": lazy_gettext("Made here"),
    "bought": lazy_gettext("Bought in"),
    "moved_here": lazy_gettext("Brought from elsewhere"),
    "count": lazy_gettext("Counted anew"),
    "damaged": lazy_gettext("Damaged"),
    "expired": lazy_gettext("Past its date"),
    "lost": lazy_gettext("Not to be found"),
    "sample": lazy_gettext("Given away as a sample"),
    "sold_offline": lazy_gettext("Sold at the gallery or a fair"),
    "other": lazy_gettext("Another reason"),
    "shipped": lazy_gettext("Sent to a customer"),
    "came_back": lazy_gettext("Came back from a customer"),
    "to_location": lazy_gettext("To a place beside the store"),
    "from_location": lazy_gettext("Back from a place beside the store"),
    "between_locations": lazy_gettext("From one place to another"),
    "to_upt": lazy_gettext("To another UPT"),
    "from_upt": lazy_gettext("From another UPT"),
    "taken_back": lazy_gettext("A transfer taken back"),
    "cannot_supply": lazy_gettext("Missing when a parcel was packed"),
    "left_to_upt": lazy_gettext("Written off: sent by another UPT"),
    "sent_for_upt": lazy_gettext("Sent to a customer in place of another UPT"),
    "undone": lazy_gettext("A table taken back"),
    "demo": lazy_gettext("Sample data"),
}
"""How the reasons of the ledger read; one that is not here is shown as it was written."""

KINDS = {
    "received": lazy_gettext("Received"),
    "issued": lazy_gettext("Sent"),
    "adjusted": lazy_gettext("Corrected"),
    "returned": lazy_gettext("Returned"),
    "moved": lazy_gettext("Moved"),
}

_MOST_PAGES = 10_000


class ChangeForm(FlaskForm):
    """Pieces and a reason; `key` makes that a form sent twice counts once."""

    class Meta:
        csrf = False

    key = form_key()
    reason: SelectField
    quantity = StringField(
        lazy_gettext("Pieces"),
        [InputRequired(lazy_gettext("Say how many pieces."))],
        render_kw={"maxlength": 9},
    )

    def validate_quantity(self, field: StringField) -> None:
        """A whole number within bounds, in plain digits."""
        pieces = parse_pieces(field.data)
        if pieces is None or not 0 < pieces <= MOST_PIECES_AT_ONCE:
            raise ValidationError(sentence(QuantityInvalid(most=MOST_PIECES_AT_ONCE)))

    @property
    def pieces(self) -> int:
        """The number of pieces of a valid form."""
        return parse_pieces(self.quantity.data) or 0


class ReceiveForm(ChangeForm):
    """Pieces that came in."""

    reason = SelectField(
        lazy_gettext("Where from"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(reason, REASONS[reason]) for reason in RECEIPT_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )


class AdjustForm(ChangeForm):
    """Pieces that are there after all, or are not."""

    direction = RadioField(
        lazy_gettext("What to do"),
        choices=[
            SelectChoice("add", lazy_gettext("Add (+)")),
            SelectChoice("take", lazy_gettext("Take away (−)")),
        ],
        validators=[InputRequired(lazy_gettext("Choose plus or minus."))],
        invalid_choice_message=lazy_gettext("Choose plus or minus."),
    )
    reason = SelectField(
        lazy_gettext("Reason"),
        validators=[InputRequired(lazy_gettext("Choose a reason from the list."))],
        choices=[SelectChoice(reason, REASONS[reason]) for reason in ADJUSTMENT_REASONS],
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )

    @property
    def delta(self) -> int:
        """The difference of a valid form, in pieces."""
        return self.pieces if self.direction.data == "add" else -self.pieces


@blueprint.get("/staff/stok")
@filterable(lazy_gettext("Stock"), "q", "show")
@staff_page("stock.see")
def shelf() -> str:
    """What the UPTs of the reader make or hold."""
    words, show = asked_words(), asked_show()
    session, actor, today = reading_session(), current_actor(), jakarta_day(now())
    page = _page_number()
    found = shelf_for(session, actor, words=words, show=show, page=page)
    ending, ends_soon = ending_batches_for(session, actor, until=today + ENDS_SOON) if page == 1 else ((), 0)
    return render_template(
        "inventory/shelf.html",
        found=found,
        words=words,
        show=show,
        choices=SHOWN,
        shows_upt=not actor.has_one_upt,
        may_change=actor.may("stock.change"),
        ending=ending,
        ends_soon=ends_soon,
        today=today,
    )


@blueprint.get("/staff/stok/<upt_code>/<sku>")
@staff_page("stock.see")
def stock(upt_code: str, sku: str) -> str:
    """One variant at one UPT: counters, forms, ledger."""
    return _page(upt_code, sku, ReceiveForm(**_blank("receive")), AdjustForm(**_blank("adjust")))


@blueprint.post("/staff/stok/<upt_code>/<sku>/masuk")
@staff_page("stock.change")
def receive(upt_code: str, sku: str) -> str | Response | tuple[str, int]:
    """Count pieces in."""
    form = ReceiveForm(prefix="receive")
    adjusting = AdjustForm(**_blank("adjust"))

    def change() -> bool:
        with transaction() as session:
            return receive_pieces(
                session,
                upt_code,
                sku,
                form.pieces,
                reason=form.reason.data,
                key=form.key.data,
                actor=current_actor(),
                at=now(),
            )

    return _change(upt_code, sku, form, change, lambda: _page(upt_code, sku, form, adjusting))


@blueprint.post("/staff/stok/<upt_code>/<sku>/koreksi")
@staff_page("stock.change")
def adjust(upt_code: str, sku: str) -> str | Response | tuple[str, int]:
    """Put a count right by a difference."""
    form = AdjustForm(prefix="adjust")
    receiving = ReceiveForm(**_blank("receive"))

    def change() -> bool:
        with transaction() as session:
            return adjust_pieces(
                session,
                upt_code,
                sku,
                form.delta,
                reason=form.reason.data,
                key=form.key.data,
                actor=current_actor(),
                at=now(),
            )

    return _change(upt_code, sku, form, change, lambda: _page(upt_code, sku, receiving, form))


def asked_words() -> str:
    """A part of a product's name or SKU that the address asks for."""
    return request.args.get("q", "").strip()[:200]


def asked_show() -> Show:
    """Which shelves the address asks for."""
    asked = request.args.get("show", "all")
    return cast(Show, asked) if asked in get_args(Show) else "all"


def _change(
    upt_code: str, sku: str, form: ChangeForm, change: Callable[[], bool], page: Callable[[], str]
) -> Response | tuple[str, int]:
    """Do what a form asks, or show the page again with what is wrong beside the field."""
    shelf_row_for(reading_session(), current_actor(), upt_code, sku)
    if not form.validate():
        return page(), 422
    try:
        is_new = change()
    except (StockTooLow, CountRefused) as refusal:
        form.quantity.errors = (*form.quantity.errors, sentence(refusal))
        return page(), status_of(refusal)
    except BatchNeeded as refusal:  # the page says so where the form would stand
        return page(), status_of(refusal)
    if is_new:
        flash(gettext("Counted. The new number is below."), "good")
    else:
        flash(gettext("This was counted already; nothing was counted twice."), "info")
    return redirect(url_for("stock.stock", upt_code=upt_code, sku=sku), 303)


def _page(upt_code: str, sku: str, receiving: ReceiveForm, adjusting: AdjustForm) -> str:
    session, actor = reading_session(), current_actor()
    row = shelf_row_for(session, actor, upt_code, sku)
    ledger = ledger_of(session, row.stock_id) if row.stock_id else ()
    zone = province_zone(row.province_code)
    today = now().astimezone(zone).date()
    return render_template(
        "inventory/stock.html",
        row=row,
        ledger=ledger,
        receiving=receiving,
        comes_as_batch=must_expire(session, row.variant_id),
        adjusting=adjusting,
        may_change=actor.may_at("stock.change", row.upt_id),
        zone=zone,
        batches=batches_of(session, row.stock_id) if row.stock_id else (),
        today=today,
        soon=today + ENDS_SOON,
        reasons=REASONS,
        kinds=KINDS,
    )


def _blank(prefix: str) -> dict[str, Any]:
    """What makes an empty form with a key of its own."""
    return {"formdata": None, "prefix": prefix, "key": str(uuid4())}


def _page_number() -> int:
    return min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
