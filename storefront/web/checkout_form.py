"""The checkout form: shape only; whether village, stock and total are right is for the services to say."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, Field, HiddenField, StringField, ValidationError
from wtforms.validators import Email, InputRequired, Length
from wtforms.widgets import DateInput

from kernel.clock import jakarta_day, now
from kernel.forms import validate_day, written_day
from storefront.web.place_form import (
    PlaceForm,
    phone_field,
    postcode_field,
    recipient_field,
    street_field,
    stripped,
    village_field,
)

_LONGEST_WAIT = timedelta(days=365)


class CheckoutForm(PlaceForm):
    """Contact and address; `checkout_key` and `seen_total`: which cart and total were on the screen."""

    email = EmailField(
        _("E-mail"),
        filters=[stripped],
        validators=[
            InputRequired(_("Please give your e-mail address: the order link is sent there.")),
            Email(_("This does not look like an e-mail address.")),
            Length(max=254, message=_("This is too long.")),
        ],
    )
    name = recipient_field()
    phone = phone_field()
    postcode = postcode_field()
    village = village_field()
    street = street_field()
    note = StringField(
        _("Note to the courier"),
        filters=[stripped],
        validators=[Length(max=300, message=_("Please write at most 300 letters."))],
    )
    wanted_by = StringField(
        _("Wanted by"),
        validators=[validate_day],
        widget=DateInput(),
        description=_("The day by which you need it. The promised days below do not change by it."),
    )
    save_address = BooleanField(_("Keep this address in my address book"))
    checkout_key = HiddenField()
    seen_total = HiddenField()

    def validate_wanted_by(self, field: Field) -> None:
        """From tomorrow on, a year ahead at most: something sold today cannot be there today."""
        day, today = written_day(field), jakarta_day(now())
        if day is not None and not today < day <= today + _LONGEST_WAIT:
            raise ValidationError(gettext("Choose a day from tomorrow on, a year from now at most."))

    @property
    def wanted_day(self) -> date | None:
        """By when it is wanted; None where that is not said, or not a day to want it by."""
        try:
            return None if self.wanted_by.errors else written_day(self.wanted_by)
        except ValidationError:  # a form that only asks for the shipping is not checked
            return None

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
