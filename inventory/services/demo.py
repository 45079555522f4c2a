"""Filling in what the sources do not state, so that a demo shop can sell; every value is marked as sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor
from inventory.demo_facts import SOLD_OUT_SKUS
from inventory.demo_values import (
    FLAGSHIPS,
    FLAGSHIPS_SINCE,
    FURTHER_MAKERS,
    SHARED_GOODS,
    SharedGood,
    demo_lead_days,
    demo_pieces,
)
from inventory.demo_values import demo_variant as values_of
from inventory.models import Category, Maker, Product, Stock, Variant
from inventory.services.catalogue import refresh_catalogue
from inventory.services.demo_facts import (
    add_permit_rules,
    add_permits,
    add_sisters,
    fill_capacities,
    fill_facts,
)
from inventory.services.demo_terms import fill_terms
from inventory.services.receiving import Receipt, receive_all

REASON = "demo"
"""The ledger's reason for pieces that lie on no real shelf."""


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """How many values were added of each kind."""

    goods: int
    variants: int
    makers: int
    lead_times: int
    facts: int
    capacities: int
    permits: int
    rules: int
    terms: int
    flagships: int
    stocks: int


def load_demo_goods(session: Session, *, actor: Actor, at: datetime) -> DemoLoaded:
    """Add prices, weights, sizes, makers, lead times and first stock where there is none yet.

    A second call adds nothing; what a source or an officer stated is never changed.
    """
    upt_ids = {code: upt_id for upt_id, code in session.execute(select(Upt.id, Upt.code))}
    goods = sum(_add_shared_good(session, good, upt_ids, at=at) for good in SHARED_GOODS)
    variants = _fill_variants(session) + add_sisters(session)
    makers = _add_makers(session, upt_ids)
    lead_times = _fill_lead_times(session)
    facts = fill_facts(session)
    capacities = fill_capacities(session)
    permits = add_permits(session, upt_ids, at=at)
    rules = add_permit_rules(session, at=at)
    terms = fill_terms(session)
    flagships = _designate(session, upt_ids)
    stocks = stock_empty_shelves(session, actor=actor, at=at)
    refresh_catalogue(session, session.scalars(select(Product.id)).all())
    return DemoLoaded(
        goods, variants, makers, lead_times, facts, capacities, permits, rules, terms, flagships, stocks
    )


def stock_empty_shelves(session: Session, *, actor: Actor, at: datetime) -> int:
    """Put some pieces of each buyable good on the shelf of each maker who never had any; gives how many.

    Who makes it to order (a monthly capacity is stated) keeps none.
    """
    never_stocked = (
        select(Variant.id, Variant.sku, Upt.id, Upt.code)
        .join(Product, Product.id == Variant.product_id)
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .outerjoin(Stock, (Stock.variant_id == Variant.id) & (Stock.upt_id == Upt.id))
        .where(Product.kind == "good", Variant.price.is_not(None), Variant.weight_g.is_not(None))
        .where(Stock.id.is_(None), Maker.monthly_capacity.is_(None), Variant.sku.not_in(SOLD_OUT_SKUS))
        .order_by(Variant.id, Upt.id)
    )
    receipts = [
        Receipt(variant_id, upt_id, demo_pieces(sku, code))
        for variant_id, sku, upt_id, code in session.execute(never_stocked)
    ]
    receive_all(session, receipts, reason=REASON, actor=actor, at=at, is_sample=True)
    return len(receipts)


