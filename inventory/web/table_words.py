"""What tables that officers send in are called, their columns and choices: written in one language, read in
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext

from inventory.rules import ADJUSTMENT_REASONS, DELIVERY_MODES, PRODUCT_KINDS, RECEIPT_REASONS
from inventory.services.tables import KINDS
from inventory.table_file import Words, fold
from inventory.web.product_words import FIELD_NAMES, KIND_NAMES, MODE_NAMES, Categories
from inventory.web.stock import REASONS
from kernel.i18n import PREFIXES, speaking

TITLES = {
    "stock": lazy_gettext("Stock from a spreadsheet"),
    "batches": lazy_gettext("Production batches from a spreadsheet"),
    "prices": lazy_gettext("Prices from a spreadsheet"),
    "products": lazy_gettext("Products from a spreadsheet"),
}
"""What the page of a kind is called."""

NAMES = {
    "stock": lazy_gettext("Stock"),
    "batches": lazy_gettext("Production"),
    "prices": lazy_gettext("Prices"),
    "products": lazy_gettext("Products"),
}
"""The same in short."""

LEADS = {
    "stock": lazy_gettext(
        "It holds every shelf of yours. Write beside each what came or went since, 25 or −3, and why."
        " Rows you leave empty change nothing."
    ),
    "batches": lazy_gettext(
        "It holds every shelf of yours. Write beside each what was made and when, food also until when it"
        " keeps: 3/11/2026. For another batch of the same thing copy the row. Rows you leave empty change"
        " nothing."
    ),
    "prices": lazy_gettext(
        "It holds every variant of yours with its price. Write the new price over the old one, and the cost"
        " sheet beside it. Of products in the shop new prices are put forward for review; buyers pay the old"
        " ones until they are published."
    ),
    "products": lazy_gettext(
        "It holds your products, a row for each variant. Change what stands there; an empty cell changes"
        " nothing. A new row without an address and a SKU begins a product, one more row with its address a"
        " variant. Texts and prices become a draft, measures count at once."
    ),
}
"""How the template of a kind is filled in."""

STATES = {
    "reading": lazy_gettext("Being read"),
    "refused": lazy_gettext("Refused"),
    "ready": lazy_gettext("To be looked at"),
    "applying": lazy_gettext("Being booked"),
    "applied": lazy_gettext("Booked"),
    "discarded": lazy_gettext("Put aside"),
}

HEADINGS: Mapping[str, object] = {
    **FIELD_NAMES,
    "upt": lazy_gettext("Code of the UPT"),
    "sku": "SKU",
    "variant": lazy_gettext("Variant"),
    "on_hand": lazy_gettext("On the shelf"),
    "delta": lazy_gettext("Change (+/−)"),
    "reason": lazy_gettext("Reason"),
    "made_on": lazy_gettext("Made on"),
    "expires_on": lazy_gettext("Keeps until"),
    "passed": lazy_gettext("Passed"),
    "reworked": lazy_gettext("Passed after rework"),
    "failed": lazy_gettext("Failed"),
    "code": lazy_gettext("Code of the batch"),
    "people": lazy_gettext("People who worked on it"),
    "hours": lazy_gettext("Hours of work"),
}
"""By our names of the columns."""

_REASONS = (*RECEIPT_REASONS, *ADJUSTMENT_REASONS)


def words(kind: str, categories: Categories) -> Words:
    """Every heading and choice of a kind of table in every language; of choices also our own words."""
    headings: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {
        "reason": {},
        "category": {fold(word): slug for slug, names in categories.items() for word in (slug, *names)},
        "kind": {},
        "delivery_modes": {},
    }
    for language in PREFIXES:
        with speaking(language):
            headings |= {fold(HEADINGS[name]): name for name in KINDS[kind].layout.columns}
            choices["reason"] |= _choices(_REASONS, REASONS)
            choices["kind"] |= _choices(PRODUCT_KINDS, KIND_NAMES)
            choices["delivery_modes"] |= _choices(DELIVERY_MODES, MODE_NAMES)
    return Words(headings, choices)


def _choices(codes: Iterable[str], names: Mapping[str, object]) -> dict[str, str]:
    return {fold(word): code for code in codes for word in (code, names[code])}
