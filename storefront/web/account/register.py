"""Becoming a customer: the form, the mail that is on its way, and the link in it."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from accounts.errors import WrongCredentials
from accounts.rules import CUSTOMER, Actor
from accounts.services.links import find_link
from accounts.services.registering import ask_registration, complete_registration
from accounts.services.sessions import open_session
from accounts.web.doors import leave_other_session
from accounts.web.limits import guesses_at_link, sends_mail
from accounts.web.session import current_user_id, passwords, start_session, this_device
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.web import to
from orders.services.joining import join_orders
from storefront.web.account.fields import email_field, name_field, new_password_field, password_field
from storefront.web.account.private import private
from storefront.web.account.sign_in import home
from storefront.web.visitor import render_page

blueprint = Blueprint("register", __name__)


class RegisterForm(FlaskForm):
    """Who wants an account."""

    class Meta:
        csrf = False

    name = name_field()
    email = email_field(_("E-mail address"))
    password = new_password_field(_("Password"))


class ConfirmForm(FlaskForm):
    """The password chosen at the registration, once more."""

    class Meta:
        csrf = False

    password = password_field(_("The password you chose"))


@blueprint.get("/daftar")
def register() -> str | Response:
    """The form for an account; who is signed in has one."""
    if current_user_id() is not None:
        return redirect(home(), 303)
    return render_page("storefront/account/register.html", form=RegisterForm(formdata=None))


@blueprint.post("/daftar")
@sends_mail
def register_now() -> Response | tuple[str, int]:
    """Have the mail with the link sent; the answer is the same for an address that has an account."""
    form = RegisterForm()
    if not form.validate():
        return render_page("storefront/account/register.html", form=form), 422
    with transaction() as session:
        ask_registration(
            session,
            form.email.data,
            form.name.data,
            form.password.data,
            locale=locale_code(),
            passwords=passwords(),
            at=now(),
        )
    return redirect(to("/daftar/surel"), 303)


@blueprint.get("/daftar/surel")
def mail_sent() -> str:
    """What to do now: open the link in the mail."""
    return render_page("storefront/account/mail_sent.html", purpose="register")


@blueprint.get("/daftar/konfirmasi/<token>")
@private
def confirm(token: str) -> str:
    """The page of the link: it does nothing by itself, for programs open links too. Raises LinkGone."""
    find_link(reading_session(), "register", token, at=now())
    return render_page("storefront/account/confirm.html", form=ConfirmForm(formdata=None))


@blueprint.post("/daftar/konfirmasi/<token>")
@guesses_at_link
@private
def confirm_now(token: str) -> Response | tuple[str, int]:
    """Make the account and sign its owner in. Raises LinkGone."""
    form = ConfirmForm()
    if form.validate():
        try:
            with transaction() as session:
                at = now()
                user = complete_registration(session, token, form.password.data, passwords=passwords(), at=at)
                owner = Actor(CUSTOMER.label, user.id)
                join_orders(session, user_id=user.id, email=user.email, actor=owner, at=at)
                key = open_session(session, user.id, device=this_device(), at=at)
        except WrongCredentials:
            form.password.errors = [_("This is not the password of this registration.")]
        else:
            leave_other_session()
            start_session(key)
            return redirect(home(), 303)
    return render_page("storefront/account/confirm.html", form=form), 422
