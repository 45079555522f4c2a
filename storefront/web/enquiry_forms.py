"""The forms of enquiries: their shape; whether a slot has places left is for the services to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp, ValidationError

from inventory.queries.terms import Terms
from kernel.clock import now
from kernel.forms import form_key
from kernel.i18n import hours, province_zone, weekday_date
from kernel.web import sentence
from orders.errors import MessageRefused
from orders.queries.slots import SlotDay
from orders.rules.enquiries import LONGEST_MESSAGE, MOST_PEOPLE, MOST_QUANTITY
from orders.rules.screening import holds_control, seeks_contact
from orders.services.enquiring import WantedSlot

_PHONE_NOISE = re.compile("[ \u00a0().-]")
_PHONE = re.compile(r"\+?[0-9]{8,15}\Z", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_FURTHEST = timedelta(days=3 * 366)


def _stripped(value: str | None) -> str:
    return value.strip().replace("\r\n", "\n") if value else ""


def _digits(value: str | None) -> str:
    return _PHONE_NOISE.sub("", value.strip()) if value else ""


def _on_one_line(_form: FlaskForm, field: Field) -> None:
    """What is written on one line, and seeks contact with nobody who is held."""
    written = field.data or ""
    if holds_control(written):
        raise ValidationError(gettext("Please type this anew on one line, without invisible signs."))
    if seeks_contact(written):
        raise ValidationError(sentence(MessageRefused()))


def _words(label: object, missing: object, *, most: int, rows: int = 5) -> TextAreaField:
    needed = [InputRequired(missing)] if missing else [Optional()]
    too_long = _("Please write at most %(most)s characters.", most=most)
    return TextAreaField(
        label,
        filters=[_stripped],
        validators=[*needed, Length(max=most, message=too_long)],
        render_kw={"rows": rows, "maxlength": most},
    )


class AskForm(FlaskForm):
    """Who asks, and their words. `key` is the page's own; `website` is for machines: people do not see it."""

    class Meta:
        csrf = False

    key = HiddenField()
    name = StringField(
        _("Your name"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please tell us your name.")),
            Length(min=2, max=100, message=_("Please write between 2 and 100 letters.")),
            _on_one_line,
        ],
    )
    email = EmailField(
        _("E-mail"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please give your e-mail address: the answer is sent there.")),
            Email(_("This does not look like an e-mail address.")),
            Length(max=254, message=_("This is too long.")),
            _on_one_line,
        ],
    )
    phone = TelField(
        _("Phone number"),
        filters=[_digits],
        validators=[
            Optional(),
            Regexp(_PHONE, message=_("Please write 8 to 15 digits, like 081234567890.")),
        ],
    )
    body = _words(_("Message"), _("Please write what you would like to know."), most=LONGEST_MESSAGE)
    website = StringField(
        _("Leave this field empty"), validators=[Length(max=0, message=_("Leave it empty."))]
    )

    @property
    def order(self) -> Sequence[Field]:
        """The fields that people see, in the order they are asked."""
        return (self.body, self.name, self.email, self.phone)


class QuestionForm(AskForm):
    """A question about goods, or a request for some that cannot be ordered by cart."""

    quantity = StringField(_("How many"), filters=[_stripped], render_kw={"maxlength": 9})
    wanted_on = StringField(_("Wanted by"), filters=[_stripped])

    def validate_quantity(self, field: Field) -> None:
        """A whole number if there is one."""
        _check_whole(field, most=MOST_QUANTITY)

    def validate_wanted_on(self, field: Field) -> None:
        """A day that is still to come, if there is one."""
        _check_day(field)

    @property
    def order(self) -> Sequence[Field]:
        """The fields that people see."""
        return (self.body, self.quantity, self.wanted_on, self.name, self.email, self.phone)


