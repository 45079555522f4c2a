"""The wishlist: putting a product on one's own list, and taking it off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from inventory.errors import ProductNotFound
from inventory.models import Product
from storefront.errors import WishlistFull
from storefront.models import WishlistItem
from storefront.queries.wishlist import product_to_wish
from storefront.rules import MOST_WISHES


def wish_for(session: Session, slug: str, *, user_id: int, at: datetime) -> None:
    """Put a product on a user's list; one that is on it stays where it is.

    Raises ProductNotFound for what is not in the catalogue, and WishlistFull.
    """
    # two windows of one person wait for each other here
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    product_id = product_to_wish(session, slug)
    if product_id is None:
        raise ProductNotFound
    row = insert(WishlistItem).values(user_id=user_id, product_id=product_id, added_at=at)
    session.execute(row.on_conflict_do_nothing())
    if (session.scalar(select(func.count()).where(WishlistItem.user_id == user_id)) or 0) > MOST_WISHES:
        raise WishlistFull(most=MOST_WISHES)


def unwish(session: Session, slug: str, *, user_id: int) -> None:
    """Take a product off a user's list; one that is gone already is no matter."""
    product = select(Product.id).where(Product.slug == slug).scalar_subquery()
    session.execute(
        delete(WishlistItem).where(WishlistItem.user_id == user_id, WishlistItem.product_id == product)
    )
