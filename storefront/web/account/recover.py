"""Getting into an account again: a forgotten password, and an account that was moved to another address."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from accounts.errors import PasswordGuessable
from accounts.services.links import find_link
from accounts.services.recovering import ask_reset, reset_password, take_back
from accounts.services.second_factors import has_second_factor
from accounts.web.limits import guesses_at_link, sends_mail
from accounts.web.session import forget_session, passwords
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.web import to
from storefront.web.account.fields import email_field, new_password_field, refuse
from storefront.web.account.private import private
from storefront.web.visitor import render_page

blueprint = Blueprint("recover", __name__)


class ForgottenForm(FlaskForm):
    """The address of the account."""

    class Meta:
        csrf = False

    email = email_field(_("E-mail address"))


class NewPasswordForm(FlaskForm):
    """The new password."""

    class Meta:
        csrf = False

    password = new_password_field(_("New password"))


@blueprint.get("/lupa-sandi")
def forgotten() -> str:
    """The form for the address."""
    return render_page("storefront/account/forgotten.html", form=ForgottenForm(formdata=None))


@blueprint.post("/lupa-sandi")
@sends_mail
def forgotten_now() -> Response | tuple[str, int]:
    """Have the mail sent, if there is an account; the answer is the same if there is none."""
    form = ForgottenForm()
    if not form.validate():
        return render_page("storefront/account/forgotten.html", form=form), 422
    with transaction() as session:
        ask_reset(session, form.email.data, locale=locale_code(), at=now())
    return redirect(to("/lupa-sandi/surel"), 303)


@blueprint.get("/lupa-sandi/surel")
def mail_sent() -> str:
    """What to do now: open the link in the mail."""
    return render_page("storefront/account/mail_sent.html", purpose="reset")


@blueprint.get("/atur-sandi/<token>")
@private
def reset(token: str) -> str:
    """The page of the link: it does nothing by itself, for programs open links too. Raises LinkGone."""
    find_link(reading_session(), "reset", token, at=now())
    return render_page("storefront/account/reset.html", form=NewPasswordForm(formdata=None))


@blueprint.post("/atur-sandi/<token>")
@guesses_at_link
@private
def reset_now(token: str) -> Response | tuple[str, int]:
    """Set the new password; everybody is signed out and signs in with it. Raises LinkGone."""
    form = NewPasswordForm()
    if form.validate():
        try:
            with transaction() as session:
                reset_password(session, token, form.password.data, passwords=passwords(), at=now())
        except PasswordGuessable as refusal:
            refuse(form.password, refusal)
        else:
            forget_session()
            flash(gettext("Your password is set. Sign in with it now."), "success")
            return redirect(to("/masuk"), 303)
    return render_page("storefront/account/reset.html", form=form), 422


@blueprint.get("/ambil-kembali/<token>")
@private
def take_back_page(token: str) -> str:
    """The page of the link at the address that was left: it does nothing by itself. Raises LinkGone."""
    link = find_link(reading_session(), "take_back", token, at=now())
    form = NewPasswordForm(formdata=None)
    return render_page("storefront/account/take_back.html", form=form, email=link.email)


@blueprint.post("/ambil-kembali/<token>")
@guesses_at_link
@private
def take_back_now(token: str) -> Response | tuple[str, int]:
    """Give the account its address back and a new password; everybody is signed out. Raises LinkGone."""
    form = NewPasswordForm()
    email = find_link(reading_session(), "take_back", token, at=now()).email
    if form.validate():
        try:
            with transaction() as session:
                user = take_back(session, token, form.password.data, passwords=passwords(), at=now())
                needs_code = has_second_factor(session, user.id)
        except PasswordGuessable as refusal:
            refuse(form.password, refusal)
        else:
            forget_session()
            if needs_code:
                told = gettext(
                    "The account is yours again. Sign in with the new password now; the code of your second"
                    " step is still needed."
                )
            else:
                told = gettext("The account is yours again. Sign in with the new password now.")
            flash(told, "success")
            return redirect(to("/masuk"), 303)
    return render_page("storefront/account/take_back.html", form=form, email=email), 422
