"""What tables that officers send in are called, their columns and choices: written in one language, read in
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext

from inventory.rules import ADJUSTMENT_REASONS, RECEIPT_REASONS
from inventory.services.tables import KINDS
from inventory.table_file import Words, fold
from inventory.web.product_words import FIELD_NAMES, Categories
from inventory.web.stock import REASONS
from kernel.i18n import PREFIXES, speaking

TITLES = {
    "stock": lazy_gettext("Stock from a spreadsheet"),
    "batches": lazy_gettext("Production batches from a spreadsheet"),
}
"""What the page of a kind is called."""

NAMES = {"stock": lazy_gettext("Stock"), "batches": lazy_gettext("Production")}
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


def words(kind: str, categories: Categories) -> Words:  # noqa: ARG001 -- those of goods come with their kinds
    """Every heading and choice of a kind of table in every language; of choices also our own words."""
    headings: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for language in PREFIXES:
        with speaking(language):
            headings |= {fold(HEADINGS[name]): name for name in KINDS[kind].layout.columns}
            reasons |= _choices(_REASONS, REASONS)
    return Words(headings, {"reason": reasons})


def _choices(codes: Iterable[str], names: Mapping[str, object]) -> dict[str, str]:
    return {fold(word): code for code in codes for word in (code, names[code])}
