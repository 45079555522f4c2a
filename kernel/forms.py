"""Fields of forms that more than one page has."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectMultipleField, ValidationError
from wtforms.validators import Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

_FORM_KEY = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"


def form_key(*, may_be_empty: bool = False) -> HiddenField:
    """The field of a form's own key, a UUID drawn when its page is made: sent twice, the form counts once.

    One that may be empty is the key of something that the form may be about.
    """
    unread = lazy_gettext("Open this page again and try anew.")
    validators = [Optional()] if may_be_empty else []
    return HiddenField(lazy_gettext("This page"), [*validators, Regexp(_FORM_KEY, message=unread)])


class ChoicesField(SelectMultipleField):
    """Several of a list, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def written_day(field: Field) -> date | None:
    """The day of a date field as browsers send it; None for an empty one. Raises ValidationError."""
    try:
        written = (field.data or "").strip()
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise ValidationError(gettext("Choose a day, or write it as 2026-12-31.")) from error


def validate_day(_form: FlaskForm, field: Field) -> None:
    """A day, or nothing."""
    written_day(field)
