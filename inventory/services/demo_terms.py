"""Giving products the terms their sources do not state; all marked as sample."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from inventory.demo_terms import TERMS
from inventory.models import ProductTerms, Variant


def fill_terms(session: Session) -> int:
    """Give products without terms those of the demo; gives how many. What somebody has stated stays."""
    known = session.execute(select(Variant.sku, Variant.product_id).where(Variant.sku.in_(TERMS)))
    added = 0
    for sku, product_id in known.all():
        new = insert(ProductTerms).values(product_id=product_id, is_sample=True, **TERMS[sku])
        once = new.on_conflict_do_nothing().returning(ProductTerms.product_id)
        added += len(session.scalars(once).all())
    return added
