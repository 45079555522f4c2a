"""Security of the account: its name, address and password, and where it is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from accounts.errors import (
    EmailUnchanged,
    LinkGone,
    PasswordGuessable,
    PasswordUnchanged,
    WrongCredentials,
)
from accounts.queries import devices
from accounts.services.changing import ask_new_email, change_email, change_name, change_password
from accounts.services.links import find_link
from accounts.services.sessions import close_session, close_sessions, confirm_session
from accounts.services.signing_in import check_own_password
from accounts.web.guards import CONFIRM_PAGE, recently_confirmed
from accounts.web.landing import own_page
from accounts.web.limits import forget_guesses, guesses_own_password, sends_mail
from accounts.web.session import current_actor, current_session, forget_session, passwords
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import NotFound
from kernel.i18n import locale_code
from kernel.web import to
from orders.services.joining import join_orders
from storefront.web.account.fields import (
    email_field,
    name_field,
    new_password_field,
    password_field,
    refuse,
)
from storefront.web.account.guards import customer_page
from storefront.web.visitor import render_page

blueprint = Blueprint("account_security", __name__)

SECURITY = "/akun/keamanan"


class NameForm(FlaskForm):
    """Another name."""

    class Meta:
        csrf = False

    name = name_field()


class PasswordForm(FlaskForm):
    """A new password."""

    class Meta:
        csrf = False

    password = new_password_field(_("New password"))


class EmailForm(FlaskForm):
    """A new address."""

    class Meta:
        csrf = False

    email = email_field(_("New e-mail address"))


class OwnPasswordForm(FlaskForm):
    """The present password; `next` is the page that wants to be sure."""

    class Meta:
        csrf = False

    password = password_field(_("Password"))
    next = HiddenField()


@blueprint.get(SECURITY)
@customer_page
def security() -> str:
    """What guards the account, and the devices that are signed in."""
    own = current_session()
    return render_page(
        "storefront/account/security.html",
        name=own.name,
        email=own.email,
        has_second_factor=own.has_second_factor,
        here=own.session_id,
        devices=devices(reading_session(), own.user_id, at=now()),
    )


@blueprint.get(CONFIRM_PAGE)
@customer_page
def confirm() -> str:
    """Ask for the password before something that only the owner may do."""
    form = OwnPasswordForm(formdata=None, next=request.args.get("next", ""))
    return render_page("storefront/account/confirm_password.html", form=form)


@blueprint.post(CONFIRM_PAGE)
@guesses_own_password
@customer_page
def confirm_now() -> Response | tuple[str, int]:
    """Check the password and go on."""
    form, own = OwnPasswordForm(), current_session()
    if form.validate():
        try:
            with transaction() as session:
                check_own_password(session, own.user_id, form.password.data, passwords=passwords())
                confirm_session(session, own.session_id, at=now())
        except WrongCredentials:
            form.password.errors = [gettext("This is not your password.")]
        else:
            forget_guesses()
            return redirect(own_page(form.next.data) or to(SECURITY), 303)
    return render_page("storefront/account/confirm_password.html", form=form), 422


@blueprint.get(f"{SECURITY}/nama")
@customer_page
def name() -> str:
    """The form for another name."""
    form = NameForm(formdata=None, name=current_session().name)
    return render_page("storefront/account/name.html", form=form)


@blueprint.post(f"{SECURITY}/nama")
@customer_page
def name_now() -> Response | tuple[str, int]:
    """Call the person by another name from now on; what was ordered or issued before keeps the old one."""
    form, own = NameForm(), current_session()
    if form.validate():
        with transaction() as session:
            change_name(session, own.user_id, form.name.data, actor=current_actor(), at=now())
        flash(gettext("Your name is changed."), "success")
        return redirect(to(SECURITY), 303)
    return render_page("storefront/account/name.html", form=form), 422


@blueprint.get(f"{SECURITY}/sandi")
@customer_page
@recently_confirmed
def new_password() -> str:
    """The form for a new password."""
    return render_page("storefront/account/password.html", form=PasswordForm(formdata=None))


@blueprint.post(f"{SECURITY}/sandi")
@customer_page
@recently_confirmed
def new_password_now() -> Response | tuple[str, int]:
    """Change the password; the other devices are signed out."""
    form, own = PasswordForm(), current_session()
    if form.validate():
        try:
            with transaction() as session:
                change_password(
                    session,
                    own.user_id,
                    form.password.data,
                    keep=own.session_id,
                    passwords=passwords(),
                    actor=current_actor(),
                    at=now(),
                )
        except (PasswordGuessable, PasswordUnchanged) as refusal:
            refuse(form.password, refusal)
        else:
            flash(gettext("Your password is changed, and your other devices are signed out."), "success")
            return redirect(to(SECURITY), 303)
    return render_page("storefront/account/password.html", form=form), 422


@blueprint.get(f"{SECURITY}/surel")
@customer_page
@recently_confirmed
def new_email() -> str:
    """The form for a new address."""
    form = EmailForm(formdata=None)
    return render_page("storefront/account/email.html", form=form, email=current_session().email)


@blueprint.post(f"{SECURITY}/surel")
@sends_mail
@customer_page
@recently_confirmed
def new_email_now() -> Response | tuple[str, int]:
    """Have a link mailed to the new address; the answer is the same if somebody has it."""
    form, own = EmailForm(), current_session()
    if form.validate():
        try:
            with transaction() as session:
                ask_new_email(session, own.user_id, form.email.data, locale=locale_code(), at=now())
        except EmailUnchanged as refusal:
            refuse(form.email, refusal)
        else:
            flash(
                gettext("We have sent a link to the new address. Open it, and the address is changed."),
                "success",
            )
            return redirect(to(SECURITY), 303)
    return render_page("storefront/account/email.html", form=form, email=own.email), 422


@blueprint.get(f"{SECURITY}/surel/<token>")
@customer_page
def take_email(token: str) -> str:
    """The page of the link: it does nothing by itself. Raises LinkGone, for another's link too."""
    link = find_link(reading_session(), "change_email", token, at=now())
    if link.user_id != current_session().user_id:
        raise LinkGone
    return render_page("storefront/account/take_email.html", email=link.email)


@blueprint.post(f"{SECURITY}/surel/<token>")
@customer_page
def take_email_now(token: str) -> Response:
    """Take the new address, and the orders a guest placed with it. Raises LinkGone."""
    own, actor = current_session(), current_actor()
    with transaction() as session:
        at = now()
        user = change_email(session, own.user_id, token, keep=own.session_id, actor=actor, at=at)
        join_orders(session, user_id=user.id, email=user.email, actor=actor, at=at)
    flash(gettext("Your address is changed."), "success")
    return redirect(to(SECURITY), 303)


@blueprint.post(f"{SECURITY}/sesi/<uuid:session_id>/keluar")
@customer_page
def close(session_id: UUID) -> Response:
    """Sign one device out. Raises NotFound for another's, which looks like one that never was."""
    own = current_session()
    with transaction() as session:
        if not close_session(session, own.user_id, session_id):
            raise NotFound
    if session_id == own.session_id:
        forget_session()
        return redirect(to("/"), 303)
    flash(gettext("The device is signed out."), "success")
    return redirect(to(SECURITY), 303)


@blueprint.post(f"{SECURITY}/keluar-semua")
@customer_page
def close_all() -> Response:
    """Sign every device out, this one too."""
    with transaction() as session:
        close_sessions(session, current_session().user_id)
    forget_session()
    flash(gettext("You are signed out everywhere."), "success")
    return redirect(to("/"), 303)
