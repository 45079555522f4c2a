"""Giving services the slots their sources do not state; all marked as sample."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from inventory.demo_terms import SLOTS
from inventory.models import Maker, Variant
from orders.models import ServiceSlot


def fill_slots(session: Session) -> int:
    """Give services without any slot those of the demo, at each UPT that gives them; gives how many."""
    slotted = select(ServiceSlot.product_id)
    known = (
        select(Variant.sku, Maker.product_id, Maker.upt_id)
        .join(Maker, Maker.product_id == Variant.product_id)
        .where(Variant.sku.in_(SLOTS), Variant.product_id.not_in(slotted))
        .order_by(Variant.sku, Maker.upt_id)
    )
    slots = [
        {
            "product_id": product_id,
            "upt_id": upt_id,
            "weekday": weekday,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "capacity": plan.capacity,
            "is_sample": True,
        }
        for sku, product_id, upt_id in session.execute(known)
        for plan in SLOTS[sku]
        for weekday in plan.weekdays
        for starts_at, ends_at in plan.hours
    ]
    if slots:
        session.execute(insert(ServiceSlot), slots)
    return len(slots)
