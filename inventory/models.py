"""Products, variants and who makes them; the stock counters, their ledger, and reservations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from accounts.models import Upt
from inventory.rules import LEDGER_KINDS, PRODUCT_KINDS
from kernel.db import Base, Id
from kernel.money import BIGGEST_AMOUNT

NO_PRICE = 10**13
"""Where a product without a price stands among prices: above them all."""


class Category(Base):
    """One of the shop's categories; `slug` names its illustration."""

    __tablename__ = "categories"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name_id: Mapped[str]
    name_en: Mapped[str]


class Product(Base):
    """What is offered. `certificates` are claims of the source, not verified permits."""

    __tablename__ = "products"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    kind: Mapped[str]
    description_id: Mapped[str]
    description_en: Mapped[str]
    unit: Mapped[str]
    certificates: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    export_markets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    source_url: Mapped[str] = mapped_column(server_default=text("''"))
    is_withdrawn: Mapped[bool] = mapped_column(server_default=text("false"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    category: Mapped[Category] = relationship(lazy="raise")
    variants: Mapped[list[Variant]] = relationship(lazy="raise", order_by="Variant.id")

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(PRODUCT_KINDS) + "')", name="kind"),
        Index("ix_products_name", "name"),
    )


class Variant(Base):
    """One thing with one price wherever it is made: rupiah; grams and millimetres as packed for the courier.

    Only a variant of a good with both price and weight can be put in a cart. `is_sample` marks values
    no source states.
    """

    __tablename__ = "variants"

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default=text("''"))
    price: Mapped[int | None]
    weight_g: Mapped[int | None]
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    product: Mapped[Product] = relationship(lazy="raise", back_populates="variants")

    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint(f"price > 0 AND price <= {BIGGEST_AMOUNT}", name="price"),
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="size"),
    )


class Maker(Base):
    """A UPT that makes a product; `lead_days` is how long it takes to have a piece ready to hand over."""

    __tablename__ = "makers"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), primary_key=True, index=True)
    lead_days: Mapped[int | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    upt: Mapped[Upt] = relationship(lazy="raise")

    __table_args__ = (CheckConstraint("lead_days >= 0", name="lead_days"),)


class CatalogueEntry(Base):
    """What listing and search read of one product: one narrow row, rebuilt by `refresh_catalogue`.

    `price_from` is the lowest price of a variant that can be bought (rupiah); `words` is the folded text
    of name, UPTs and places, from which the vocabulary learns.
    """

    __tablename__ = "catalogue_entries"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    price_from: Mapped[int | None]
    maker_count: Mapped[int]
    maker_name: Mapped[str]
    maker_city: Mapped[str]
    is_sample: Mapped[bool]
    document: Mapped[str] = mapped_column(TSVECTOR)
    words: Mapped[str]

    __table_args__ = (
        Index("ix_catalogue_entries_category_id", "category_id", "product_id"),
        Index("ix_catalogue_entries_category_name", "category_id", "name", "product_id"),
        Index(
            "ix_catalogue_entries_category_cheapest",
            "category_id",
            text(f"coalesce(price_from, {NO_PRICE})"),
            "product_id",
        ),
        Index(
            "ix_catalogue_entries_category_dearest",
            "category_id",
            text("coalesce(price_from, 0)"),
            "product_id",
        ),
        # listings by price: what has none comes last whichever way they run
        Index("ix_catalogue_entries_cheapest", text(f"coalesce(price_from, {NO_PRICE})"), "product_id"),
        Index("ix_catalogue_entries_dearest", text("coalesce(price_from, 0)"), "product_id"),
        Index("ix_catalogue_entries_name", "name", "product_id"),
        Index("ix_catalogue_entries_document", "document", postgresql_using="gin"),
        Index(
            "ix_catalogue_entries_name_document",
            text("to_tsvector('simple'::regconfig, name)"),
            postgresql_using="gin",
        ),
    )


class CatalogueTerm(Base):
    """A word of the catalogue, or two neighbours in one piece: what a misspelt query is compared with.

    `words` is what to search for it: "merah" for itself, "palangka raya" for "palangkaraya". Terms stay when
    the last product that has them goes; searching them then finds nothing.
    """

    __tablename__ = "catalogue_terms"

    term: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (
        Index("ix_catalogue_terms_beginning", text("left(term, 1)"), text("length(term)")),
        Index("ix_catalogue_terms_end", text("right(term, 2)"), text("length(term)")),
    )


class Stock(Base):
    """The two counters of one variant at one UPT, in pieces; changed only by conditional UPDATEs.

    `on_hand` lies on the shelf, `reserved` of it belongs to orders not yet shipped.
    """

    __tablename__ = "stocks"

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    on_hand: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    available: Mapped[int] = mapped_column(Computed("on_hand - reserved", persisted=True))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    upt: Mapped[Upt] = relationship(lazy="raise")
    variant: Mapped[Variant] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("variant_id", "upt_id"),
        CheckConstraint("0 <= reserved AND reserved <= on_hand", name="reserved_within_on_hand"),
    )


class LedgerEntry(Base):
    """One change of on-hand stock, immutable: who, why, because of what, when. `delta` is in pieces."""

    __tablename__ = "ledger_entries"

    id: Mapped[Id]
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"))
    kind: Mapped[str]
    delta: Mapped[int]
    reason: Mapped[str]
    cause: Mapped[str | None]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(LEDGER_KINDS) + "')", name="kind"),
        CheckConstraint("delta <> 0", name="delta_moves_something"),
        CheckConstraint(
            "CASE kind WHEN 'received' THEN delta > 0 WHEN 'returned' THEN delta > 0"
            " WHEN 'issued' THEN delta < 0 ELSE true END",
            name="sign_fits_kind",
        ),
        # an effect and its repeat have the same cause: the database keeps it to one row
        UniqueConstraint("stock_id", "kind", "cause"),
        Index("ix_ledger_entries_stock_id_at", "stock_id", "at"),
    )


class Reservation(Base):
    """Pieces of one stock row promised to one order: quantity = still held + released + issued.

    `expires_at` is empty once the order is paid.
    """

    __tablename__ = "reservations"

    id: Mapped[Id]
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"), index=True)
    order_number: Mapped[str] = mapped_column(index=True)
    quantity: Mapped[int]
    released: Mapped[int] = mapped_column(server_default=text("0"))
    issued: Mapped[int] = mapped_column(server_default=text("0"))
    held: Mapped[int] = mapped_column(Computed("quantity - released - issued", persisted=True))
    expires_at: Mapped[datetime | None]

    stock: Mapped[Stock] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("released >= 0 AND issued >= 0", name="counts"),
        CheckConstraint("released + issued <= quantity", name="held_is_not_negative"),
        Index("ix_reservations_held_until", "expires_at", postgresql_where=text("held > 0")),
    )
