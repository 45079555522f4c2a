"""Permits for officers: a UPT enters what it holds, the office above checks it against the paper."""

from __future__ import annotations

from typing import cast, get_args
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import (
    PermitNotFound,
    PermitReviewed,
)
from inventory.images import MOST_BYTES
from inventory.queries.permits import (
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
from inventory.queries.renewals import permits_to_follow
from inventory.queries.resting import MOST_SHOWN, resting_for
from inventory.rules import parse_pieces, permit_number
from inventory.services import permits as service
from inventory.web.permit_forms import PermitForm, ReviewForm, attempt, sent_form
from inventory.web.permit_words import KIND_NAMES
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.files import files
from kernel.web import accepts_uploads, sentence

blueprint = Blueprint("permits", __name__)
blueprint.context_processor(staff_frame)

STANDINGS = {
    "verified": (lazy_gettext("Checked"), "good"),
    "unchecked": (lazy_gettext("Not checked yet"), "warn"),
    "returned": (lazy_gettext("Sent back"), "bad"),
    "ended": (lazy_gettext("Ended"), "bad"),
    "followed": (lazy_gettext("Ended, renewed"), "neutral"),
}
"""How a standing reads, and the tone of its badge."""

SHOWN = {
    "all": lazy_gettext("All"),
    "unchecked": lazy_gettext("To be checked"),
    "returned": lazy_gettext("Sent back"),
    "ending": lazy_gettext("Ending soon"),
    "ended": lazy_gettext("Ended"),
    "followed": lazy_gettext("Renewed"),
}

CHANGES = {
    "nothing": lazy_gettext("Nothing was changed."),
    "still_checked": lazy_gettext("Saved. What was checked still holds."),
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

SCAN_TYPES = {"jpg": "image/jpeg", "pdf": "application/pdf"}
"""The media type of a scan, by the ending of its file."""

_MOST_PAGES = 10_000


@blueprint.get("/staff/izin")
@filterable(lazy_gettext("Permits"), "q", "show")
@staff_page("permit.see")
def permits() -> str:
    """The permits of the reader's UPTs, those that end soonest first."""
    words, shown = asked_permits()
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


def asked_permits() -> tuple[str, Show]:
    """The words and the standing by which the list is narrowed."""
    asked = request.args.get("show", "all")
    return request.args.get("q", "").strip()[:200], cast(Show, asked if asked in get_args(Show) else "all")


@blueprint.get("/staff/izin/baru")
@staff_page("permit.work")
def new() -> str:
    """The form for one more permit of a UPT of the reader's."""
    form = _renewing(request.args.get("lanjutan", ""))
    return _new_page(_holder(form), form)


@blueprint.post("/staff/izin/baru")
@staff_page("permit.work")
@accepts_uploads(MOST_BYTES)
def add() -> BaseResponse | tuple[str, int]:
    """Enter a permit."""
    form = sent_form()
    holder = _holder(form)

    def work(scan_file: str) -> UUID:
        with transaction() as session:
            entry = form.entry(form.kind.data, scan_file)
            return service.add_permit(session, holder.code, entry, actor=current_actor(), at=now())

    key, status = attempt(form, work)
    if key is None:
        return _new_page(holder, form), status
    flash(gettext("The permit is entered. Your Kanwil checks it against the paper."), "good")
    return redirect(url_for("permits.permit", key=key), 303)


@blueprint.get("/staff/izin/<uuid:key>")
@staff_page("permit.see")
def permit(key: UUID) -> str:
    """One permit, what it covers, and what can be done about it."""
    return _page(key)


@blueprint.get("/staff/izin/<uuid:key>/pindaian")
@staff_page("permit.see")
def scan(key: UUID) -> Response:
    """The scan of a permit's paper, as a file: nothing in it is ever a page of ours."""
    found = permit_for(reading_session(), current_actor(), key, today=jakarta_day(now()))
    if not found.scan_file:
        raise PermitNotFound
    ending = found.scan_file.rpartition(".")[2]
    answer = Response(files().get(found.scan_file), mimetype=SCAN_TYPES[ending])
    answer.headers.set("Content-Disposition", "attachment", filename=f"izin-{key}.{ending}")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@blueprint.post("/staff/izin/<uuid:key>/ubah")
@staff_page("permit.work")
@accepts_uploads(MOST_BYTES)
def change(key: UUID) -> BaseResponse | tuple[str, int]:
    """Put right what is written of a permit."""
    session, actor = reading_session(), current_actor()
    found = permit_for(session, actor, key, today=jakarta_day(now()))
    if not actor.may_at("permit.work", found.upt_id):
        raise PermitNotFound
    form = sent_form(_stored(found))
    del form.kind
    _offer(form, found)

    def work(scan_file: str) -> service.Change:
        with transaction() as writing:
            entry = form.entry(found.kind, scan_file)
            return service.change_permit(writing, key, entry, actor=actor, at=now())

    done, status = attempt(form, work)
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


def _holder(form: PermitForm) -> PermitHolder:
    """The UPT named in the address, or the reader's only one, with its products and permits in the form.

    Raises PermitNotFound.
    """
    session = reading_session()
    holder = holder_for(session, current_actor(), request.args.get("upt"))
    form.offer(products_to_cover(session, holder.code), permits_to_follow(session, holder.code))
    return holder


def _renewing(key: str) -> PermitForm:
    """The form for one more permit, begun with what it shares with the one it follows, if one is named.

    Raises PermitNotFound.
    """
    if not key:
        return PermitForm(formdata=None)
    try:
        named = UUID(key)
    except ValueError as error:
        raise PermitNotFound from error
    found = permit_for(reading_session(), current_actor(), named, today=jakarta_day(now()))
    slugs = [product.slug for product in found.products]
    return PermitForm(
        formdata=None, kind=found.kind, title=found.title, products=slugs, follows=str(found.key)
    )


def _offer(form: PermitForm, found: StaffPermit) -> None:
    session = reading_session()
    products = products_to_cover(session, found.upt_code, found.products)
    form.offer(products, permits_to_follow(session, found.upt_code, kind=found.kind, but=found.key))


def _new_page(holder: PermitHolder, form: PermitForm) -> str:
    return render_template("inventory/permit_new.html", holder=holder, form=form)


def _page(key: UUID, form: PermitForm | None = None, *, review: ReviewForm | None = None) -> str:
    session, actor = reading_session(), current_actor()
    found = permit_for(session, actor, key, today=jakarta_day(now()))
    may_work = actor.may_at("permit.work", found.upt_id)
    if may_work and form is None:
        form = _filled(found)
    if may_work and form is not None:
        _offer(form, found)
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
    form = PermitForm(formdata=None, data=_stored(found))
    del form.kind
    return form


def _stored(found: StaffPermit) -> dict[str, object]:
    """What stands in each field of the form as the permit is kept; its kind is not asked again."""
    return {
        "number": found.number,
        "title": found.title,
        "issued_on": found.issued_on.isoformat() if found.issued_on else "",
        "expires_on": found.expires_on.isoformat() if found.expires_on else "",
        "products": [product.slug for product in found.products],
        "follows": found.follows[0].key if found.follows else "",
    }
