"""The audit log for officers: what was done in their scope, by whom, what it was before, and as a file."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from accounts.queries.audit import AuditRow, AuditWish, audit_page, audit_rows
from accounts.rules import STAND_IN
from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.roles import ROLES
from accounts.web.session import current_actor
from kernel.clock import day_begins, day_is_over
from kernel.db import reading_session
from kernel.sheets import Column, sheet_answer

blueprint = Blueprint("audit", __name__)
blueprint.context_processor(staff_frame)

KINDS = {
    "parcel": _("Parcel"),
    "stock": _("Stock"),
    "problem": _("Problem"),
    "enquiry": _("Request"),
    "review": _("Review"),
    "photograph": _("Photograph"),
    "product": _("Product"),
    "permit": _("Permit"),
    "category": _("Category"),
    "upt": _("UPT"),
    "location": _("Place"),
    "transfer": _("Transfer"),
    "count": _("Stock-take"),
    "table": _("Table"),
    "user": _("Account"),
    "invitation": _("Invitation"),
    "filter": _("Saved list"),
}
"""What the kinds of objects are called; one that is not here is shown as it was written."""

ACTIONS = {
    "parcel.accept": _("Parcel accepted"),
    "parcel.pack": _("Parcel packed"),
    "parcel.ship": _("Parcel sent"),
    "parcel.renumber": _("Tracking number put right"),
    "parcel.deliver": _("Parcel noted as delivered"),
    "parcel.ready": _("Parcel ready to be fetched"),
    "parcel.renew_code": _("New pick-up code sent"),
    "parcel.wrong_code": _("Wrong pick-up code"),
    "parcel.give_out": _("Parcel given out"),
    "parcel.bring": _("Parcel on its way with the UPT"),
    "parcel.returned": _("Parcel came back"),
    "parcel.lost": _("Parcel lost"),
    "parcel.ask_takeover": _("Another UPT asked for pieces"),
    "parcel.withdraw_takeover": _("Request to another UPT withdrawn"),
    "parcel.accept_takeover": _("Pieces of another UPT's parcel taken over"),
    "parcel.refuse_takeover": _("Request of another UPT refused"),
    "parcel.add_carton": _("Pieces put into one more carton"),
    "parcel.undo_carton": _("Last carton taken apart"),
    "parcel.ship_carton": _("Carton handed to the courier"),
    "parcel.cannot_supply": _("Pieces cancelled"),
    "stock.received": _("Pieces came in"),
    "stock.adjusted": _("Count put right"),
    "stock.batch": _("Batch noted"),
    "stock.batches": _("Batches noted from a table"),
    "place.open": _("Place beside the store opened"),
    "place.sale": _("Sale at a place beside the store"),
    "place.close": _("Place beside the store closed"),
    "transfer.begin": _("Transfer begun"),
    "transfer.write": _("Transfer drawn up"),
    "transfer.send": _("Transfer sent"),
    "transfer.receive": _("Transfer received"),
    "transfer.call_off": _("Transfer called off"),
    "transfer.take_back": _("Transfer taken back"),
    "pause.begin": _("Paused"),
    "pause.end": _("Pause ended"),
    "table.send": _("Table sent"),
    "table.confirm": _("Table confirmed"),
    "table.discard": _("Table put aside"),
    "table.take_back": _("Table to be taken back"),
    "count.open": _("Stock-take opened"),
    "count.note": _("Count noted"),
    "count.book": _("Stock-take booked"),
    "count.close": _("Stock-take closed"),
    "stock.table": _("Stock booked from a table"),
    "stock.counted": _("Difference of a stock-take booked"),
    "stock.count_discarded": _("Difference of a stock-take thrown away"),
    "stock.expired": _("Taken off the shelf past its date"),
    "problem.reported": _("Problem told of"),
    "problem.answered": _("Problem answered"),
    "problem.refunded": _("Money given back"),
    "problem.closed": _("Problem closed"),
    "enquiry.asked": _("Request sent"),
    "enquiry.continued": _("Request continued by the buyer"),
    "enquiry.answered": _("Request answered"),
    "enquiry.confirmed": _("Time confirmed"),
    "enquiry.declined": _("Time declined"),
    "enquiry.closed": _("Request closed"),
    "enquiry.reopened": _("Request opened again"),
    "enquiry.link": _("New link to the request sent"),
    "review.written": _("Review written"),
    "review.published": _("Review published"),
    "review.refused": _("Review refused"),
    "review.answered": _("Review answered"),
    "review.answer_removed": _("Answer to a review taken down"),
    "photograph.add": _("Photograph added"),
    "photograph.describe": _("Photograph described"),
    "photograph.move": _("Photograph moved"),
    "photograph.remove": _("Photograph removed"),
    "photograph.review": _("Photograph decided on"),
    "permit.add": _("Permit entered"),
    "permit.change": _("Permit changed"),
    "permit.withdraw": _("Permit taken out of the shop"),
    "permit.review": _("Permit compared with the paper"),
    "permit_rule.set": _("Rule for permits changed"),
    "user.add": _("Account made"),
    "user.enable": _("Let in again"),
    "user.disable": _("Shut out"),
    "user.set_password": _("Password set"),
    "user.change_password": _("Password changed"),
    "user.change_name": _("Name changed"),
    "user.change_email": _("Address changed"),
    "user.take_back": _("Account taken back"),
    "user.second_factor_on": _("Second step set up"),
    "user.second_factor_off": _("Second step removed"),
    "user.recovery_codes": _("New recovery codes drawn"),
    "user.forget_second_factor": _("Second step taken away"),
    "membership.grant": _("Role given"),
    "membership.revoke": _("Role taken away"),
    "membership.change": _("Role changed"),
    "invitation.send": _("Invited"),
    "invitation.withdraw": _("Invitation withdrawn"),
    "handover.finish": _("Handover seen to"),
    "message.finish": _("Message seen to"),
    "filter.save": _("List saved"),
    "filter.remove": _("Saved list removed"),
    "upt.told": _("Message to the UPT"),
    "upt.step_in": _("Stepped in for the UPT"),
    "upt.step_out": _("No longer stands in"),
    "upt.describe": _("Office described"),
    "upt.rename": _("UPT renamed"),
    "product.rename": _("Product renamed"),
    "product.add": _("Product begun"),
    "product.copy": _("Product begun from another one"),
    "product.change": _("Product changed at once"),
    "product.draft": _("Draft of a product changed"),
    "product.discard": _("Draft of a product dropped"),
    "product.propose": _("Product put forward"),
    "product.publish": _("Product published"),
    "product.return": _("Product sent back"),
    "product.archive": _("Product taken out of the shop"),
    "product.resume": _("Product taken up again"),
}
"""How what was done reads; the rest is shown as it was written."""

_LONGEST = 200


class DayField(DateField):
    """A day of the calendar, empty if none is named."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent. Raises ValueError with what to do."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a day as year-month-day, for example 2026-11-21.")) from error


