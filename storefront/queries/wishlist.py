"""A user's wishlist: what can be had as cards, and what is no longer sold by its name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from inventory.models import CatalogueEntry
from inventory.queries.resting import rests
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from storefront.models import WishlistItem


@dataclass(frozen=True, slots=True)
class Gone:
    """A product on the list that is not sold: any more, or only for as long as it `rests`."""

    slug: str
    name: str
    rests: bool


def wished_for(session: Session, user_id: int) -> list[ShelfItem]:
    """What is on a user's list and in the catalogue, the newest first. One statement."""
    return shelf_items(session.execute(_WISHED, {"user_id": user_id}))


def gone_wishes(session: Session, user_id: int) -> list[Gone]:
    """What is on a user's list and not sold."""
    return [Gone(*row) for row in session.execute(_GONE, {"user_id": user_id})]


def product_to_wish(session: Session, slug: str) -> int | None:
    """The id of the product of that address, if the catalogue has it."""
    return session.scalar(select(CatalogueEntry.product_id).where(CatalogueEntry.slug == slug))


_page = (
    select(WishlistItem.product_id, WishlistItem.added_at)
    .where(WishlistItem.user_id == bindparam("user_id"))
    .cte("page")
)
_WISHED = shelf(_page).order_by(_page.c.added_at.desc(), CatalogueEntry.product_id.desc())
_RESTS = rests(product="p.id", category="p.category_id")
_GONE = text(
    f"""
    SELECT p.slug, p.name, NOT p.is_withdrawn AND {_RESTS}
    FROM wishlist_items w JOIN products p ON p.id = w.product_id
    WHERE w.user_id = :user_id
      AND ({_RESTS} OR NOT EXISTS (SELECT FROM catalogue_entries e WHERE e.product_id = p.id))
    ORDER BY w.added_at DESC, p.id DESC
    """  # noqa: S608  our own column names
)
