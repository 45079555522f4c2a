"""Filling in what the sources do not tell: variants, facts, capacity, permits; all marked as sample."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.demo_facts import (
    MADE_TO_ORDER,
    PERMITS,
    PIRT_EXPIRES,
    PIRT_ISSUED,
    RULED_CATEGORIES,
    RULED_KINDS,
    RULED_SINCE,
    SISTERS,
    DemoFacts,
    DemoPermit,
    DemoSister,
    demo_delivery_modes,
    demo_facts,
    demo_pirt,
)
from inventory.models import (
    Category,
    Maker,
    Permit,
    PermitProduct,
    PermitRule,
    Product,
    ProductFacts,
    Variant,
    VariantOption,
)
from inventory.rules import permit_number

_VERIFIED_BY = "demo"
_TEXTS = ("ingredients", "allergens", "storage", "care", "story")


def add_sisters(session: Session) -> int:
    """Give some goods variants that differ in size, colour or motif; gives how many were added."""
    added = 0
    for sku, sisters in SISTERS.items():
        own = session.scalars(select(Variant).where(Variant.sku == sku)).one_or_none()
        if own is None or own.name or own.price is None or own.weight_g is None:
            continue
        own.name, own.is_sample = sisters[0].name, True
        session.add_all(_options(own.id, sisters[0]))
        for sister in sisters[1:]:
            variant = Variant(
                product_id=own.product_id,
                sku=f"{sku}.{sister.suffix}",
                name=sister.name,
                price=own.price + sister.price_more,
                weight_g=own.weight_g + sister.weight_more,
                length_mm=own.length_mm,
                width_mm=own.width_mm,
                height_mm=own.height_mm,
                is_sample=True,
            )
            session.add(variant)
            session.flush()
            session.add_all(_options(variant.id, sister))
            added += 1
    session.flush()
    return added


def fill_facts(session: Session) -> int:
    """Tell of every product nobody has told of: facts, and ways of delivery where none are stated."""
    untold = (
        select(
            Product.id,
            Product.kind,
            Product.unit,
            Product.delivery_modes,
            Category.slug,
            func.min(Variant.sku),
        )
        .join(Category, Category.id == Product.category_id)
        .join(Variant, Variant.product_id == Product.id)
        .outerjoin(ProductFacts, ProductFacts.product_id == Product.id)
        .where(ProductFacts.product_id.is_(None))
        .group_by(Product.id, Category.slug)
    )
    facts: list[dict[str, Any]] = []
    modes: list[dict[str, Any]] = []
    for product_id, kind, unit, stated, category, sku in session.execute(untold):
        facts.append({"product_id": product_id, "is_sample": True} | _facts_row(demo_facts(sku, category)))
        if not stated:
            chosen = demo_delivery_modes(kind, category, unit, sku)
            modes.append({"id": product_id, "delivery_modes": list(chosen)})
    if facts:
        session.execute(insert(ProductFacts), facts)
    if modes:
        session.execute(update(Product), modes)
    return len(facts)


def fill_capacities(session: Session) -> int:
    """Say what the makers of goods that are made to order can make in a month, where they have not."""
    unsaid = (
        select(Maker.product_id, Maker.upt_id, Variant.sku)
        .join(Variant, Variant.product_id == Maker.product_id)
        .where(Variant.sku.in_(MADE_TO_ORDER), Maker.monthly_capacity.is_(None))
    )
    rows = [
        {
            "product_id": product_id,
            "upt_id": upt_id,
            "monthly_capacity": MADE_TO_ORDER[sku],
            "is_sample": True,
        }
        for product_id, upt_id, sku in session.execute(unsaid)
    ]
    if rows:
        session.execute(update(Maker), rows)
    return len(rows)


def add_permits(session: Session, upt_ids: Mapping[str, int], *, at: datetime) -> int:
    """Add the demo's permits, with numbers nobody has been given; gives how many were added."""
    return sum(
        _add_permit(session, permit, upt_ids[permit.upt_code], at=at)
        for permit in PERMITS
        if permit.upt_code in upt_ids
    )


def add_permit_rules(session: Session, *, at: datetime) -> int:
    """Let packed food of the demo need a permit, and give its makers one; gives how many rules were added.

    Only where there are no rules yet: from then on they are head office's.
    """
    if session.scalar(select(func.count()).select_from(PermitRule)):
        return 0
    categories = session.scalars(select(Category.id).where(Category.slug.in_(RULED_CATEGORIES))).all()
    for category_id in categories:
        session.add(PermitRule(category_id=category_id, kinds=list(RULED_KINDS), since=RULED_SINCE))
    _give_pirts(session, categories, at=at)
    return len(categories)


def _give_pirts(session: Session, category_ids: Collection[int], *, at: datetime) -> None:
    """A P-IRT for each maker of goods of these categories that has had no permit for them."""
    had = (
        select(PermitProduct.permit_id)
        .join(Permit, Permit.id == PermitProduct.permit_id)
        .where(
            PermitProduct.product_id == Product.id,
            Permit.upt_id == Maker.upt_id,
            Permit.kind.in_(RULED_KINDS),
        )
    )
    without = (
        select(Product.id, Upt.id, Upt.regency_code)
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Product.category_id.in_(category_ids), ~had.exists())
        .order_by(Product.slug, Upt.code)
    )
    for number, (product_id, upt_id, regency_code) in enumerate(session.execute(without).all(), start=1):
        permit = Permit(
            kind="PIRT",
            number=demo_pirt(regency_code, number),
            upt_id=upt_id,
            issued_on=PIRT_ISSUED,
            expires_on=PIRT_EXPIRES,
            verified_at=at,
            verified_by=_VERIFIED_BY,
            is_sample=True,
        )
        session.add(permit)
        session.flush()
        _cover(session, permit.id, (product_id,))


def _add_permit(session: Session, permit: DemoPermit, upt_id: int, *, at: datetime) -> int:
    products = session.scalars(select(Variant.product_id).where(Variant.sku.in_(permit.skus))).all()
    if permit.skus and not products:
        return 0
    values = {
        "kind": permit.kind,
        "number": permit_number(permit.kind, permit.number, expires_on=permit.expires_on).number,
        "title": permit.title,
        "upt_id": upt_id,
        "issued_on": permit.issued_on,
        "expires_on": permit.expires_on,
        "verified_at": at if permit.is_verified else None,
        "verified_by": _VERIFIED_BY if permit.is_verified else "",
        "is_sample": True,
    }
    permit_id = session.scalar(upsert(Permit).values(values).on_conflict_do_nothing().returning(Permit.id))
    if permit_id is None:
        return 0
    _cover(session, permit_id, products)
    return 1


def _cover(session: Session, permit_id: int, product_ids: Collection[int]) -> None:
    if product_ids:
        rows = [{"permit_id": permit_id, "product_id": product_id} for product_id in product_ids]
        session.execute(insert(PermitProduct), rows)


def _options(variant_id: int, sister: DemoSister) -> list[VariantOption]:
    return [
        VariantOption(
            variant_id=variant_id, kind=option.kind, value_id=option.value.id, value_en=option.value.en
        )
        for option in sister.options
    ]


def _facts_row(facts: DemoFacts) -> dict[str, Any]:
    row: dict[str, Any] = {"net_content": facts.net_content, "shelf_life_days": facts.shelf_life_days}
    for name in _TEXTS:
        text = getattr(facts, name)
        row |= {f"{name}_id": text.id, f"{name}_en": text.en}
    return row
