"""Requests to be told when something is back, as their owners see them and mails speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.errors import RestockGone


@dataclass(frozen=True, slots=True)
class RestockRow:
    """A request: about what, for whom, and how it stands; `ended_as` is empty while it is open."""

    key: UUID
    email: str
    locale: str
    is_confirmed: bool
    ended_as: str | None
    product: str
    variant: str
    slug: str
    category: str


@dataclass(frozen=True, slots=True)
class RestockedGoods:
    """What is back, for a mail; the price is rupiah."""

    product: str
    variant: str
    slug: str
    category: str
    price: int


def restock_of_key(session: Session, key: UUID) -> RestockRow:
    """The request a link is about, ended ones too. Raises RestockGone."""
    row = session.execute(_OF_KEY, {"key": key}).one_or_none()
    if row is None:
        raise RestockGone
    return RestockRow(*row)


def restock_of_id(session: Session, request_id: int) -> RestockRow | None:
    """The request an event is about; None when it is there no more."""
    row = session.execute(_OF_ID, {"id": request_id}).one_or_none()
    return RestockRow(*row) if row else None


def waited_for_by(session: Session, user_id: int) -> tuple[RestockRow, ...]:
    """What a user still waits for, the newest first."""
    return tuple(RestockRow(*row) for row in session.execute(_OF_USER, {"user_id": user_id}))


def restocked_goods(session: Session, variant_id: int) -> RestockedGoods:
    """What the mails about a variant say of it."""
    return RestockedGoods(*session.execute(_GOODS, {"variant_id": variant_id}).one())


_ROW = """
    SELECT r.key, r.email, r.locale, r.confirmed_at IS NOT NULL, r.ended_as, p.name, v.name, p.slug, c.slug
    FROM restock_requests r JOIN variants v ON v.id = r.variant_id JOIN products p ON p.id = v.product_id
    JOIN categories c ON c.id = p.category_id
"""
_OF_KEY = text(f"{_ROW} WHERE r.key = :key")
_OF_ID = text(f"{_ROW} WHERE r.id = :id")
_OF_USER = text(f"{_ROW} WHERE r.user_id = :user_id AND r.ended_at IS NULL ORDER BY r.id DESC")
_GOODS = text(
    """
    SELECT p.name, v.name, p.slug, c.slug, coalesce(v.price, 0)
    FROM variants v JOIN products p ON p.id = v.product_id JOIN categories c ON c.id = p.category_id
    WHERE v.id = :variant_id
    """
)
