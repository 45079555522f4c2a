"""Production batches as officers see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.categories import FOOD_CATEGORIES
from inventory.models import Batch, Category, Product, ProductFacts, Stock, Variant

BATCH_ROWS = 30
"""The newest batches that a shelf's page shows besides those that still lie there."""

MOST_ENDING = 20


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch on its shelf; pieces as in `Batch`."""

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
    is_from_another: bool


@dataclass(frozen=True, slots=True)
class EndingBatch:
    """A batch with pieces on the shelf and a last day that is near or past."""

    upt_code: str
    upt_name: str
    sku: str
    product: str
    variant: str
    code: str
    remaining: int
    expires_on: date


def batches_of(session: Session, stock_id: int) -> Sequence[BatchRow]:
    """The batches of one stock row: first those that lie there, as they go out, then the newest others."""
    columns: tuple[Any, ...] = (Batch.code, Batch.made_on, Batch.expires_on, Batch.passed, Batch.reworked)
    columns += (Batch.failed, Batch.remaining, Batch.people, Batch.hours, Batch.actor_label)
    columns += (Batch.from_batch_id.is_not(None),)
    query = select(*columns).where(Batch.stock_id == stock_id)
    there = query.where(Batch.remaining > 0).order_by(
        Batch.expires_on.asc().nulls_last(), Batch.made_on, Batch.id
    )
    gone = query.where(Batch.remaining == 0).order_by(Batch.made_on.desc(), Batch.id.desc()).limit(BATCH_ROWS)
    return [BatchRow(*row) for each in (there, gone) for row in session.execute(each)]


def ending_batches_for(
    session: Session, actor: Actor, *, until: date, most: int = MOST_ENDING
) -> tuple[Sequence[EndingBatch], int]:
    """Batches on the shelves of the actor's UPTs that keep until `until` at most, and how many there are.

    The most urgent first.
    """
    query = (
        select(Upt.code, Upt.name, Variant.sku, Product.name, Variant.name, Batch.code, Batch.remaining)
        .add_columns(Batch.expires_on, func.count().over())
        .join_from(Batch, Stock, Stock.id == Batch.stock_id)
        .join(Upt, Upt.id == Stock.upt_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Batch.remaining > 0, Batch.expires_on <= until, in_scope(actor))
        .order_by(Batch.expires_on, Batch.id)
        .limit(most)
    )
    rows = session.execute(query).all()
    return [EndingBatch(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def must_expire(session: Session, variant_id: int) -> bool:
    """Whether each batch of a variant says until when it keeps: food does."""
    query = select(Category.slug).join(Product, Product.category_id == Category.id)
    query = query.join(Variant, Variant.product_id == Product.id).where(Variant.id == variant_id)
    return session.scalar(query) in FOOD_CATEGORIES


def usual_life(session: Session, variant_id: int) -> int | None:
    """How many days the product keeps from its making, if anybody has said so."""
    query = select(ProductFacts.shelf_life_days).join(Variant, Variant.product_id == ProductFacts.product_id)
    return session.scalar(query.where(Variant.id == variant_id))
