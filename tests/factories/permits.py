"""Permits for tests: one row each, flushed."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Maker, Permit, PermitProduct, Product

_numbers = count(1)


def make_permit(session: Session, product: Product, **values: Any) -> Permit:
    """A halal permit of a product's first maker that nobody has verified yet."""
    upt_id = session.scalars(select(Maker.upt_id).where(Maker.product_id == product.id)).first()
    defaults = {"kind": "HALAL", "number": f"ID{next(_numbers):017}", "upt_id": upt_id}
    permit = Permit(**{**defaults, **values})
    session.add(permit)
    session.flush()
    session.add(PermitProduct(permit_id=permit.id, product_id=product.id))
    session.flush()
    return permit
