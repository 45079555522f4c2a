"""What a customer wants to be told of, the consents behind it, and the link in mails that stops a kind."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField

from accounts.notices import BACK_IN_STOCK, NEWS, NOTICE_KINDS, ORDER, hashed_address, stopped_by
from accounts.services.consents import Evidence, choices_of, choose, history_of, reader_of, stop
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.web import accepts_foreign_posts, config, keep_private, to
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.visitor import render_page

blueprint = Blueprint("account_notices", __name__)

NEWS_SENTENCE = lazy_gettext(
    "Lapak may send me news by e-mail: new goods, fairs and offers, at most twice a month."
    " I can take this back at any time."
)
"""What a consent to news is given to. Another sentence needs another version in accounts.notices."""

KIND_NAMES = {
    ORDER: lazy_gettext("The course of your parcels"),
    BACK_IN_STOCK: lazy_gettext("Goods that are back"),
    NEWS: lazy_gettext("News"),
}

STOPS_PER_VISITOR = "60 per hour"


class NoticesForm(FlaskForm):
    """One box a kind; that of news is empty until its person ticks it."""

    class Meta:
        csrf = False

    order = BooleanField(lazy_gettext("Tell me when a parcel is on its way"))
    back_in_stock = BooleanField(lazy_gettext("Tell me when goods I asked for are back"))
    news = BooleanField(NEWS_SENTENCE)


@blueprint.get("/akun/pemberitahuan")
@customer_page
def notices() -> str:
    """Which mails come, which can be stopped, and what was agreed to when."""
    session, user_id = reading_session(), signed_in_id()
    return render_page(
        "storefront/account/notices.html",
        form=NoticesForm(formdata=None, data=choices_of(session, user_id)),
        history=history_of(session, user_id),
    )


@blueprint.post("/akun/pemberitahuan")
@customer_page
def choose_notices() -> BaseResponse:
    """Set what the boxes say; what is switched off stops at once."""
    form = NoticesForm()
    wanted = {kind: bool(form[kind].data) for kind in NOTICE_KINDS}
    with transaction() as session:
        has_changed = choose(session, signed_in_id(), wanted, evidence("account_page"), at=now())
    if has_changed:
        flash(
            _("Your choice is saved and holds from now on, also for mails that were about to be sent."),
            "good",
        )
    else:
        flash(_("Nothing has changed."), "info")
    return redirect(to("/akun/pemberitahuan"), 303)


@blueprint.get("/berhenti/<token>")
def stop_page(token: str) -> Response:
    """What the link of a mail stops, and the button for it: programs that follow every link stop nothing."""
    kind, key = stopped_by(token, secret_key=config().secret_key)
    session = reading_session()
    is_on = choices_of(session, reader_of(session, key))[kind]
    return _stop_page(token, kind, is_on=is_on)


@blueprint.post("/berhenti/<token>")
@accepts_foreign_posts
@limiter.limit(STOPS_PER_VISITOR, key_func=get_remote_address)
def stop_now(token: str) -> Response:
    """Stop it: by the button of the page, or that of a mail program (RFC 8058), which has no cookie."""
    kind, key = stopped_by(token, secret_key=config().secret_key)
    is_one_click = request.form.get("List-Unsubscribe") == "One-Click"
    with transaction() as session:
        stop(session, key, kind, evidence("one_click" if is_one_click else "mail_link"), at=now())
    return _stop_page(token, kind, is_on=False)


def _stop_page(token: str, kind: str, *, is_on: bool) -> Response:
    page = render_page(
        "storefront/account/stop.html", token=token, kind=kind, kind_name=KIND_NAMES[kind], is_on=is_on
    )
    return keep_private(make_response(page), address_too=True)


def evidence(channel: str) -> Evidence:
    """What proves a choice of the visitor at hand: the sentence of news in their language, and where."""
    return Evidence(
        wording=str(NEWS_SENTENCE),
        locale=locale_code(),
        channel=channel,
        ip_hash=hashed_address(request.remote_addr or "", secret_key=config().secret_key),
    )
