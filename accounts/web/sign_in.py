"""Signing in and out."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from accounts.errors import WrongCredentials
from accounts.services.passwords import LONGEST_PASSWORD, Passwords
from accounts.services.signing_in import check_credentials, end_sessions
from accounts.web.limits import (
    GUESSES_PER_ACCOUNT,
    GUESSES_PER_ADDRESS,
    account_key,
    forget_guesses,
    limiter,
)
from accounts.web.session import SignedIn, current_actor, current_user_id, forget_session, start_session
from kernel.db import transaction
from kernel.web import sentence, to

blueprint = Blueprint("sign_in", __name__)

STAFF_HOME = "/staff"
_SHOP = "/"


class SignInForm(FlaskForm):
    """E-mail address and password; `next` is the page that was asked for."""

    class Meta:
        csrf = False

    email = EmailField(
        _("E-mail address"),
        [
            InputRequired(_("Please enter your e-mail address.")),
            Length(max=254, message=_("This is too long.")),
        ],
    )
    password = PasswordField(
        _("Password"),
        [
            InputRequired(_("Please enter your password.")),
            Length(max=LONGEST_PASSWORD, message=_("This is too long.")),
        ],
    )
    next = HiddenField()


@blueprint.get("/staff/masuk")
def sign_in() -> str | Response:
    """The sign-in form; an officer who is signed in already goes on to their work."""
    if current_actor().is_staff:
        return redirect(_landing(request.args.get("next")), 303)
    return _page(SignInForm(formdata=None, next=request.args.get("next", "")))


@blueprint.post("/staff/masuk")
@limiter.limit(GUESSES_PER_ADDRESS, key_func=get_remote_address)
@limiter.limit(GUESSES_PER_ACCOUNT, key_func=account_key)
def sign_in_now() -> str | Response | tuple[str, int]:
    """Check the password and begin a session; every refusal of it reads the same."""
    form = SignInForm()
    if not form.validate():
        return _page(form), 422
    passwords: Passwords = current_app.extensions["passwords"]
    try:
        with transaction() as session:
            user = check_credentials(session, form.email.data, form.password.data, passwords=passwords)
            signed_in = SignedIn(user)
    except WrongCredentials as error:
        form.form_errors.append(sentence(error))
        return _page(form), 422
    forget_guesses()
    start_session(signed_in)
    return redirect(_landing(form.next.data), 303)


@blueprint.post("/staff/keluar")
def sign_out() -> Response:
    """End every session of the user, and have the browser forget what it keeps of this site."""
    user_id = current_user_id()
    if user_id is not None:
        with transaction() as session:
            end_sessions(session, user_id)
    forget_session()
    response = redirect(url_for("sign_in.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form)


def _landing(wanted: str | None) -> str:
    """Where to go after signing in: the page asked for when it is one of ours, else where the work is."""
    return _own_page(wanted or "") or to(STAFF_HOME if current_actor().is_staff else _SHOP)


def _own_page(wanted: str) -> str | None:
    """The address of our own page that `wanted` names, built anew from its route; None for anything else."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    routes = current_app.create_url_adapter(request)
    if routes is None:
        return None
    try:
        endpoint, values = routes.match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    query = urlencode(parse_qsl(parts.query))
    return url_for(endpoint, **values) + (f"?{query}" if query else "")
