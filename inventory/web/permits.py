"""Permits for officers: a UPT enters what it holds, the office above checks it against the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, cast, get_args
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import (
    Field,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import DateInput

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import (
    PermitCoversNothing,
    PermitDatesInvalid,
    PermitKnown,
    PermitNotFound,
    PermitNumberInvalid,
    PermitReviewed,
)
from inventory.queries.permits import (
    CoveredProduct,
    PermitHolder,
    Show,
    StaffPermit,
    holder_for,
    holders_for,
    is_above,
    permit_for,
    permits_for,
    products_to_cover,
)
from inventory.queries.resting import MOST_SHOWN, resting_for
from inventory.rules import (
    LONGEST_PERMIT_TITLE,
    LONGEST_REFUSAL,
    PERMIT_KINDS,
    parse_pieces,
    permit_number,
)
from inventory.services import permits as service
from inventory.web.permit_words import KIND_NAMES
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.forms import ChoicesField, validate_day, written_day
from kernel.web import sentence, status_of

blueprint = Blueprint("permits", __name__)
blueprint.context_processor(staff_frame)

STANDINGS = {
    "verified": (lazy_gettext("Checked"), "good"),
    "unchecked": (lazy_gettext("Not checked yet"), "warn"),
    "returned": (lazy_gettext("Sent back"), "bad"),
    "ended": (lazy_gettext("Ended"), "bad"),
}
"""How a standing reads, and the tone of its badge."""

SHOWN = {
    "all": lazy_gettext("All"),
    "unchecked": lazy_gettext("To be checked"),
    "returned": lazy_gettext("Sent back"),
    "ending": lazy_gettext("Ending soon"),
    "ended": lazy_gettext("Ended"),
}

CHANGES = {
    "nothing": lazy_gettext("Nothing was changed."),
    "still_checked": lazy_gettext("Saved. What was checked still holds for the products left."),
    "unchecked": lazy_gettext("Saved. Your Kanwil checks the permit anew."),
}
"""What is said once a permit was written anew."""

DOUBTS = {
    "imported": lazy_gettext("ML stands for imported food; what a UPT makes has an MD number."),
    "unusual_structure": lazy_gettext("The digits are not grouped as usual: compare them with the paper."),
    "older_form": lazy_gettext("This is the older form with 12 digits; papers of today have 15."),
    "other_expiry_year": lazy_gettext(
        "The last two digits name another year than the day on which it ends: compare them with the paper."
    ),
    "not_idm": lazy_gettext("Numbers of trade marks usually are IDM and nine digits."),
}

Done = TypeVar("Done")

_MOST_PAGES = 10_000
_LONGEST_WRITTEN = 60
_CHOOSE_KIND = lazy_gettext("Choose the kind of permit.")


class PermitForm(FlaskForm):
    """What stands on the paper. Its rules are the service's, so that it says them only once."""

    class Meta:
        csrf = False

    kind = SelectField(
        lazy_gettext("Kind"),
        [InputRequired(_CHOOSE_KIND)],
        choices=[
            SelectChoice("", lazy_gettext("Choose")),
            *(SelectChoice(kind, KIND_NAMES[kind]) for kind in PERMIT_KINDS),
        ],
        invalid_choice_message=_CHOOSE_KIND,
    )
    number = StringField(
        lazy_gettext("Number"),
        [InputRequired(lazy_gettext("Write the number as it stands on the paper."))],
        description=lazy_gettext("As on the paper; spaces and dots do not matter."),
        render_kw={"maxlength": _LONGEST_WRITTEN, "autocomplete": "off"},
    )
    title = StringField(
        lazy_gettext("What it names"),
        [
            Length(
                max=LONGEST_PERMIT_TITLE,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_PERMIT_TITLE),
            )
        ],
        description=lazy_gettext("The trade mark or the motif, if there is one."),
        render_kw={"maxlength": LONGEST_PERMIT_TITLE},
    )
    issued_on = StringField(lazy_gettext("Issued on"), [validate_day], widget=DateInput())
    expires_on = StringField(
        lazy_gettext("Valid until"),
        [validate_day],
        widget=DateInput(),
        description=lazy_gettext("Its last day; leave it empty if the paper names none."),
    )
    products = ChoicesField(
        lazy_gettext("Products it covers"),
        description=lazy_gettext("A NIB belongs to the institution: it covers no product."),
        invalid_choice_message=lazy_gettext("Choose products that your UPT makes."),
    )

    def offer(self, products: Iterable[CoveredProduct]) -> None:
        """Fill the list of products; those ticked before stay ticked."""
        self.products.choices = [SelectChoice(product.slug, product.name) for product in products]

    def entry(self, kind: str) -> service.PermitEntry:
        """What a valid form says of a permit of this kind."""
        return service.PermitEntry(
            kind=kind,
            number=self.number.data,
            title=" ".join((self.title.data or "").split()),
            issued_on=written_day(self.issued_on),
            expires_on=written_day(self.expires_on),
            slugs=frozenset(self.products.data),
        )


