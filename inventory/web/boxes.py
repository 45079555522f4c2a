"""Pages with a box for each kind of goods: what was typed into them, by SKU."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask_babel import gettext

from inventory.rules import MOST_PIECES_AT_ONCE, parse_pieces


def typed_pieces() -> dict[str, str]:
    """What stands in the boxes of a sent form, by SKU."""
    return {name[2:]: text.strip() for name, text in request.form.items() if name.startswith("n-")}


def unreadable(typed: Mapping[str, str]) -> dict[str, str]:
    """What is to be said beside boxes that hold no number of pieces; an empty one may stay empty."""
    said = gettext("Enter a whole number from 0 to %(most)s.", most=MOST_PIECES_AT_ONCE)
    numbers = {sku: parse_pieces(text) for sku, text in typed.items() if text}
    return {sku: said for sku, count in numbers.items() if count is None or count > MOST_PIECES_AT_ONCE}
