"""Signing in, in the two steps all doors share: the password, then the code for those who have an app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask import redirect, request, url_for
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from accounts.errors import CodeWrong, WrongCredentials
from accounts.queries import SessionRow
from accounts.services.overseeing import step_out
from accounts.services.passwords import LONGEST_PASSWORD
from accounts.services.second_factors import check_code, has_second_factor
from accounts.services.sessions import close_session, note_sign_in, open_session
from accounts.services.signing_in import check_credentials
from accounts.web.landing import own_page
from accounts.web.limits import account_key, forget_guesses
from accounts.web.session import (
    await_code,
    current_actor,
    current_session,
    current_user_id,
    forget_session,
    passwords,
    sealer,
    start_session,
    this_device,
    waiting_session,
)
from kernel.clock import now
from kernel.db import transaction
from kernel.web import sentence

LONGEST_EMAIL = 254
_NEXT = "next"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: the endpoints of its two steps, its pages, and where it leads when nothing was asked for.

    `render(template, **values)` makes a page in the frame of the door.
    """

    password_step: str
    code_step: str
    password_page: str
    code_page: str
    home: Callable[[], str]
    render: Callable[..., str]


class SignInForm(FlaskForm):
    """E-mail address and password; `next` is the page that was asked for."""

    class Meta:
        csrf = False

    email = EmailField(
        _("E-mail address"),
        [
            InputRequired(_("Please enter your e-mail address.")),
            Length(max=LONGEST_EMAIL, message=_("This is too long.")),
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


class CodeForm(FlaskForm):
    """The code of the authenticator app, or a recovery code."""

    class Meta:
        csrf = False

    code = StringField(
        _("Code"),
        [
            InputRequired(_("Please enter the code.")),
            Length(max=40, message=_("This is too long.")),
        ],
        description=_("Six digits from your authenticator app, or one of your recovery codes."),
    )


def show_password_step(door: Door) -> str:
    """The form for address and password."""
    wanted = request.args.get("next", "")
    return door.render(door.password_page, form=SignInForm(formdata=None, next=wanted))


def take_password(door: Door) -> str | Response | tuple[str, int]:
    """Check the password and begin a session, or ask for the code; every refusal of it reads the same."""
    form = SignInForm()
    if not form.validate():
        return door.render(door.password_page, form=form), 422
    try:
        with transaction() as session:
            user = check_credentials(session, form.email.data, form.password.data, passwords=passwords())
            waits = has_second_factor(session, user.id)
            at = now()
            key = open_session(session, user.id, device=this_device(), waits_for_code=waits, at=at)
            if not waits:
                note_sign_in(session, user.id, "signed_in", device=this_device(), at=at)
    except WrongCredentials as error:
        form.form_errors.append(sentence(error))
        return door.render(door.password_page, form=form), 422
    wanted = own_page(form.next.data)
    forget_guesses()
    leave_other_session()
    if waits:
        await_code(key, account_key())
        flask.session[_NEXT] = wanted
        return redirect(url_for(door.code_step), 303)
    start_session(key)
    return redirect(wanted or door.home(), 303)


def show_code_step(door: Door) -> str | Response:
    """The form for the code; without a session that waits for one, back to the first step."""
    waiting = waiting_session()
    if waiting is None:
        return redirect(url_for(door.password_step), 303)
    return _code_page(door, CodeForm(formdata=None), waiting)


def take_code(door: Door) -> str | Response | tuple[str, int]:
    """Check the code: the session that waited ends, and another one begins under a key of its own."""
    waiting = waiting_session()
    if waiting is None:
        return redirect(url_for(door.password_step), 303)
    form = CodeForm()
    if not form.validate():
        return _code_page(door, form, waiting), 422
    try:
        with transaction() as session:
            at = now()
            check_code(session, waiting.user_id, form.code.data, sealer=sealer(), at=at)
            close_session(session, waiting.user_id, waiting.id)
            key = open_session(session, waiting.user_id, device=this_device(), at=at)
            note_sign_in(session, waiting.user_id, "signed_in", device=this_device(), at=at)
    except CodeWrong as error:
        with transaction() as session:
            note_sign_in(session, waiting.user_id, "code_refused", device=this_device(), at=now())
        form.code.errors = [sentence(error)]
        return _code_page(door, form, waiting), 422
    wanted = own_page(flask.session.get(_NEXT))
    forget_guesses()
    start_session(key)
    return redirect(wanted or door.home(), 303)


def leave_other_session() -> None:
    """End the session that this browser had, if it had one: nobody comes back to it.

    Whoever stood in for a UPT stops that first.
    """
    user_id = current_user_id()
    if user_id is None:
        return
    signed_in = current_session()
    stood_in_as = current_actor() if signed_in.stands_in else None
    with transaction() as session:
        if stood_in_as:
            step_out(session, signed_in.session_id, actor=stood_in_as, at=now())
        close_session(session, user_id, signed_in.session_id)


def sign_out() -> None:
    """End the session at hand, and have the browser forget its cookie."""
    leave_other_session()
    forget_session()


def _code_page(door: Door, form: CodeForm, waiting: SessionRow) -> str:
    return door.render(door.code_page, form=form, is_sample=waiting.is_sample)
