"""The forms in which officers write a product's sheet, with what others wrote meanwhile beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from accounts.importing import LONGEST_TEXT
from inventory.errors import ProductRefused
from inventory.product_sheet import (
    LONGEST_OPTION,
    LONGEST_UNIT,
    Fault,
    Merge,
    Sheet,
    Value,
    part_of,
)
from inventory.queries.product_history import HistoryEntry
from inventory.rules import DELIVERY_MODES, LONGEST_REFUSAL, PRODUCT_KINDS, parse_pieces
from inventory.web.product_words import (
    FIELD_NAMES,
    KIND_NAMES,
    MODE_NAMES,
    Categories,
    category_name,
    value_words,
)
from kernel.forms import ChoicesField
from kernel.i18n import moment
from kernel.money import parse_rupiah
from kernel.web import sentence

_CHOOSE = lazy_gettext("Choose one of the list.")
_LONGEST_SEEN = 200_000


class WholeField(StringField):
    """A whole number, or nothing; `number` is what a valid one holds."""

    parse: Callable[[str], int | None] = staticmethod(parse_pieces)
    complaint = lazy_gettext("Write a whole number in digits, or nothing.")

    def pre_validate(self, form: FlaskForm) -> None:  # noqa: ARG002 -- WTForms calls it so
        """Refuse what is no number."""
        if (self.data or "").strip() and self.number is None:
            raise ValidationError(str(self.complaint))

    @property
    def number(self) -> int | None:
        """What was written."""
        return self.parse((self.data or "").strip())


class RupiahField(WholeField):
    """An amount of rupiah as people write it, or nothing."""

    parse = staticmethod(parse_rupiah)
    complaint = lazy_gettext("Write an amount in rupiah, for example 25.000, or nothing.")


def _line(name: str, most: int = LONGEST_TEXT, description: Any = "", *rules: Any) -> StringField:
    settings = {"maxlength": most, "autocomplete": "off"}
    return StringField(FIELD_NAMES[name], list(rules), description=description, render_kw=settings)


def _text(name: str, description: Any = "", *, rows: int = 3) -> TextAreaField:
    return TextAreaField(FIELD_NAMES[name], description=description, render_kw={"rows": rows})


def _number(name: str, description: Any = "") -> WholeField:
    settings = {"inputmode": "numeric", "autocomplete": "off"}
    return WholeField(FIELD_NAMES[name], description=description, render_kw=settings)


def _amount(name: str, description: Any = "") -> RupiahField:
    settings = {"inputmode": "numeric", "autocomplete": "off"}
    return RupiahField(FIELD_NAMES[name], description=description, render_kw=settings)


class ProductForm(FlaskForm):
    """A form about a product."""

    class Meta:
        csrf = False

    def point_out(self, refusal: ProductRefused) -> None:
        """Put what is wrong beside its field."""
        faults: list[Fault] = refusal.parameters["faults"]
        for fault in faults:
            said = sentence(ProductRefused(fault.code, least=fault.least, most=fault.most))
            self._complain(part_of(fault.field)[1], said)

    def _complain(self, name: str, said: str) -> None:
        field: Field = self[name]
        field.errors = (*field.errors, said)


class SheetForm(ProductForm):
    """Some fields of a sheet, named as there; `seen` is what they held when the form was opened."""

    seen = HiddenField()

    def fill(self, values: Mapping[str, Value], variant: str = "") -> None:
        """Show these values of a sheet, and note them as seen."""
        prefix = f"{variant}/" if variant else ""
        held = {name: values[f"{prefix}{name}"] for name in self._names() if f"{prefix}{name}" in values}
        self._show(held)
        self.seen.data = json.dumps(held)

    def written(self, variant: str = "") -> Sheet:
        """What a valid form says, as fields of the sheet."""
        prefix = f"{variant}/" if variant else ""
        return {f"{prefix}{name}": self._value(name) for name in self._names()}

    def opened_with(self, variant: str = "") -> Sheet:
        """What the fields held when the form was opened; what cannot be read says nothing."""
        prefix = f"{variant}/" if variant else ""
        try:
            seen = json.loads((self.seen.data or "")[:_LONGEST_SEEN])
        except (ValueError, RecursionError):
            return {}
        names = set(self._names())
        return {f"{prefix}{n}": v for n, v in seen.items() if n in names} if isinstance(seen, dict) else {}

    def bring_together(
        self, merge: Merge, writers: Mapping[str, HistoryEntry], categories: Categories
    ) -> list[tuple[str, str]]:
        """Show both what this form says and what others wrote; gives what was taken over, label and value.

        Saving it again counts as having read theirs.
        """
        self._show({part_of(field)[1]: value for field, value in merge.values.items()})
        self.seen.data = json.dumps({part_of(field)[1]: value for field, value in merge.now.items()})
        taken_over = []
        for field, theirs in merge.theirs.items():
            name = part_of(field)[1]
            words = value_words(field, theirs, categories)
            if field not in merge.clashing:
                taken_over.append((str(FIELD_NAMES[name]), words))
                continue
            by = writers.get(field)
            said = gettext("Meanwhile this was written here: “%(theirs)s”.", theirs=words)
            if by is not None:
                at = moment(by.at)
                said = gettext("%(who)s wrote here, %(at)s: “%(theirs)s”.", who=by.who, at=at, theirs=words)
            self._complain(name, said)
        return taken_over

    def _names(self) -> list[str]:
        return [name for name in self._fields if name in FIELD_NAMES]

    def _value(self, name: str) -> Value:
        field = self[name]
        if isinstance(field, WholeField):
            return field.number
        if isinstance(field, ChoicesField):
            return [mode for mode in DELIVERY_MODES if mode in field.data]
        text = (field.data or "").replace("\r\n", "\n").strip()
        return text if isinstance(field, TextAreaField) else " ".join(text.split())

    def _show(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            self[name].data = value if isinstance(value, list) else "" if value is None else str(value)


class TextsForm(SheetForm):
    """What a product is and what is told of it; and how it is made and delivered, which counts at once."""

    name = _line("name", LONGEST_TEXT, "", DataRequired(lazy_gettext("Give it a name.")))
    category = SelectField(FIELD_NAMES["category"], [InputRequired(_CHOOSE)], invalid_choice_message=_CHOOSE)
    kind = SelectField(
        FIELD_NAMES["kind"],
        [InputRequired(_CHOOSE)],
        choices=[SelectChoice(kind, KIND_NAMES[kind]) for kind in PRODUCT_KINDS],
        invalid_choice_message=_CHOOSE,
    )
    unit = _line(
        "unit",
        LONGEST_UNIT,
        lazy_gettext("What one is: piece, pack, kilogram …"),
        DataRequired(lazy_gettext("Say by what it is sold.")),
    )
    description_id = _text("description_id", lazy_gettext("No names of persons."), rows=5)
    description_en = _text("description_en", rows=5)
    net_content = _line("net_content", LONGEST_TEXT, lazy_gettext("As on the label: 250 g"))
    shelf_life_days = _number("shelf_life_days")
    ingredients_id = _text("ingredients_id")
    ingredients_en = _text("ingredients_en")
    allergens_id = _text("allergens_id", lazy_gettext("Write “tidak ada” if there are none."), rows=2)
    allergens_en = _text("allergens_en", rows=2)
    storage_id = _text("storage_id", rows=2)
    storage_en = _text("storage_en", rows=2)
    care_id = _text("care_id")
    care_en = _text("care_en")
    story_id = _text("story_id", lazy_gettext("The workshop and the craft; no person who is held."), rows=4)
    story_en = _text("story_en", rows=4)
    delivery_modes = ChoicesField(
        FIELD_NAMES["delivery_modes"],
        choices=[SelectChoice(mode, MODE_NAMES[mode]) for mode in DELIVERY_MODES],
        invalid_choice_message=_CHOOSE,
    )
    lead_days = _number("lead_days")
    monthly_capacity = _number("monthly_capacity", lazy_gettext("With both numbers it is made to order."))

    def offer(self, categories: Categories, *, may_change_kind: bool) -> None:
        """Fill the list of categories; what was published keeps its kind."""
        self.category.choices = category_choices(categories)
        if not may_change_kind:
            del self.kind


class VariantForm(SheetForm):
    """One variant: in what it differs, its price with the cost sheet behind it, and its measures."""

    size_id = _line("size_id", LONGEST_OPTION)
    size_en = _line("size_en", LONGEST_OPTION)
    colour_id = _line("colour_id", LONGEST_OPTION)
    colour_en = _line("colour_en", LONGEST_OPTION)
    motif_id = _line("motif_id", LONGEST_OPTION)
    motif_en = _line("motif_en", LONGEST_OPTION)
    price = _amount("price", lazy_gettext("Without a price it is shown but cannot be ordered."))
    cost_material = _amount("cost_material", lazy_gettext("For one piece; the shop never shows it."))
    cost_work = _amount("cost_work", lazy_gettext("Wage or premi for one piece."))
    cost_packaging = _amount("cost_packaging")
    weight_g = _number("weight_g")
    length_mm = _number("length_mm")
    width_mm = _number("width_mm")
    height_mm = _number("height_mm")


class NewForm(ProductForm):
    """With what a product begins."""

    name = _line("name", LONGEST_TEXT, "", DataRequired(lazy_gettext("Give it a name.")))
    category = SelectField(FIELD_NAMES["category"], [InputRequired(_CHOOSE)], invalid_choice_message=_CHOOSE)
    kind = SelectField(
        FIELD_NAMES["kind"],
        [InputRequired(_CHOOSE)],
        choices=[SelectChoice(kind, KIND_NAMES[kind]) for kind in PRODUCT_KINDS],
        invalid_choice_message=_CHOOSE,
    )


class CopyForm(ProductForm):
    """What the copy of a product is called."""

    name = _line("name", LONGEST_TEXT, "", DataRequired(lazy_gettext("Give it a name.")))


class DecisionForm(ProductForm):
    """What becomes of a draft; `mark` names the words that were read."""

    mark = HiddenField()


class ReturnForm(DecisionForm):
    """Why a draft is sent back."""

    refusal = TextAreaField(
        FIELD_NAMES["refusal"],
        [
            DataRequired(lazy_gettext("Say what has to be put right.")),
            Length(
                max=LONGEST_REFUSAL,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_REFUSAL),
            ),
        ],
        render_kw={"maxlength": LONGEST_REFUSAL, "rows": 2},
    )


def category_choices(categories: Categories) -> Iterable[SelectChoice]:
    """The categories to choose from, by their name."""
    named = sorted((category_name(categories, slug), slug) for slug in categories)
    return [SelectChoice("", lazy_gettext("Choose")), *(SelectChoice(slug, name) for name, slug in named)]
