"""What officers write of a product, field by field: what may stand there, what must, and what two wrote.

A sheet is flat: the name of a field leads to its value. The fields of a variant begin with its SKU
("GARUT.KESET/price"), those of one that is not in the shop yet with a key of its own ("new-1/price").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.importing import LONGEST_DESCRIPTION, LONGEST_TEXT
from accounts.regions import fold
from inventory.categories import FOOD_CATEGORIES
from inventory.rules import DELIVERY_MODES, HEAVIEST_PIECE_G, OPTION_KINDS, PRODUCT_KINDS
from kernel.money import BIGGEST_AMOUNT

Value = str | int | list[str] | None
Sheet = dict[str, Value]

PRODUCT_FIELDS = ("name", "category", "kind", "unit", "description_id", "description_en")
FACT_FIELDS = (
    *("net_content", "shelf_life_days", "ingredients_id", "ingredients_en", "allergens_id", "allergens_en"),
    *("storage_id", "storage_en", "care_id", "care_en", "story_id", "story_en"),
)
OWN_FIELDS = ("lead_days", "monthly_capacity")
"""What each UPT says of its own making; the rest is one product's, whoever makes it."""

COST_FIELDS = ("cost_material", "cost_work", "cost_packaging")
"""What one piece costs its maker, in rupiah: the sheet behind a price, never shown in the shop."""

OPTION_FIELDS = tuple(f"{kind}_{language}" for kind in OPTION_KINDS for language in ("id", "en"))
SIZE_FIELDS = ("weight_g", "length_mm", "width_mm", "height_mm")
VARIANT_FIELDS = (*OPTION_FIELDS, "price", *COST_FIELDS, *SIZE_FIELDS)

AT_ONCE = frozenset({"delivery_modes", *OWN_FIELDS, *SIZE_FIELDS})
"""What counts as soon as it is saved: measures and terms of delivery, no word and no price."""

FOOD_FIELDS = ("net_content", "shelf_life_days", "ingredients_id", "allergens_id", "storage_id")
"""What the label of food has to say."""

MOST_VARIANTS = 30
LONGEST_UNIT, LONGEST_OPTION = 30, 60
LONGEST_LEAD_DAYS, MOST_CAPACITY, LONGEST_LIFE_DAYS, LONGEST_SIDE_MM = 366, 1_000_000, 3_650, 20_000

_NEW = "new-"
_LENGTHS: dict[str, int] = {
    "name": LONGEST_TEXT,
    "unit": LONGEST_UNIT,
    "description_id": LONGEST_DESCRIPTION,
    "description_en": LONGEST_DESCRIPTION,
    **dict.fromkeys(FACT_FIELDS, LONGEST_DESCRIPTION),
    "net_content": LONGEST_TEXT,
    **dict.fromkeys(OPTION_FIELDS, LONGEST_OPTION),
}
_BOUNDS: dict[str, tuple[int, int]] = {
    "shelf_life_days": (1, LONGEST_LIFE_DAYS),
    "lead_days": (0, LONGEST_LEAD_DAYS),
    "monthly_capacity": (1, MOST_CAPACITY),
    "price": (1, BIGGEST_AMOUNT),
    **dict.fromkeys(COST_FIELDS, (0, BIGGEST_AMOUNT)),
    "weight_g": (1, HEAVIEST_PIECE_G),
    **dict.fromkeys(("length_mm", "width_mm", "height_mm"), (1, LONGEST_SIDE_MM)),
}
NUMBER_FIELDS = tuple(_BOUNDS)
"""What is a whole number, or nothing."""