class ReviewForm(FlaskForm):
    """Whether the paper says the same; `seen` is the mark of the entry that was compared with it."""

    class Meta:
        csrf = False

    seen = HiddenField()
    refusal = TextAreaField(
        lazy_gettext("What has to be put right"),
        [
            Length(
                max=LONGEST_REFUSAL,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_REFUSAL),
            ),
        ],
        render_kw={"maxlength": LONGEST_REFUSAL, "rows": 2},
    )


@blueprint.get("/staff/izin")
@staff_page("permit.see")
def permits() -> str:
    """The permits of the reader's UPTs, those that end soonest first."""
    words = request.args.get("q", "").strip()[:200]
    show = request.args.get("show", "all")
    shown = cast(Show, show if show in get_args(Show) else "all")
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    session, actor = reading_session(), current_actor()
    return render_template(
        "inventory/permits.html",
        found=permits_for(session, actor, words=words, show=shown, today=jakarta_day(now()), page=page),
        holders=holders_for(session, actor),
        resting=resting_for(session, actor),
        most_shown=MOST_SHOWN,
        words=words,
        show=shown,
        choices=SHOWN,
        kinds=KIND_NAMES,
        standings=STANDINGS,
        shows_upt=not actor.has_one_upt,
    )


@blueprint.get("/staff/izin/baru")
@staff_page("permit.work")
def new() -> str:
    """The form for one more permit of a UPT of the reader's."""
    form = PermitForm(formdata=None)
    return _new_page(_holder(form), form)


@blueprint.post("/staff/izin/baru")
@staff_page("permit.work")
def add() -> BaseResponse | tuple[str, int]:
    """Enter a permit."""
    form = PermitForm()
    holder = _holder(form)

    def work() -> UUID:
        with transaction() as session:
            entry = form.entry(form.kind.data)
            return service.add_permit(session, holder.code, entry, actor=current_actor(), at=now())

    key, status = _try(form, work)
    if key is None:
        return _new_page(holder, form), status
    flash(gettext("The permit is entered. Your Kanwil checks it against the paper."), "good")
    return redirect(url_for("permits.permit", key=key), 303)


@blueprint.get("/staff/izin/<uuid:key>")
@staff_page("permit.see")
def permit(key: UUID) -> str:
    """One permit, what it covers, and what can be done about it."""
    return _page(key)


@blueprint.post("/staff/izin/<uuid:key>/ubah")
@staff_page("permit.work")
def change(key: UUID) -> BaseResponse | tuple[str, int]:
    """Put right what is written of a permit."""
    session, actor = reading_session(), current_actor()
    found = permit_for(session, actor, key, today=jakarta_day(now()))
    if not actor.may_at("permit.work", found.upt_id):
        raise PermitNotFound
    form = PermitForm()
    del form.kind
    form.offer(products_to_cover(session, found.upt_code, found.products))

    def work() -> service.Change:
        with transaction() as writing:
            return service.change_permit(writing, key, form.entry(found.kind), actor=actor, at=now())

    done, status = _try(form, work)
    if done is None:
        return _page(key, form), status
    flash(str(CHANGES[done]), "info" if done == "nothing" else "good")
    return redirect(url_for("permits.permit", key=key), 303)