class WishForm(FlaskForm):
    """Which entries are asked for; every field may be left empty."""

    class Meta:
        csrf = False

    since = DayField(_("From this day"), [MayBeEmpty()])
    until = DayField(_("Up to"), [MayBeEmpty()])
    who = StringField(_("Who"), [Length(max=_LONGEST, message=_("This is too long."))])
    thing = StringField(
        _("Number or name"),
        [Length(max=_LONGEST, message=_("This is too long."))],
        description=_("Of a parcel, a shelf, an account …"),
    )
    kind = SelectField(
        _("What it is about"),
        choices=[SelectChoice("", _("Everything")), *(SelectChoice(*each) for each in KINDS.items())],
        default="",
    )
    upt = StringField(_("Code of the UPT"), [Length(max=_LONGEST, message=_("This is too long."))])

    def validate_until(self, field: Field) -> None:
        """No span ends before it begins."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("This day lies before the first one."))

    def wish(self) -> AuditWish:
        """What a valid form asks for; days are those of western Indonesia, like the shop's."""
        return AuditWish(
            since=day_begins(self.since.data) if self.since.data else None,
            until=day_is_over(self.until.data) if self.until.data else None,
            who=(self.who.data or "").strip(),
            thing=(self.thing.data or "").strip(),
            kind=self.kind.data,
            upt_code=(self.upt.data or "").strip(),
        )


@blueprint.get("/staff/jejak")
@filterable(_("What was done"), "since", "until", "kind", "upt")
@staff_page("audit.see")
def entries() -> str | tuple[str, int]:
    """The entries of the reader's scope that fit, the newest first."""
    form = WishForm(formdata=request.args)
    if not form.validate():
        return _page(form), 422
    return _page(form)


@blueprint.get("/staff/jejak/unduh.<any(csv, xlsx):ending>")
@staff_page("audit.see")
def export(ending: str) -> Response | tuple[str, int]:
    """The same entries as a file, all of them; the words are those of the chain, in no language."""
    form = WishForm(formdata=request.args)
    if not form.validate():
        return _page(form), 422
    return sheet_answer(
        "jejak", ending, _COLUMNS, audit_rows(reading_session(), current_actor(), form.wish())
    )


_COLUMNS = (
    Column[AuditRow]("at", lambda row: row.at.isoformat()),
    Column[AuditRow]("actor", lambda row: row.actor_label),
    Column[AuditRow]("roles", lambda row: " ".join(row.actor_roles)),
    Column[AuditRow]("action", lambda row: row.action),
    Column[AuditRow]("kind", lambda row: row.object_kind),
    Column[AuditRow]("object", lambda row: row.object_key),
    Column[AuditRow]("upt", lambda row: row.upt_code),
    Column[AuditRow]("request", lambda row: row.request_id),
    Column[AuditRow]("before", lambda row: row.before),
    Column[AuditRow]("after", lambda row: row.after),
    Column[AuditRow]("hash", lambda row: row.hash.hex()),
)


def _page(form: WishForm) -> str:
    actor = current_actor()
    asked = {name: value for name, value in request.args.items() if value and name in form._fields}
    found = None
    if not form.errors:
        found = audit_page(reading_session(), actor, form.wish(), after=_mark())
    return render_template(
        "accounts/audit.html",
        form=form,
        found=found,
        asked=asked,
        goes_on="sesudah" in request.args,
        kinds=KINDS,
        actions=ACTIONS,
        roles={**ROLES, STAND_IN: gettext("standing in for the UPT")},
        shows_upt=not actor.has_one_upt,
    )


def _mark() -> bytes | None:
    """Where the list goes on; what is no mark of ours leads nowhere."""
    written = request.args.get("sesudah", "")
    try:
        return bytes.fromhex(written) if written else None
    except ValueError:
        return b"none"
