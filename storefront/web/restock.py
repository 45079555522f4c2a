"""Being told when something is back: asked for on the product's page, confirmed and stopped by a link."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, StringField
from wtforms.validators import Email, InputRequired, Length

from accounts.queries import email_of
from accounts.web.limits import limiter
from inventory.errors import BackAlready, WaitsForTooMuch
from inventory.links import restock_key_of
from inventory.queries.restock import restock_of_key
from inventory.services.restocking import ask_restock, confirm_restock, stop_own_restock, stop_restock
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import locale_code
from kernel.web import config, keep_private, sentence, status_of, to
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.place_form import stripped
from storefront.web.visitor import render_page, visiting_user_id

blueprint = Blueprint("restock", __name__)

REQUESTS_PER_VISITOR = "30 per hour"


class RestockForm(FlaskForm):
    """Which variant, and under which address: a signed-in person's own needs not be typed."""

    class Meta:
        csrf = False

    sku = StringField(validators=[InputRequired(lazy_gettext("Choose one from the list."))])
    email = EmailField(
        lazy_gettext("E-mail"),
        filters=[stripped],
        validators=[
            InputRequired(lazy_gettext("Please give your e-mail address: we write to it once it is back.")),
            Length(max=254, message=lazy_gettext("This is too long.")),
            Email(lazy_gettext("This does not look like an e-mail address.")),
        ],
    )


@blueprint.post("/produk/<slug>/kabari")
@limiter.limit(REQUESTS_PER_VISITOR, key_func=get_remote_address)
def ask(slug: str) -> Response:
    """Note that a visitor wants to be told; what is refused is said on a page of its own."""
    user_id = visiting_user_id()
    form = RestockForm() if user_id is None else _own_form(user_id)
    if not form.validate():
        return make_response(_ask_page(slug, form, is_signed_in=user_id is not None), 422)
    try:
        with transaction() as session:
            ask_restock(
                session,
                form.sku.data,
                user_id=user_id,
                email=form.email.data,
                locale=locale_code(),
                at=now(),
            )
    except BackAlready as refusal:
        flash(sentence(refusal), "good")
        return make_response(redirect(to(f"/produk/{slug}"), 303))
    except WaitsForTooMuch as refusal:
        page = _ask_page(slug, form, is_signed_in=True, refusal=sentence(refusal))
        return make_response(page, status_of(refusal))
    if user_id is None:
        flash(
            _(
                "Please look into your mailbox and confirm there that we may tell you. If no mail comes, this"
                " address has asked for as much as it may: answer our earlier mails first."
            ),
            "good",
        )
    else:
        flash(_("We will tell you by mail as soon as it is back."), "good")
    return make_response(redirect(to(f"/produk/{slug}"), 303))


@blueprint.get("/kabari/<token>")
def show(token: str) -> Response:
    """What a link is about and how it stands, with its buttons: programs follow links, they press none."""
    return _request_page(token)


@blueprint.post("/kabari/<token>")
def decide(token: str) -> Response:
    """Confirm the request, or stop it."""
    key = _key(token)
    wants_it = "confirm" in request.form
    try:
        with transaction() as session:
            if wants_it:
                confirm_restock(session, key, at=now())
            else:
                stop_restock(session, key, at=now())
    except BackAlready as refusal:
        return _request_page(token, refusal)
    return make_response(redirect(to(f"/kabari/{token}"), 303))


@blueprint.post("/akun/keinginan/kabari/<uuid:key>/berhenti")
@customer_page
def stop_own(key: UUID) -> Response:
    """A signed-in person no longer waits."""
    with transaction() as session:
        stop_own_restock(session, key, user_id=signed_in_id(), at=now())
    flash(_("We will not tell you about it."), "good")
    return make_response(redirect(to("/akun/keinginan"), 303))


def _own_form(user_id: int) -> RestockForm:
    """The form of a signed-in person, whose address is known."""
    email = email_of(reading_session(), user_id)
    return RestockForm(MultiDict({"sku": request.form.get("sku", ""), "email": email}))


def _ask_page(slug: str, form: RestockForm, *, is_signed_in: bool, refusal: str = "") -> str:
    return render_page(
        "storefront/restock/ask.html", slug=slug, form=form, is_signed_in=is_signed_in, refusal=refusal
    )


def _request_page(token: str, refusal: DomainError | None = None) -> Response:
    wanted = restock_of_key(reading_session(), _key(token))
    page = render_page("storefront/restock/request.html", wanted=wanted, token=token, refusal=refusal)
    answer = make_response(page, status_of(refusal) if refusal else 200)
    return keep_private(answer, address_too=True)


def _key(token: str) -> UUID:
    return restock_key_of(token, secret_key=config().secret_key)
