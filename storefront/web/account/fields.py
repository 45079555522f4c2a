"""Fields that the forms of an account share, each with what is said of a wrong entry."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, Field, Form, PasswordField, StringField
from wtforms.validators import Email, InputRequired, Length, ValidationError

from accounts.services.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, check_choice
from accounts.services.registering import LONGEST_NAME, check_name
from accounts.web.doors import LONGEST_EMAIL
from kernel.errors import DomainError
from kernel.web import sentence


def email_field(label: object) -> Field:
    """An e-mail address that can receive mail, as far as its spelling tells."""
    return EmailField(
        label,
        [
            InputRequired(_("Please enter your e-mail address.")),
            Length(max=LONGEST_EMAIL, message=_("This is too long.")),
            Email(_("This is not an e-mail address.")),
        ],
    )


def name_field() -> Field:
    """What a person wants to be called."""
    return StringField(
        _("Your name"),
        [
            InputRequired(_("Please enter your name.")),
            _name_is_good,
        ],
        render_kw={"maxlength": LONGEST_NAME},
    )


def new_password_field(label: object) -> Field:
    """A password that is chosen now.

    What is wrong with it is said together with what is wrong elsewhere in the form. The services look once
    more: they may know a name and an address that the form does not ask for.
    """
    return PasswordField(
        label,
        [
            InputRequired(_("Please enter a password.")),
            _password_is_good,
        ],
        render_kw={"maxlength": LONGEST_PASSWORD},
        description=_(
            "At least %(least)s characters. Four words that have nothing to do with each other are good.",
            least=SHORTEST_PASSWORD,
        ),
    )


def password_field(label: object) -> Field:
    """A password somebody has already."""
    return PasswordField(
        label,
        [
            InputRequired(_("Please enter your password.")),
            Length(max=LONGEST_PASSWORD, message=_("This is too long.")),
        ],
    )


def refuse(field: Field, refusal: DomainError) -> None:
    """Say beside a field why a service refused what was entered there."""
    field.errors = [*field.errors, sentence(refusal)]


def _name_is_good(_form: Form, field: Field) -> None:
    try:
        check_name(field.data)
    except DomainError as refusal:
        raise ValidationError(sentence(refusal)) from refusal


def _password_is_good(form: Form, field: Field) -> None:
    about = [" ".join((form[name].data or "").split()) for name in ("email", "name") if name in form]
    try:
        check_choice(field.data, about=[text[:LONGEST_EMAIL] for text in about])
    except DomainError as refusal:
        raise ValidationError(sentence(refusal)) from refusal