@blueprint.post("/staff/izin/<uuid:key>/hapus")
@staff_page("permit.work")
def withdraw(key: UUID) -> BaseResponse:
    """Take a permit out of the shop."""
    with transaction() as session:
        service.withdraw_permit(session, key, actor=current_actor(), at=now())
    flash(gettext("The permit is taken out of the shop."), "good")
    return redirect(url_for("permits.permits"), 303)


@blueprint.post("/staff/izin/<uuid:key>/periksa")
@staff_page("permit.verify")
def review(key: UUID) -> BaseResponse | tuple[str, int]:
    """Say that a permit is right, or send it back."""
    form = ReviewForm()
    is_refusal = request.form.get("decision") == "refuse"
    refusal = " ".join((form.refusal.data or "").split()) if is_refusal else ""
    is_right = form.validate()
    if is_refusal and not refusal:
        form.refusal.errors = (gettext("Say what has to be put right."),)
        is_right = False
    if not is_right:
        return _page(key, review=form), 422
    try:
        with transaction() as session:
            service.review_permit(
                session,
                key,
                seen=form.seen.data or "",
                refusal=refusal,
                actor=current_actor(),
                at=now(),
            )
    except PermitReviewed as problem:
        flash(sentence(problem), "bad")
        return redirect(url_for("permits.permit", key=key), 303)
    flash(gettext("The permit was sent back.") if refusal else gettext("The permit is checked."), "good")
    return redirect(url_for("permits.permit", key=key), 303)


def _try(form: PermitForm, work: Callable[[], Done]) -> tuple[Done | None, int]:
    """Do what a valid form asks; None and the status once the reason stands beside its field."""
    if not form.validate():
        return None, 422
    try:
        return work(), 200
    except (PermitNumberInvalid, PermitKnown) as problem:
        return _beside(form.number, problem)
    except PermitDatesInvalid as problem:
        return _beside(form[problem.parameters["field"]], problem)
    except PermitCoversNothing as problem:
        return _beside(form.products, problem)


def _beside(field: Field, problem: DomainError) -> tuple[None, int]:
    field.errors = (*field.errors, sentence(problem))
    return None, status_of(problem)


def _holder(form: PermitForm) -> PermitHolder:
    """The UPT named in the address, or the reader's only one, with its products in the form.

    Raises PermitNotFound.
    """
    session = reading_session()
    holder = holder_for(session, current_actor(), request.args.get("upt"))
    form.offer(products_to_cover(session, holder.code))
    return holder


def _new_page(holder: PermitHolder, form: PermitForm) -> str:
    return render_template("inventory/permit_new.html", holder=holder, form=form)


def _page(key: UUID, form: PermitForm | None = None, *, review: ReviewForm | None = None) -> str:
    session, actor = reading_session(), current_actor()
    found = permit_for(session, actor, key, today=jakarta_day(now()))
    may_work = actor.may_at("permit.work", found.upt_id)
    if may_work and form is None:
        form = _filled(found)
    if may_work and form is not None:
        form.offer(products_to_cover(session, found.upt_code, found.products))
    return render_template(
        "inventory/permit.html",
        permit=found,
        form=form if may_work else None,
        review=review or ReviewForm(formdata=None, seen=found.mark),
        may_review=found.standing in ("unchecked", "verified")
        and is_above(actor, upt_id=found.upt_id, kanwil_id=found.kanwil_id),
        doubts=[
            DOUBTS[doubt]
            for doubt in permit_number(found.kind, found.number, expires_on=found.expires_on).doubts
        ],
        kinds=KIND_NAMES,
        standings=STANDINGS,
    )


def _filled(found: StaffPermit) -> PermitForm:
    form = PermitForm(
        formdata=None,
        number=found.number,
        title=found.title,
        issued_on=found.issued_on.isoformat() if found.issued_on else "",
        expires_on=found.expires_on.isoformat() if found.expires_on else "",
        products=[product.slug for product in found.products],
    )
    del form.kind
    return form
