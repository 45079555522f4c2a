"""What the columns and reasons of a table of stock are called: written in one language, read in each."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

from inventory.rules import ADJUSTMENT_REASONS, RECEIPT_REASONS
from inventory.stock_file import COLUMNS, Words, fold
from inventory.web.stock import REASONS
from kernel.i18n import PREFIXES, speaking

HEADINGS: Mapping[str, object] = {
    "upt": lazy_gettext("Code of the UPT"),
    "sku": "SKU",
    "delta": lazy_gettext("Change (+/−)"),
    "reason": lazy_gettext("Reason"),
}
"""By the names of COLUMNS."""


def words() -> Words:
    """Every heading and reason in every language of the shop; of reasons also our own words."""
    headings: dict[str, str] = {}
    reasons = {fold(code): code for code in (*RECEIPT_REASONS, *ADJUSTMENT_REASONS)}
    for language in PREFIXES:
        with speaking(language):
            headings.update({fold(HEADINGS[name]): name for name in COLUMNS})
            reasons.update({fold(REASONS[code]): code for code in (*RECEIPT_REASONS, *ADJUSTMENT_REASONS)})
    return Words(headings, reasons)
