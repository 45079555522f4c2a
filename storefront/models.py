"""Carts, what a visitor means to buy before it is an order, and wishlists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Upt
from inventory.models import Variant
from kernel.db import Base, Id
from storefront.rules import MOST_PIECES


class Cart(Base):
    """One visitor's cart: a guest's is found by `key` (random, in a cookie), a user's by `user_id`.

    `checkout_key` is the idempotency key of the order this cart becomes; it is drawn anew afterwards.
    """

    __tablename__ = "carts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    checkout_key: Mapped[str] = mapped_column(unique=True)
    updated_at: Mapped[datetime] = mapped_column(index=True)

    lines: Mapped[list[CartLine]] = relationship(lazy="raise", order_by="CartLine.id")


class CartLine(Base):
    """So many pieces of one variant; `upt_id` is set when the visitor wants them from that UPT.

    `own_text` is to be written on each of them; with another text they are another line.
    """

    __tablename__ = "cart_lines"

    id: Mapped[Id]
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    own_text: Mapped[str] = mapped_column(server_default=text("''"))
    quantity: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    variant: Mapped[Variant] = relationship(lazy="raise")
    upt: Mapped[Upt | None] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id", "upt_id", "own_text", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_PIECES}", name="quantity"),
    )


class WishlistItem(Base):
    """A product that a user wants to find again."""

    __tablename__ = "wishlist_items"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    added_at: Mapped[datetime]