class ExportForm(QuestionForm):
    """What a buyer in bulk wants: how much, where to, by when."""

    quantity = StringField(
        _("Quantity"),
        filters=[_stripped],
        validators=[InputRequired(_("Please say how many you need."))],
        render_kw={"maxlength": 9},
    )
    unit = StringField(
        _("Unit"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please say of which unit: rolls, sheets, containers...")),
            Length(max=40, message=_("This is too long.")),
            _on_one_line,
        ],
    )
    destination = StringField(
        _("Destination country and port"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please say to which country and port.")),
            Length(min=2, max=120, message=_("Please write between 2 and 120 letters.")),
            _on_one_line,
        ],
    )
    company = StringField(
        _("Company"),
        filters=[_stripped],
        validators=[
            InputRequired(_("Please name your company.")),
            Length(min=2, max=120, message=_("Please write between 2 and 120 letters.")),
            _on_one_line,
        ],
    )

    @property
    def order(self) -> Sequence[Field]:
        """The fields that people see."""
        return (
            *(self.quantity, self.unit, self.destination, self.wanted_on),
            *(self.company, self.name, self.email, self.phone, self.body),
        )


class BookingForm(AskForm):
    """A slot on a day, and for how many people."""

    slot = SelectField(_("When"), choices=[], validate_choice=False)
    people = StringField(
        _("How many people"),
        filters=[_stripped],
        validators=[InputRequired(_("Please say how many people come."))],
        render_kw={"maxlength": 2},
    )
    phone = TelField(
        _("Phone number"),
        filters=[_digits],
        validators=[
            InputRequired(_("Please give a phone number: the institution calls it when something changes.")),
            Regexp(_PHONE, message=_("Please write 8 to 15 digits, like 081234567890.")),
        ],
    )
    body = _words(_("Note"), None, most=LONGEST_MESSAGE, rows=3)

    def __init__(self, *args: Any, days: Sequence[SlotDay] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self._days = {f"{day.slot_id}:{day.day.isoformat()}": day for day in days if day.left}
        self.slot.flags.required = True
        self.slot.choices = [
            SelectChoice("", gettext("Choose a day and time")),
            *(SelectChoice(value, slot_words(day)) for value, day in self._days.items()),
        ]

    def validate_slot(self, field: Field) -> None:
        """One of the days and times that are offered."""
        if field.data not in self._days:
            raise ValidationError(gettext("Please choose a day and time from the list."))

    def validate_people(self, field: Field) -> None:
        """A whole number that fits the slot."""
        _check_whole(field, most=MOST_PEOPLE)
        day = self._days.get(self.slot.data or "")
        if day is not None and int(field.data) > day.left:
            raise ValidationError(
                ngettext("Only %(num)s place is left then.", "Only %(num)s places are left then.", day.left)
            )

    @property
    def wanted(self) -> WantedSlot:
        """The slot that a valid form asks for."""
        day = self._days[self.slot.data]
        return WantedSlot(day.slot_id, day.day, int(self.people.data))

    @property
    def order(self) -> Sequence[Field]:
        """The fields that people see."""
        return (self.slot, self.people, self.name, self.email, self.phone, self.body)


class ReplyForm(FlaskForm):
    """The customer's next words in the thread."""

    class Meta:
        csrf = False

    key = form_key()
    body = _words(_("Your message"), _("Please write your message."), most=LONGEST_MESSAGE)


def form_of(kind: str) -> Callable[..., AskForm]:
    """The form for a kind of enquiry."""
    return {"booking": BookingForm, "export": ExportForm, "question": QuestionForm}[kind]


def slot_words(day: SlotDay) -> str:
    """A slot on a day in one line, with the places that are left."""
    time = hours(day.starts_at, day.ends_at, province_zone(day.province_code))
    left = ngettext("%(num)s place left", "%(num)s places left", day.left)
    return f"{weekday_date(day.day)}, {time} · {left}"


def least_quantity_missed(form: ExportForm, terms: Terms) -> bool:
    """Whether less is asked for than the maker sells; told as a hint, since a first order may be a sample."""
    return terms.least_quantity is not None and int(form.quantity.data) < terms.least_quantity


def parse_day(written: str) -> date | None:
    """The day of a date field as browsers send it (YYYY-MM-DD); None for anything else."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _check_whole(field: Field, *, most: int) -> None:
    if not field.data:
        return
    if not _WHOLE.fullmatch(field.data) or not 1 <= int(field.data) <= most:
        raise ValidationError(gettext("Please write a whole number from 1 to %(most)s.", most=most))


def _check_day(field: Field) -> None:
    if not field.data:
        return
    day, today = parse_day(field.data), now().date()
    if day is None or not today <= day <= today + _FURTHEST:
        raise ValidationError(gettext("Please choose a day within the next three years."))
