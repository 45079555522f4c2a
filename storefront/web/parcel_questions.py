"""Asking the UPT about a parcel: a page of the order, opened by the order's own link."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, flash, make_response, redirect
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import keep_private, sentence, status_of, to
from orders.errors import MessageRefused, ThreadBusy, ThreadFull, WrongState
from orders.queries.parcel_questions import ParcelQuestion, parcel_question
from orders.rules.enquiries import LONGEST_MESSAGE
from orders.services.parcel_asking import ask_about_parcel
from orders.web.enquiries import DONE
from orders.web.order_access import check_order_link
from storefront.web.enquiries import WORDS_PER_VISITOR
from storefront.web.enquiry_forms import ReplyForm
from storefront.web.order_door import buyer
from storefront.web.visitor import render_page

blueprint = Blueprint("parcel_questions", __name__, url_prefix="/pesanan/<number>/<token>/tanya")


@blueprint.get("/<parcel>")
def show(number: str, token: str, parcel: str) -> Response:
    """What was asked about a parcel and answered, and the form to ask."""
    check_order_link(number, token)
    return _page(number, token, parcel, ReplyForm(formdata=None, key=str(uuid4())))


@blueprint.post("/<parcel>")
@limiter.limit(WORDS_PER_VISITOR, key_func=get_remote_address)
def write(number: str, token: str, parcel: str) -> Response:
    """Put the buyer's words to the UPT; what is refused is said beside the field."""
    check_order_link(number, token)
    question = parcel_question(reading_session(), number, parcel)
    form = ReplyForm()
    if not form.validate():
        return _page(number, token, parcel, form, 422)
    writer = buyer(question.user_id)
    try:
        with transaction() as session:
            is_new = ask_about_parcel(
                session, number, parcel, form.body.data, key=form.key.data, actor=writer, at=now()
            )
    except (MessageRefused, ThreadBusy, ThreadFull, WrongState) as refusal:
        form.body.errors = (sentence(refusal),)
        return _page(number, token, parcel, form, status_of(refusal))
    if is_new:
        flash(_("Sent. The answer comes to this page and by mail."), "good")
    else:
        flash(_("This was sent already; nothing was done twice."), "info")
    return redirect(to(f"/pesanan/{number}/{token}/tanya/{parcel}"), 303)


def _page(number: str, token: str, parcel: str, form: ReplyForm, status: int = 200) -> Response:
    question: ParcelQuestion = parcel_question(reading_session(), number, parcel)
    page = render_page(
        "storefront/orders/question.html",
        question=question,
        number=number,
        token=token,
        form=form,
        done=DONE,
        most=LONGEST_MESSAGE,
    )
    return keep_private(make_response(page, status))
