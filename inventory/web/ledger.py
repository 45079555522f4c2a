"""The ledger of an officer's shelves: what came and went, with filters, and as a file for spreadsheets."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from accounts.web.audit import DayField
from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.queries.ledger import LedgerMark, LedgerRow, LedgerWish, ledger_page, ledger_rows
from inventory.rules import LEDGER_KINDS
from inventory.web.stock import KINDS, REASONS
from kernel.clock import day_begins, day_is_over
from kernel.db import reading_session
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.sheets import Column, sheet_answer

blueprint = Blueprint("ledger", __name__)
blueprint.context_processor(staff_frame)

_MOST_PASSED = 1_000_000
_SHORT = [Length(max=200, message=lazy_gettext("This is too long."))]


class WishForm(FlaskForm):
    """Which lines are asked for; every field may be left empty."""

    class Meta:
        csrf = False

    since = DayField(lazy_gettext("From this day"), [MayBeEmpty()])
    until = DayField(lazy_gettext("Up to"), [MayBeEmpty()])
    words = StringField(lazy_gettext("Product or SKU"), _SHORT)
    batch = StringField(
        lazy_gettext("Code of the batch"),
        _SHORT,
        description=lazy_gettext("Shows where the pieces of a batch went."),
    )
    kind = SelectField(
        lazy_gettext("What"),
        choices=[
            SelectChoice("", lazy_gettext("Everything")),
            *(SelectChoice(kind, KINDS[kind]) for kind in LEDGER_KINDS),
        ],
        default="",
        invalid_choice_message=lazy_gettext("Choose from the list."),
    )
    reason = SelectField(
        lazy_gettext("Reason"),
        choices=[
            SelectChoice("", lazy_gettext("Everything")),
            *(SelectChoice(*each) for each in REASONS.items()),
        ],
        default="",
        invalid_choice_message=lazy_gettext("Choose a reason from the list."),
    )
    place = StringField(
        lazy_gettext("Place"),
        _SHORT,
        description=lazy_gettext("A gallery, fair or other outlet, by its name."),
    )
    place_key = form_key(may_be_empty=True)
    upt = StringField(lazy_gettext("Code of the UPT"), _SHORT)

    def validate_until(self, field: Field) -> None:
        """No span ends before it begins."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(lazy_gettext("This day lies before the first one."))

    def wish(self) -> LedgerWish:
        """What a valid form asks for; days are those of western Indonesia, like the shop's."""
        return LedgerWish(
            since=day_begins(self.since.data) if self.since.data else None,
            until=day_is_over(self.until.data) if self.until.data else None,
            words=(self.words.data or "").strip(),
            batch=(self.batch.data or "").strip(),
            kind=self.kind.data,
            reason=self.reason.data,
            place=UUID(self.place_key.data) if self.place_key.data else (self.place.data or "").strip(),
            upt_code=(self.upt.data or "").strip(),
        )


@blueprint.get("/staff/stok/buku")
@filterable(
    lazy_gettext("Stock ledger"),
    *("since", "until", "words", "batch", "kind", "reason", "place", "place_key", "upt"),
)
@staff_page("stock.see")
def lines() -> str | tuple[str, int]:
    """The lines of the reader's shelves that fit, the newest first."""
    form = WishForm(formdata=request.args)
    return _page(form) if form.validate() else (_page(form), 422)


@blueprint.get("/staff/stok/buku/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def export(ending: str) -> Response | tuple[str, int]:
    """The same lines as a file, all of them."""
    form = WishForm(formdata=request.args)
    if not form.validate():
        return _page(form), 422
    rows = ledger_rows(reading_session(), current_actor(), form.wish())
    return sheet_answer("buku-stok", ending, _COLUMNS, rows)


_COLUMNS = (
    Column[LedgerRow](lazy_gettext("When"), lambda row: row.at.astimezone(province_zone(row.province_code))),
    Column[LedgerRow](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[LedgerRow](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[LedgerRow]("SKU", lambda row: row.sku),
    Column[LedgerRow](lazy_gettext("Product"), lambda row: row.product),
    Column[LedgerRow](lazy_gettext("Variant"), lambda row: row.variant),
    Column[LedgerRow](lazy_gettext("What"), lambda row: str(KINDS[row.kind])),
    Column[LedgerRow](lazy_gettext("Pieces"), lambda row: row.delta),
    Column[LedgerRow](lazy_gettext("Reason"), lambda row: str(REASONS.get(row.reason, row.reason))),
    Column[LedgerRow](lazy_gettext("Place"), lambda row: row.place),
    Column[LedgerRow](lazy_gettext("Batch"), lambda row: row.batches),
    Column[LedgerRow](lazy_gettext("Parcel"), lambda row: row.parcel),
    Column[LedgerRow](
        lazy_gettext("Who"), lambda row: row.actor_label if row.actor_user_id is not None else "Lapak"
    ),
)


def _page(form: WishForm) -> str:
    actor = current_actor()
    asked = {name: value for name, value in request.args.items() if value and name in form._fields}
    found = None
    if not form.errors:
        found = ledger_page(reading_session(), actor, form.wish(), after=_mark())
    return render_template(
        "inventory/ledger.html",
        form=form,
        found=found,
        asked=asked,
        goes_on="sesudah" in request.args,
        older=_written(found.older) if found and found.older else None,
        kinds=KINDS,
        reasons=REASONS,
        shows_upt=not actor.has_one_upt,
    )


def _written(mark: LedgerMark) -> str:
    return f"{mark.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}_{mark.passed}"


def _mark() -> LedgerMark | None:
    """Where the list goes on; what is no mark of ours begins at the newest line."""
    at, _, passed = request.args.get("sesudah", "").partition("_")
    try:
        return LedgerMark(datetime.fromisoformat(at).replace(tzinfo=UTC), min(abs(int(passed)), _MOST_PASSED))
    except (ValueError, OverflowError):
        return None
