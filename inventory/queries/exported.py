"""Whole lists of goods for spreadsheets: shelves, batches, products with their prices; read in portions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Batch, Category, Maker, Product, Stock, Variant
from inventory.queries.staff import SHELF_ORDER, ShelfRow, Show, matching, shelf_query
from kernel.db import in_portions


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch with its shelf; pieces as in `Batch`."""

    upt_code: str
    upt_name: str
    sku: str
    product: str
    variant: str
    code: str
    made_on: date
    expires_on: date | None
    passed: int
    reworked: int
    failed: int
    remaining: int
    people: int | None
    hours: int | None
    actor_label: str


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A variant: price in rupiah, weight in grams, size in millimetres; None where nobody has said.

    `makers` are the codes of the UPTs of the reader's scope that make it.
    """

    sku: str
    product: str
    variant: str
    category: str
    unit: str
    price: int | None
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    makers: str
    is_withdrawn: bool


def shelf_rows(session: Session, actor: Actor, *, words: str, show: Show) -> Iterator[ShelfRow]:
    """Every row that the list of shelves shows, in its order."""
    query = shelf_query(actor, words=words, show=show)
    for row in in_portions(session, query, SHELF_ORDER):
        yield ShelfRow(*row)


def batch_rows(session: Session, actor: Actor, *, words: str) -> Iterator[BatchLine]:
    """Every batch made at the actor's UPTs whose product or SKU has these words, the newest first."""
    query = (
        select(
            *(Upt.code, Upt.name, Variant.sku, Product.name, Variant.name, Batch.code, Batch.made_on),
            *(Batch.expires_on, Batch.passed, Batch.reworked, Batch.failed, Batch.remaining),
            *(Batch.people, Batch.hours, Batch.actor_label),
        )
        .join_from(Batch, Stock, Stock.id == Batch.stock_id)
        .join(Upt, Upt.id == Stock.upt_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(in_scope(actor), matching(words), Batch.from_batch_id.is_(None))
    )
    for row in in_portions(session, query, (Batch.made_on, Batch.id), is_falling=True):
        yield BatchLine(*row)


def price_rows(session: Session, actor: Actor, locale: str, *, words: str) -> Iterator[PriceLine]:
    """Every variant of what the actor's UPTs make, with its price, by name."""
    makers = (
        select(func.string_agg(Upt.code, ", "))
        .join(Maker, Maker.upt_id == Upt.id)
        .where(Maker.product_id == Product.id, in_scope(actor))
        .scalar_subquery()
    )
    is_theirs = (
        select(Maker.upt_id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Maker.product_id == Product.id, in_scope(actor))
        .exists()
    )
    query = (
        select(
            *(Variant.sku, Product.name, Variant.name, category_name(locale), Product.unit, Variant.price),
            *(Variant.weight_g, Variant.length_mm, Variant.width_mm, Variant.height_mm),
            *(makers, Product.is_withdrawn),
        )
        .join_from(Variant, Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(true() if actor.is_national else is_theirs, matching(words))
    )
    for row in in_portions(session, query, (Product.name, Variant.name, Variant.id)):
        yield PriceLine(*row)


def category_name(locale: str) -> InstrumentedAttribute[str]:
    """What a category is called in the language at hand."""
    return Category.name_en if locale == "en" else Category.name_id
