"""Reporting a problem of a parcel: a page of the order, with photographs that only those concerned see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse
from wtforms import MultipleFileField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from accounts.web.limits import limiter
from inventory.errors import PictureRefused
from inventory.images import MOST_BYTES, TakenPicture, take_in
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError, Unavailable
from kernel.files import files
from kernel.i18n import province_zone
from kernel.web import (
    accepts_uploads,
    form_key,
    keep_private,
    sentence,
    status_of,
    upload_is_too_heavy,
)
from orders.errors import MessageRefused, ProblemOpen, ProblemTooLate, WrongState
from orders.queries.problems import (
    ReportedParcel,
    picture_of_order,
    problems_of_parcel,
    reported_parcel,
)
from orders.rules.problems import (
    LONGEST_TEXT,
    MOST_PICTURES,
    REASONS,
    SHORTEST_REPORT,
    last_day,
    report_until,
)
from orders.services.problems import Picture, Report, check_reportable, report_problem
from orders.web.order_access import check_order_link
from orders.web.problem_words import ENTRY_NAMES, REASON_NAMES
from storefront.web.enquiries import WORDS_PER_VISITOR
from storefront.web.order_door import buyer
from storefront.web.visitor import render_page

blueprint = Blueprint("problems", __name__, url_prefix="/pesanan/<number>/<token>/masalah")

_LONGEST_SIDE = 1600


class ReportForm(FlaskForm):
    """What is wrong, in a word and in the customer's own, with photographs."""

    class Meta:
        csrf = False

    key = form_key()
    reason = RadioField(
        lazy_gettext("What is wrong?"),
        validators=[InputRequired(lazy_gettext("Choose what is wrong."))],
        choices=[SelectChoice(code, REASON_NAMES[code]) for code in REASONS],
        validate_choice=True,
    )
    body = TextAreaField(
        lazy_gettext("Describe it"),
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[
            DataRequired(lazy_gettext("Describe what is wrong.")),
            Length(
                min=SHORTEST_REPORT,
                message=lazy_gettext("Please write at least %(least)s characters.", least=SHORTEST_REPORT),
            ),
            Length(
                max=LONGEST_TEXT,
                message=lazy_gettext("Please write at most %(most)s characters.", most=LONGEST_TEXT),
            ),
        ],
        render_kw={"rows": 5, "maxlength": LONGEST_TEXT},
    )
    pictures = MultipleFileField(
        lazy_gettext("Photographs"),
        description=lazy_gettext(
            "Up to %(most)s pictures (JPEG, PNG, WebP). Only you, the UPT and the offices above it see them.",
            most=MOST_PICTURES,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )


@blueprint.get("/<parcel>")
def show(number: str, token: str, parcel: str) -> BaseResponse:
    """What was reported about a parcel and answered, and the form while there is time."""
    check_order_link(number, token)
    return _page(number, token, parcel, ReportForm(formdata=None, key=str(uuid4())))


@blueprint.post("/<parcel>")
@limiter.limit(WORDS_PER_VISITOR, key_func=get_remote_address)
@accepts_uploads(MOST_PICTURES * MOST_BYTES)
def report(number: str, token: str, parcel: str) -> BaseResponse:
    """Take a report in; what is refused is said beside its field, and nothing is kept."""
    check_order_link(number, token)
    about = reported_parcel(reading_session(), number, parcel)
    if upload_is_too_heavy():
        form = ReportForm(formdata=None, key=str(uuid4()))
        form.pictures.errors = (
            _("These files are too heavy: at most %(megabytes)s MB each.", megabytes=MOST_BYTES // 10**6),
        )
        return _page(number, token, parcel, form, 422)
    form = ReportForm()
    sent = [file for file in request.files.getlist("pictures") if file.filename]
    is_valid = form.validate()
    taken = _taken_in(form, sent)
    if not is_valid or taken is None:
        return _page(number, token, parcel, form, 422)
    try:
        check_reportable(about.state, about.delivered_at, about.province_code, at=now())
        is_new = _report(number, parcel, form, taken, about)
    except MessageRefused as refusal:
        form.body.errors = (sentence(refusal),)
        return _page(number, token, parcel, form, status_of(refusal))
    except (ProblemOpen, ProblemTooLate, WrongState, Unavailable) as refusal:
        return _page(number, token, parcel, form, status_of(refusal), problem=refusal)
    if is_new:
        flash(_("Reported. The UPT answers on this page and by mail."), "good")
    else:
        flash(_("This was sent already; nothing was done twice."), "info")
    return redirect(url_for("problems.show", number=number, token=token, parcel=parcel), 303)


@blueprint.get("/foto/<uuid:key>")
def picture(number: str, token: str, key: UUID) -> BaseResponse:
    """A photograph of a problem of this order."""
    check_order_link(number, token)
    content = files().get(picture_of_order(reading_session(), number, key))
    return keep_private(Response(content, mimetype="image/jpeg"))


def _taken_in(form: ReportForm, sent: Sequence[FileStorage]) -> list[TakenPicture] | None:
    """The photographs drawn anew; None, with the reason beside the field, when one is refused."""
    if len(sent) > MOST_PICTURES:
        form.pictures.errors = (_("Choose at most %(most)s pictures.", most=MOST_PICTURES),)
        return None
    try:
        return [
            take_in(file.read(), name=file.filename or "", claimed=file.mimetype, longest_side=_LONGEST_SIDE)
            for file in sent
        ]
    except PictureRefused as refusal:
        form.pictures.errors = (sentence(refusal),)
        return None


def _report(
    number: str, parcel: str, form: ReportForm, taken: Sequence[TakenPicture], about: ReportedParcel
) -> bool:
    """Keep the photographs, then the report.

    A refusal leaves neither. When nobody knows whether the report was written down, as when the database's
    answer is lost, the photographs stay: the sweeper takes them if no report names them.
    """
    keys = [uuid4() for _picture in taken]
    pictures = [
        Picture(key, f"problems/{key}.jpg", drawn.width, drawn.height)
        for key, drawn in zip(keys, taken, strict=True)
    ]
    written = Report(form.key.data, form.reason.data, form.body.data, pictures)
    try:
        for kept, drawn in zip(pictures, taken, strict=True):
            files().put(kept.file_key, drawn.content)
        with transaction() as session:
            is_new = report_problem(session, number, parcel, written, actor=buyer(about.user_id), at=now())
    except DomainError:
        _drop(pictures)
        raise
    if not is_new:
        _drop(pictures)
    return is_new


def _drop(pictures: Sequence[Picture]) -> None:
    for each in pictures:
        files().delete(each.file_key)


def _page(
    number: str,
    token: str,
    parcel: str,
    form: ReportForm,
    status: int = 200,
    *,
    problem: DomainError | None = None,
) -> BaseResponse:
    session = reading_session()
    about = reported_parcel(session, number, parcel)
    reports = problems_of_parcel(session, number, parcel)
    zone = province_zone(about.province_code)
    refusal = problem or _closed_by(about, [each.state for each in reports])
    page = render_page(
        "storefront/orders/problem.html",
        about=about,
        reports=reports,
        number=number,
        token=token,
        form=form,
        refusal=sentence(refusal) if refusal else "",
        is_refused_now=problem is not None,
        until=last_day(report_until(about.delivered_at, zone), zone) if about.delivered_at else None,
        zone=zone,
        reasons=REASON_NAMES,
        done=ENTRY_NAMES,
    )
    return keep_private(make_response(page, status))


def _closed_by(about: ReportedParcel, states: Sequence[str]) -> DomainError | None:
    """Why nothing can be reported now."""
    try:
        check_reportable(about.state, about.delivered_at, about.province_code, at=now())
    except (ProblemTooLate, WrongState) as refusal:
        return refusal
    return ProblemOpen() if any(state != "closed" for state in states) else None
