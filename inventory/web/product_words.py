"""How the fields of a product's sheet, their values and the standings of products read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext

from inventory.product_sheet import COST_FIELDS, Value, is_new, part_of, variant_name, variant_sheet
from inventory.queries.drafts import StaffProduct
from kernel.i18n import locale_code
from kernel.money import rupiah

Categories = Mapping[str, tuple[str, str]]

FIELD_NAMES = {
    "name": lazy_gettext("Name"),
    "category": lazy_gettext("Category"),
    "kind": lazy_gettext("Kind"),
    "unit": lazy_gettext("Sold by"),
    "description_id": lazy_gettext("Description in Indonesian"),
    "description_en": lazy_gettext("Description in English"),
    "net_content": lazy_gettext("Net content"),
    "shelf_life_days": lazy_gettext("Keeps for (days)"),
    "ingredients_id": lazy_gettext("Ingredients in Indonesian"),
    "ingredients_en": lazy_gettext("Ingredients in English"),
    "allergens_id": lazy_gettext("Allergens in Indonesian"),
    "allergens_en": lazy_gettext("Allergens in English"),
    "storage_id": lazy_gettext("Storage in Indonesian"),
    "storage_en": lazy_gettext("Storage in English"),
    "care_id": lazy_gettext("Care in Indonesian"),
    "care_en": lazy_gettext("Care in English"),
    "story_id": lazy_gettext("How it is made, in Indonesian"),
    "story_en": lazy_gettext("How it is made, in English"),
    "delivery_modes": lazy_gettext("Ways to the buyer"),
    "lead_days": lazy_gettext("Days until a piece is ready"),
    "monthly_capacity": lazy_gettext("Pieces you can make in a month"),
    "size_id": lazy_gettext("Size in Indonesian"),
    "size_en": lazy_gettext("Size in English"),
    "colour_id": lazy_gettext("Colour in Indonesian"),
    "colour_en": lazy_gettext("Colour in English"),
    "motif_id": lazy_gettext("Motif in Indonesian"),
    "motif_en": lazy_gettext("Motif in English"),
    "price": lazy_gettext("Price"),
    "cost_material": lazy_gettext("Cost of material"),
    "cost_work": lazy_gettext("Cost of work"),
    "cost_packaging": lazy_gettext("Cost of packaging"),
    "weight_g": lazy_gettext("Weight, packed (grams)"),
    "length_mm": lazy_gettext("Length, packed (mm)"),
    "width_mm": lazy_gettext("Width, packed (mm)"),
    "height_mm": lazy_gettext("Height, packed (mm)"),
    "refusal": lazy_gettext("What has to be put right"),
    "standing": lazy_gettext("Standing"),
    "slug": lazy_gettext("Address"),
    "from": lazy_gettext("Taken from"),
}

KIND_NAMES = {
    "good": lazy_gettext("Something that is made"),
    "service": lazy_gettext("A service"),
    "export_commodity": lazy_gettext("Bulk and export"),
}

MODE_NAMES = {
    "courier": lazy_gettext("Courier"),
    "cargo": lazy_gettext("Cargo"),
    "upt_delivery": lazy_gettext("Brought by the UPT"),
    "pickup": lazy_gettext("Pick up at the UPT"),
    "on_site": lazy_gettext("At the UPT"),
}

STANDINGS = {
    "in_shop": (lazy_gettext("In the shop"), "good"),
    "draft": (lazy_gettext("Draft"), "neutral"),
    "proposed": (lazy_gettext("Waits for review"), "warn"),
    "returned": (lazy_gettext("Sent back"), "bad"),
    "archived": (lazy_gettext("Not in the shop"), "neutral"),
}
"""How a standing reads, and the tone of its badge."""

_MONEY = frozenset({"price", *COST_FIELDS})


def category_name(categories: Categories, slug: object) -> str:
    """A category in the reader's language."""
    name_id, name_en = categories.get(str(slug), (str(slug), str(slug)))
    return name_en if locale_code() == "en" else name_id


def value_words(field: str, value: Value, categories: Categories) -> str:
    """A value as it is read; nothing is a dash."""
    _, name = part_of(field)
    if isinstance(value, list):
        return ", ".join(str(MODE_NAMES.get(mode, mode)) for mode in value) or "–"
    if value is None or value == "":
        return "–"
    if name in _MONEY and isinstance(value, int):
        return rupiah(value)
    if name == "category":
        return category_name(categories, value)
    if name == "standing" and value in STANDINGS:
        return str(STANDINGS[str(value)][0])
    return str(KIND_NAMES.get(str(value), value)) if name == "kind" else str(value)


def variant_words(product: StaffProduct, variant: str) -> str:
    """What a variant is called for its officers, also while it has no options yet."""
    name = variant_name(variant_sheet(product.sheet, variant))
    if name:
        return name
    return str(gettext("New variant")) if is_new(variant) else variant


def field_words(product: StaffProduct, field: str) -> str:
    """A field's name, with its variant where the product has several."""
    variant, name = part_of(field)
    label = str(FIELD_NAMES.get(name, name))
    if not variant or (len(product.variants) == 1 and not is_new(variant)):
        return label
    return f"{variant_words(product, variant)}: {label}"


def missing_words(product: StaffProduct, field: str) -> str:
    """What has to be done about a field before the product is put forward."""
    variant, name = part_of(field)
    if field == "price":
        return str(gettext("A variant with a price and a weight"))
    if name == "name" and variant:
        name = variant_words(product, variant)
        return str(gettext("Another size, colour or motif for %(variant)s", variant=name))
    return field_words(product, field)
