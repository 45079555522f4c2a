"""How a product is rated: the numbers that cards and listings show, told by whoever keeps the reviews."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.services.catalogue import refresh_catalogue


def hold_rating(session: Session, product_id: int) -> None:
    """Let nobody else change the product until the transaction ends: count after this, then `set_rating`."""
    session.execute(select(Product.id).where(Product.id == product_id).with_for_update())


def set_rating(session: Session, product_id: int, *, count: int, total: int) -> None:
    """Note how many ratings a product has and the sum of their stars; its kept pages are made anew."""
    rated = update(Product).where(Product.id == product_id).values(rating_count=count, rating_total=total)
    session.execute(rated)
    refresh_catalogue(session, [product_id])
