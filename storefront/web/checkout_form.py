"""The checkout form: shape only; whether village, stock and total are right is for the services to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, Regexp, ValidationError

from accounts.regions import Village

_PHONE_NOISE = re.compile(r"[\s().-]")
_PHONE = re.compile(r"\+?[0-9]{8,15}", re.ASCII)


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _digits(value: str | None) -> str | None:
    return _PHONE_NOISE.sub("", value) if value else value


class CheckoutForm(FlaskForm):
    """Contact and address; `checkout_key` and `seen_total`: which cart and total were on the screen."""

    class Meta:
        csrf = False

    email = EmailField(
        _("E-mail"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please give your e-mail address: the order link is sent there.")),
            Email(_("This does not look like an e-mail address.")),
            Length(max=254, message=_("This is too long.")),
        ],
    )
    name = StringField(
        _("Recipient"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please say who receives the parcels.")),
            Length(min=2, max=100, message=_("Please write between 2 and 100 letters.")),
        ],
    )
    phone = TelField(
        _("Phone number"),
        filters=[_digits],
        validators=[
            InputRequired(_("Please give a phone number: the courier calls it.")),
            Regexp(_PHONE, message=_("Please write 8 to 15 digits, like 081234567890.")),
        ],
    )
    postcode = StringField(
        _("Postcode"),
        filters=[_stripped],
        validators=[InputRequired(_("Please give the five digits of the postcode."))],
    )
    village = SelectField(_("Village"), choices=[], validate_choice=False)
    street = TextAreaField(
        _("Street, number, RT/RW"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please give the street and the number.")),
            Length(min=5, max=300, message=_("Please write between 5 and 300 letters.")),
        ],
    )
    note = StringField(
        _("Note to the courier"),
        filters=[_stripped],
        validators=[Length(max=300, message=_("Please write at most 300 letters."))],
    )
    checkout_key = HiddenField()
    seen_total = HiddenField()

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

    @property
    def regency_code(self) -> str | None:
        """Where the parcels go as far as shipping is concerned: known from most postcodes alone."""
        chosen = [self.chosen_village] if self.chosen_village else self.villages
        codes = {village.regency_code for village in chosen}
        return codes.pop() if len(codes) == 1 else None

    @property
    def seen_rupiah(self) -> int | None:
        """The total that was on the screen, None if there was none or it is no number."""
        text = self.seen_total.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,13}", text, re.ASCII) else None

    def validate_postcode(self, _field: Field) -> None:
        """A postcode is right when some village has it."""
        if not self.villages:
            raise ValidationError(_("There is no such postcode. It has five digits, like 40111."))

    def validate_village(self, _field: Field) -> None:
        """The village must be one of the postcode's."""
        if self.villages and self.chosen_village is None:
            raise ValidationError(_("Please choose the village."))
