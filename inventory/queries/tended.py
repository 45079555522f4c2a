"""Which products officers still work on."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_

from inventory.models import Product, ProductDraft


def is_tended() -> ColumnElement[bool]:
    """Whether a product is in the shop, or on its way there: never published, or taken up again."""
    draft = exists().where(ProductDraft.product_id == Product.id, ProductDraft.state != "archived")
    return or_(~Product.is_withdrawn, Product.published_at.is_(None), draft)
