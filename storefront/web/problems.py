"""Reporting a problem of a parcel: a page of the order, with photographs that only those concerned see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, make_response, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from accounts.web.limits import limiter
from inventory.images import TakenPicture
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError, Unavailable
from kernel.files import files
from kernel.forms import form_key
from kernel.i18n import province_zone
from kernel.web import accepts_uploads, keep_private, sentence, status_of, upload_is_too_heavy
from orders.errors import MessageRefused, ProblemOpen, ProblemTooLate, WrongState
from orders.queries.problems import (
    ReportedParcel,
    picture_of_order,
    problems_of_parcel,
    reported_parcel,
)
from orders.rules.pictures import MOST_PICTURES, Picture
from orders.rules.problems import (
    LONGEST_TEXT,
    REASONS,
    SHORTEST_REPORT,
    last_day,
    report_until,
)
from orders.services.problems import Report, check_reportable, report_problem
from orders.web.order_access import check_order_link
from orders.web.problem_words import ENTRY_NAMES, REASON_NAMES
from storefront.web.enquiries import WORDS_PER_VISITOR
from storefront.web.order_door import buyer
from storefront.web.sent_pictures import MOST_BYTES_SENT, keep_with, pictures_field, refuse_weight, taken_in
from storefront.web.visitor import render_page

blueprint = Blueprint("problems", __name__, url_prefix="/pesanan/<number>/<token>/masalah")


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
    pictures = pictures_field(
        lazy_gettext(
            "Up to %(most)s pictures (JPEG, PNG, WebP). Only you, the UPT and the offices above it see them.",
            most=MOST_PICTURES,
        )
    )


@blueprint.get("/<parcel>")
def show(number: str, token: str, parcel: str) -> BaseResponse:
    """What was reported about a parcel and answered, and the form while there is time."""
    check_order_link(number, token)
    return _page(number, token, parcel, ReportForm(formdata=None, key=str(uuid4())))


@blueprint.post("/<parcel>")
@limiter.limit(WORDS_PER_VISITOR, key_func=get_remote_address)
@accepts_uploads(MOST_BYTES_SENT)
def report(number: str, token: str, parcel: str) -> BaseResponse:
    """Take a report in; what is refused is said beside its field, and nothing is kept."""
    check_order_link(number, token)
    about = reported_parcel(reading_session(), number, parcel)
    if upload_is_too_heavy():
        form = ReportForm(formdata=None, key=str(uuid4()))
        refuse_weight(form.pictures)
        return _page(number, token, parcel, form, 422)
    form = ReportForm()
    is_valid = form.validate()
    taken = taken_in(form.pictures)
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


def _report(
    number: str, parcel: str, form: ReportForm, taken: Sequence[TakenPicture], about: ReportedParcel
) -> bool:
    def write(pictures: Sequence[Picture]) -> bool:
        written = Report(form.key.data, form.reason.data, form.body.data, pictures)
        with transaction() as session:
            return report_problem(session, number, parcel, written, actor=buyer(about.user_id), at=now())

    return keep_with(taken, "problems", write)


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
