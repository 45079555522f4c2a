"""Products, their variants, what is told about them, and who makes them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Date, Text

from accounts.models import Upt
from inventory.rules import DELIVERY_MODES, OPTION_KINDS, PRODUCT_KINDS
from kernel.db import Base, Id
from kernel.money import BIGGEST_AMOUNT


class Category(Base):
    """One of the shop's categories; `slug` names its illustration."""

    __tablename__ = "categories"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name_id: Mapped[str]
    name_en: Mapped[str]


class Product(Base):
    """What is offered. `certificates` are claims of the source: only a `Permit` is one.

    `delivery_modes` are the ways it can reach a buyer; empty where nobody has said. What is bought online
    always goes by courier or cargo. `changed_at` is when anything its page tells of it changed last, stock
    apart; the database keeps it. `rating_total` is the sum of the stars of its `rating_count` reviews.
    One that was never published (`published_at`) is not in the shop, and its address leads nowhere yet.
    """

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
    delivery_modes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    source_url: Mapped[str] = mapped_column(server_default=text("''"))
    is_withdrawn: Mapped[bool] = mapped_column(server_default=text("false"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    rating_count: Mapped[int] = mapped_column(server_default=text("0"))
    rating_total: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    published_at: Mapped[datetime | None] = mapped_column(server_default=text("now()"))

    category: Mapped[Category] = relationship(lazy="raise")
    variants: Mapped[list[Variant]] = relationship(lazy="raise", order_by="Variant.id")

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(PRODUCT_KINDS) + "')", name="kind"),
        CheckConstraint(
            "delivery_modes <@ ARRAY['" + "', '".join(DELIVERY_MODES) + "']::text[]", name="delivery_modes"
        ),
        CheckConstraint(
            "rating_count >= 0 AND rating_total BETWEEN rating_count AND rating_count * 5", name="rating"
        ),
        CheckConstraint("is_withdrawn OR published_at IS NOT NULL", name="published"),
        Index("ix_products_name", "name"),
    )


class OldProductSlug(Base):
    """An address a product had before; it leads to where the product is now, however often it has moved."""

    __tablename__ = "old_product_slugs"

    slug: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]


class Variant(Base):
    """One thing with one price wherever it is made: rupiah; grams and millimetres as packed for the courier.

    Only a variant of a good with both price and weight can be put in a cart. `is_sample` marks values
    no source states. The costs are what one piece takes of its maker, in rupiah; the shop never shows them.
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
    cost_material: Mapped[int | None]
    cost_work: Mapped[int | None]
    cost_packaging: Mapped[int | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    product: Mapped[Product] = relationship(lazy="raise", back_populates="variants")
    options: Mapped[list[VariantOption]] = relationship(lazy="raise", order_by="VariantOption.kind")

    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint(f"price > 0 AND price <= {BIGGEST_AMOUNT}", name="price"),
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="size"),
        CheckConstraint("cost_material >= 0 AND cost_work >= 0 AND cost_packaging >= 0", name="costs"),
    )


class VariantOption(Base):
    """What tells a variant from its sisters: its size, colour or motif, in words of both languages.

    `Variant.name` says the same in one piece, for carts, orders and slips.
    """

    __tablename__ = "variant_options"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value_id: Mapped[str]
    value_en: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(OPTION_KINDS) + "')", name="kind"),
        CheckConstraint("value_id <> ''", name="value"),
    )


class ProductFacts(Base):
    """What a buyer wants to know of a product beyond its description; empty texts say nothing.

    `net_content` is written as on the label ("250 g"). `is_sample` marks facts no source states, and the
    product's delivery modes with them.
    """

    __tablename__ = "product_facts"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    net_content: Mapped[str] = mapped_column(server_default=text("''"))
    shelf_life_days: Mapped[int | None]
    ingredients_id: Mapped[str] = mapped_column(server_default=text("''"))
    ingredients_en: Mapped[str] = mapped_column(server_default=text("''"))
    allergens_id: Mapped[str] = mapped_column(server_default=text("''"))
    allergens_en: Mapped[str] = mapped_column(server_default=text("''"))
    storage_id: Mapped[str] = mapped_column(server_default=text("''"))
    storage_en: Mapped[str] = mapped_column(server_default=text("''"))
    care_id: Mapped[str] = mapped_column(server_default=text("''"))
    care_en: Mapped[str] = mapped_column(server_default=text("''"))
    story_id: Mapped[str] = mapped_column(server_default=text("''"))
    story_en: Mapped[str] = mapped_column(server_default=text("''"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (CheckConstraint("shelf_life_days > 0", name="shelf_life_days"),)


class Maker(Base):
    """A UPT that makes a product; `lead_days` is how long it takes to have a piece ready to hand over.

    `monthly_capacity` is how many pieces of it the UPT can make in a calendar month; who states both makes
    it to order. `flagship_since` is the day from which it is a designated flagship of that UPT, of which it
    has one or two.
    """

    __tablename__ = "makers"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), primary_key=True, index=True)
    lead_days: Mapped[int | None]
    monthly_capacity: Mapped[int | None]
    flagship_since: Mapped[date | None] = mapped_column(Date)
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    upt: Mapped[Upt] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("lead_days >= 0", name="lead_days"),
        CheckConstraint("monthly_capacity > 0", name="monthly_capacity"),
        Index(
            "ix_makers_to_order",
            "product_id",
            postgresql_where=text("monthly_capacity IS NOT NULL AND lead_days IS NOT NULL"),
        ),
        Index(
            "ix_makers_flagships",
            "flagship_since",
            "product_id",
            postgresql_where=text("flagship_since IS NOT NULL"),
        ),
    )