def _add_shared_good(session: Session, good: SharedGood, upt_ids: Mapping[str, int], *, at: datetime) -> int:
    """Create the good if one of its makers is in the shop; gives how many were created."""
    makers = [upt_ids[code] for code in good.upt_codes if code in upt_ids]
    if not makers or session.scalar(select(Product.id).where(Product.slug == good.slug)):
        return 0
    product = Product(
        slug=good.slug,
        name=good.name,
        category_id=session.scalars(select(Category.id).where(Category.slug == good.category)).one(),
        kind="good",
        description_id=good.description_id,
        description_en=good.description_en,
        unit=good.unit,
        is_sample=True,
        created_at=at,
    )
    session.add(product)
    session.flush()
    variant = {field: getattr(good.variant, field) for field in good.variant.__slots__}
    session.add(Variant(product_id=product.id, sku=good.sku, is_sample=True, **variant))
    session.add_all(Maker(product_id=product.id, upt_id=upt_id, is_sample=True) for upt_id in makers)
    session.flush()
    return 1


def _fill_variants(session: Session) -> int:
    """Give goods that a courier takes the price, weight and size no source states."""
    incomplete = (
        select(Variant.id, Variant.sku, Category.slug, Product.unit)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Product.kind == "good")
        .where(func.num_nulls(Variant.price, Variant.weight_g, Variant.length_mm) > 0)
    )
    filled: list[dict[str, Any]] = []
    for variant_id, sku, category, unit in session.execute(incomplete):
        if values := values_of(sku, category, unit):
            filled.append(
                {"variant": variant_id} | {field: getattr(values, field) for field in values.__slots__}
            )
    if filled:
        session.execute(_FILL_VARIANT, filled)
    return len(filled)


_FILL_VARIANT = text(
    """
    UPDATE variants SET
        price = coalesce(price, :price), weight_g = coalesce(weight_g, :weight_g),
        length_mm = coalesce(length_mm, :length_mm), width_mm = coalesce(width_mm, :width_mm),
        height_mm = coalesce(height_mm, :height_mm), is_sample = true
    WHERE id = :variant
    """
)


def _add_makers(session: Session, upt_ids: Mapping[str, int]) -> int:
    """Let the further makers make what they make; gives how many were added."""
    known = select(Variant.sku, Variant.product_id).where(Variant.sku.in_(FURTHER_MAKERS))
    makers = [
        {"product_id": product_id, "upt_id": upt_ids[code], "is_sample": True}
        for sku, product_id in session.execute(known)
        for code in FURTHER_MAKERS[sku]
        if code in upt_ids
    ]
    if not makers:
        return 0
    added = upsert(Maker).values(makers).on_conflict_do_nothing().returning(Maker.product_id)
    return len(session.scalars(added).all())


def _designate(session: Session, upt_ids: Mapping[str, int]) -> int:
    """Let some goods be the flagship of a UPT that has none; gives how many."""
    known = select(Variant.sku, Variant.product_id).where(Variant.sku.in_(FLAGSHIPS))
    count = 0
    for sku, product_id in session.execute(known).all():
        upt_id = upt_ids.get(FLAGSHIPS[sku])
        has_one = select(Maker.upt_id).where(Maker.upt_id == upt_id, Maker.flagship_since.is_not(None))
        designated = session.execute(
            update(Maker)
            .where(Maker.product_id == product_id, Maker.upt_id == upt_id, ~has_one.exists())
            .values(flagship_since=FLAGSHIPS_SINCE, is_sample=True)
            .returning(Maker.product_id)
        )
        count += len(designated.all())
    return count


def _fill_lead_times(session: Session) -> int:
    """Tell how long makers of goods need where they have not said."""
    unsaid = (
        select(Maker.product_id, Maker.upt_id, func.min(Variant.sku), Category.slug, Upt.code)
        .join(Product, Product.id == Maker.product_id)
        .join(Variant, Variant.product_id == Product.id)
        .join(Category, Category.id == Product.category_id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Product.kind == "good", Maker.lead_days.is_(None))
        .group_by(Maker.product_id, Maker.upt_id, Category.slug, Upt.code)
    )
    rows = [
        {"product_id": product_id, "upt_id": upt_id, "lead_days": demo_lead_days(sku, category, code)}
        for product_id, upt_id, sku, category, code in session.execute(unsaid)
    ]
    if rows:
        session.execute(update(Maker), [row | {"is_sample": True} for row in rows])
    return len(rows)
