"""The ledger of an officer's shelves: what came and went, with filters, and as a file for spreadsheets."""

from __future__ import annotations

from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile

from flask import Blueprint, render_template, request, send_file
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from accounts.web.audit import DayField
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.queries.ledger import LedgerMark, LedgerRow, LedgerWish, ledger_page, ledger_rows
from inventory.rules import LEDGER_KINDS
from inventory.web.stock import KINDS, REASONS
from kernel.clock import day_begins, day_is_over
from kernel.db import reading_session
from kernel.i18n import province_zone
from kernel.sheets import BEGINNING, csv_lines

blueprint = Blueprint("ledger", __name__)
blueprint.context_processor(staff_frame)

_HEADINGS = (
    *("at", "upt", "upt_name", "sku", "product", "variant", "kind", "pieces", "reason", "batches", "parcel"),
    "actor",
)
_IN_MEMORY = 1024 * 1024
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
            upt_code=(self.upt.data or "").strip(),
        )


@blueprint.get("/staff/stok/buku")
@staff_page("stock.see")
def lines() -> str | tuple[str, int]:
    """The lines of the reader's shelves that fit, the newest first."""
    form = WishForm(formdata=request.args)
    return _page(form) if form.validate() else (_page(form), 422)


@blueprint.get("/staff/stok/buku/unduh.csv")
@staff_page("stock.see")
def export() -> Response | tuple[str, int]:
    """The same lines as a file, all of them; no cell of it is run by a spreadsheet."""
    form = WishForm(formdata=request.args)
    if not form.validate():
        return _page(form), 422
    spooled = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    spooled.write((BEGINNING + csv_lines([_HEADINGS])).encode())
    for row in ledger_rows(reading_session(), current_actor(), form.wish()):
        spooled.write(csv_lines([_cells(row)]).encode())
    spooled.seek(0)
    return send_file(spooled, mimetype="text/csv", as_attachment=True, download_name="lapak-buku-stok.csv")


def _cells(row: LedgerRow) -> tuple[object, ...]:
    return (
        row.at.astimezone(province_zone(row.province_code)).isoformat(),
        row.upt_code,
        row.upt_name,
        row.sku,
        row.product,
        row.variant,
        row.kind,
        row.delta,
        row.reason,
        row.batches or "",
        row.parcel or "",
        row.actor_label,
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
