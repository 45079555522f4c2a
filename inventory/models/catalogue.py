"""What listing and search read: one narrow row a product, and the words of all of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

NO_PRICE = 10**13
"""Where a product without a price stands among prices: above them all."""


class CatalogueEntry(Base):
    """What listing and search read of one product: one narrow row, rebuilt by `refresh_catalogue`.

    `price_from` is the lowest price of a variant that can be bought (rupiah); `words` is the folded text
    of name, UPTs and places, from which the vocabulary learns; `photograph` is the first published one.
    `rating_rank` orders by rating: the average in thousandths, drawn towards three stars while there are few;
    0 without any.
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
    rating_count: Mapped[int] = mapped_column(server_default=text("0"))
    rating_total: Mapped[int] = mapped_column(server_default=text("0"))
    rating_rank: Mapped[int] = mapped_column(server_default=text("0"))
    document: Mapped[str] = mapped_column(TSVECTOR)
    words: Mapped[str]
    photograph: Mapped[dict[str, Any] | None]

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
        Index("ix_catalogue_entries_category_rated", "category_id", "rating_rank", "product_id"),
        Index("ix_catalogue_entries_rated", "rating_rank", "product_id"),
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
