"""The link of an invitation: which role in which office, and taking it up."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from accounts.errors import NameInvalid, PasswordGuessable, WrongCredentials
from accounts.queries.officers import place_name
from accounts.services.officers import accept, find_invitation
from accounts.services.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, check_choice
from accounts.services.registering import LONGEST_NAME, check_name
from accounts.web.guards import View
from accounts.web.limits import forget_guesses, guesses_at_link
from accounts.web.roles import ROLES
from accounts.web.session import forget_session, passwords
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.web import keep_private, sentence, to

blueprint = Blueprint("invitations", __name__)


def _name_is_good(_form: Form, field: Field) -> None:
    try:
        check_name(field.data)
    except DomainError as refusal:
        raise ValidationError(sentence(refusal)) from refusal


def _password_is_good(form: Form, field: Field) -> None:
    try:
        check_choice(field.data, about=[(form["name"].data or "")[:LONGEST_NAME]])
    except DomainError as refusal:
        raise ValidationError(sentence(refusal)) from refusal


class NewOfficerForm(FlaskForm):
    """Somebody who has no account yet."""

    class Meta:
        csrf = False

    name = StringField(
        _("Your name"),
        [InputRequired(_("Please enter your name.")), _name_is_good],
        render_kw={"maxlength": LONGEST_NAME},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Please enter a password.")), _password_is_good],
        render_kw={"maxlength": LONGEST_PASSWORD},
        description=_(
            "At least %(least)s characters. Four words that have nothing to do with each other are good.",
            least=SHORTEST_PASSWORD,
        ),
    )


class KnownOfficerForm(FlaskForm):
    """Somebody who has an account: its password."""

    class Meta:
        csrf = False

    password = PasswordField(
        _("The password of your account"),
        [
            InputRequired(_("Please enter your password.")),
            Length(max=LONGEST_PASSWORD, message=_("This is too long.")),
        ],
    )


def _behind_link(view: View) -> View:
    """Keep what a view shows out of caches, and its address, which is a secret, out of other pages' hands."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        return keep_private(make_response(view(*args, **kwargs)), address_too=True)

    return guarded


@blueprint.get("/undangan/<token>")
@_behind_link
def invitation(token: str) -> str:
    """The page of the link: it does nothing by itself, for programs open links too. Raises LinkGone."""
    return _page(token, None)


@blueprint.post("/undangan/<token>")
@guesses_at_link
@_behind_link
def take_up(token: str) -> BaseResponse | tuple[str, int]:
    """Take up the role; then one signs in, with a second step that is set up at the first time.

    Raises LinkGone.
    """
    form = _form(token)
    if not form.validate():
        return _page(token, form), 422
    name = form.name.data if isinstance(form, NewOfficerForm) else ""
    try:
        with transaction() as session:
            accept(session, token, form.password.data, name=name, passwords=passwords(), at=now())
    except WrongCredentials:
        form.password.errors = [gettext("This is not the password of your account.")]
        return _page(token, form), 422
    except (PasswordGuessable, NameInvalid) as refusal:
        form.password.errors = [sentence(refusal)]
        return _page(token, form), 422
    forget_guesses()
    forget_session()
    flash(gettext("You are taken on. Sign in now; the page after that sets up your second step."), "good")
    return redirect(to("/staff/masuk"), 303)


def _form(token: str) -> NewOfficerForm | KnownOfficerForm:
    _link, user = find_invitation(reading_session(), token, at=now())
    return NewOfficerForm() if user is None else KnownOfficerForm()


def _page(token: str, form: NewOfficerForm | KnownOfficerForm | None) -> str:
    link, user = find_invitation(reading_session(), token, at=now())
    if form is None:
        form = NewOfficerForm(formdata=None) if user is None else KnownOfficerForm(formdata=None)
    return render_template(
        "accounts/invitation.html",
        form=form,
        email=link.email,
        is_new=user is None,
        role=ROLES[link.details["role"]],
        office=place_name(reading_session(), link.details["upt_id"], link.details["kanwil_id"]),
    )
