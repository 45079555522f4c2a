"""Which products officers still work on."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

from inventory.models import Product


def is_tended() -> ColumnElement[bool]:
    """Whether a product is in the shop, or has never been and so is on its way there."""
    return or_(~Product.is_withdrawn, Product.published_at.is_(None))
