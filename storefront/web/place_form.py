"""The fields of a place that parcels are sent to, and the villages its postcode leaves to choose from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from accounts.regions import Village
from accounts.rules import LONGEST_RECIPIENT, LONGEST_STREET

_PHONE_NOISE = re.compile(r"[\s().-]")
_PHONE = re.compile(r"\+?[0-9]{8,15}", re.ASCII)


def stripped(value: str | None) -> str | None:
    """What was typed without the blanks around it."""
    return value.strip() if value else value


def _digits(value: str | None) -> str | None:
    return _PHONE_NOISE.sub("", value) if value else value


def recipient_field() -> StringField:
    """Who receives the parcels."""
    return StringField(
        _("Recipient"),
        filters=[stripped],
        validators=[
            InputRequired(_("Please say who receives the parcels.")),
            Length(min=2, max=LONGEST_RECIPIENT, message=_("Please write between 2 and 100 letters.")),
        ],
    )


def phone_field() -> TelField:
    """The number the courier calls."""
    return TelField(
        _("Phone number"),
        filters=[_digits],
        validators=[
            InputRequired(_("Please give a phone number: the courier calls it.")),
            Regexp(_PHONE, message=_("Please write 8 to 15 digits, like 081234567890.")),
        ],
    )


def postcode_field() -> StringField:
    """Five digits, which say where the village lies."""
    return StringField(
        _("Postcode"),
        filters=[stripped],
        validators=[InputRequired(_("Please give the five digits of the postcode."))],
    )


def village_field() -> SelectField:
    """One of the postcode's villages."""
    return SelectField(_("Village"), choices=[], validate_choice=False)


def street_field() -> TextAreaField:
    """The street with the number."""
    return TextAreaField(
        _("Street, number, RT/RW"),
        filters=[stripped],
        validators=[
            InputRequired(_("Please give the street and the number.")),
            Length(min=5, max=LONGEST_STREET, message=_("Please write between 5 and 300 letters.")),
        ],
    )


class PlaceForm(FlaskForm):
    """A form with the fields `postcode` and `village`: the villages to choose from, and the one chosen."""

    class Meta:
        csrf = False

    def __init__(self, *args: Any, villages: Sequence[Village] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.villages = villages
        self.village.flags.required = True
        self.village.choices = [
            SelectChoice(village.code, f"{village.name}, {village.district}, {village.regency}")
            for village in villages
        ]
        if len(villages) == 1:
            self.village.data = villages[0].code
        else:
            self.village.choices.insert(0, SelectChoice("", str(_("Choose the village"))))

    @property
    def chosen_village(self) -> Village | None:
        """The village of the address, if one of the postcode's is chosen."""
        return next((village for village in self.villages if village.code == self.village.data), None)

    def check_postcode(self) -> bool:
        """Look at the postcode alone: the other fields may still be empty."""
        valid: bool = self.postcode.validate(self, [type(self).validate_postcode])
        return valid

    def validate_postcode(self, _field: Field) -> None:
        """A postcode is right when some village has it."""
        if not self.villages:
            raise ValidationError(_("There is no such postcode. It has five digits, like 40111."))

    def validate_village(self, _field: Field) -> None:
        """The village must be one of the postcode's."""
        if self.villages and self.chosen_village is None:
            raise ValidationError(_("Please choose the village."))