_NEEDED = frozenset({"name", "category", "kind", "unit"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: the code of the sentence, and the bounds it names."""

    field: str
    code: str
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """What a form shows when others saved first: its fields brought together, and what the others wrote.

    `now` is what stands there; `theirs` the fields that read differently than the form has them since it was
    opened; `clashing` those of them this form writes as well.
    """

    now: Sheet
    values: Sheet
    theirs: Sheet
    clashing: frozenset[str]


def part_of(field: str) -> tuple[str, str]:
    """The variant a field belongs to, empty for the product's own, and the field's name."""
    variant, _, name = field.rpartition("/")
    return variant, name


def is_new(variant: str) -> bool:
    """Whether a variant's key is that of one which is not in the shop yet."""
    return variant.startswith(_NEW)


def counts_at_once(field: str) -> bool:
    """Whether a change of the field needs no review; what belongs to a new variant comes with it."""
    variant, name = part_of(field)
    return name in AT_ONCE and not is_new(variant)


def variants_of(sheet: Mapping[str, Value]) -> list[str]:
    """The keys of the variants of a sheet, in their order."""
    return list(dict.fromkeys(variant for variant, _ in map(part_of, sheet) if variant))


def variant_sheet(sheet: Mapping[str, Value], variant: str) -> Sheet:
    """The fields of one variant by their names; those nobody filled in are empty."""
    return {name: sheet.get(f"{variant}/{name}", empty_value(name)) for name in VARIANT_FIELDS}


def new_variant(sheet: Mapping[str, Value], *, at: datetime) -> str:
    """A key for one more variant: by the time, so that one that was struck out lends its key to no other."""
    taken = {int(variant.removeprefix(_NEW)) for variant in variants_of(sheet) if is_new(variant)}
    return f"{_NEW}{max(max(taken, default=0) + 1, int(at.timestamp()))}"


def variant_name(values: Mapping[str, Value]) -> str:
    """What a variant is called in carts and on slips: its options in Indonesian; empty without any."""
    return ", ".join(str(values[f"{kind}_id"]) for kind in OPTION_KINDS if values.get(f"{kind}_id"))


def empty_value(name: str) -> Value:
    """What a field holds that nobody has filled in."""
    if name == "delivery_modes":
        return []
    return None if name in _BOUNDS else ""


def reads_alike(value: Value, other: Value) -> bool:
    """Whether two values of a field read the same, spaces, line ends and the order of ways apart."""
    if isinstance(value, str) and isinstance(other, str):
        return value.split() == other.split()
    if isinstance(value, list) and isinstance(other, list):
        return set(value) == set(other)
    return value == other


def merge(seen: Mapping[str, Value], mine: Mapping[str, Value], current: Mapping[str, Value]) -> Merge:
    """Bring together what a form was opened with, what it says, and what stands there now.

    What only the others changed becomes theirs; what both changed stays as the form has it, to be decided
    by who filled it in.
    """
    now = {field: current.get(field, empty_value(part_of(field)[1])) for field in mine}
    theirs = {
        field: now[field]
        for field in mine
        if now[field] != seen.get(field, empty_value(part_of(field)[1])) and now[field] != mine[field]
    }
    clashing = frozenset(
        field for field in theirs if mine[field] != seen.get(field, empty_value(part_of(field)[1]))
    )
    values = {field: theirs[field] if field in theirs.keys() - clashing else mine[field] for field in mine}
    return Merge(now, values, theirs, clashing)


def faults(sheet: Mapping[str, Value], *, categories: Collection[str]) -> list[Fault]:
    """What cannot stand there as it is, field by field; `categories` are the shop's."""
    choices = {"category": categories, "kind": PRODUCT_KINDS}
    found = [fault for field, value in sheet.items() if (fault := _fault(field, value, choices))]
    for variant in variants_of(sheet):
        values = variant_sheet(sheet, variant)
        found += [
            Fault(f"{variant}/{kind}_id", "option_in_english_only")
            for kind in OPTION_KINDS
            if values[f"{kind}_en"] and not values[f"{kind}_id"]
        ]
    return found


def _fault(field: str, value: Value, choices: Mapping[str, Collection[str]]) -> Fault | None:
    _, name = part_of(field)
    if (name in _NEEDED and not value) or (name == "name" and not fold(str(value))):
        return Fault(field, "field_needed")
    if name in choices and value not in choices[name]:
        return Fault(field, "field_not_listed")
    if name == "delivery_modes":
        known = isinstance(value, list) and set(value) <= set(DELIVERY_MODES)
        return None if known else Fault(field, "field_not_listed")
    if name in _BOUNDS:
        least, most = _BOUNDS[name]
        fits = value is None or (isinstance(value, int) and least <= value <= most)
        return None if fits else Fault(field, "number_out_of_bounds", least, most)
    most = _LENGTHS.get(name, LONGEST_TEXT)
    return Fault(field, "text_too_long", most=most) if len(str(value)) > most else None


def missing(sheet: Mapping[str, Value], *, needs_price: bool = True) -> list[str]:
    """What has to be filled in before a product is proposed for the shop, in the order of the form.

    Food says what its label says; a good has a variant that can be sold, unless it may do without a price;
    each price has its cost sheet.
    """
    needed = ["name", "unit", "description_id"]
    needed += FOOD_FIELDS if sheet.get("category") in FOOD_CATEGORIES and sheet.get("kind") == "good" else ()
    empty = [field for field in needed if not sheet.get(field)]
    if sheet.get("kind") == "good":
        priced = [variant for variant in variants_of(sheet) if sheet.get(f"{variant}/price")]
        empty += [f"{each}/weight_g" for each in priced if not sheet.get(f"{each}/weight_g")]
        empty += ["price"] if needs_price and not priced else []
    return empty + _names_twice(sheet)


def unexplained_prices(changes: Mapping[str, Value], sheet: Mapping[str, Value]) -> list[str]:
    """The fields of cost sheets that prices among the changes still lack."""
    prices = [part_of(field)[0] for field, value in changes.items() if field.endswith("/price") and value]
    return [
        f"{each}/{cost}" for each in prices for cost in COST_FIELDS if sheet.get(f"{each}/{cost}") is None
    ]


def _names_twice(sheet: Mapping[str, Value]) -> list[str]:
    """Variants that are called as one before them: buyers could not tell them apart."""
    names: set[str] = set()
    again = []
    for variant in variants_of(sheet):
        name = fold(variant_name(variant_sheet(sheet, variant)))
        if name in names:
            again.append(f"{variant}/name")
        names.add(name)
    return again
