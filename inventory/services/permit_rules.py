"""The rules about permits, written by head office: what goods of a category need before they are sold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from inventory.errors import CategoryNotFound, PermitDatesInvalid
from inventory.models import Category, PermitRule, Product
from inventory.rules import CATALOGUE
from inventory.services.catalogue import hold_products, refresh_catalogue
from inventory.services.restocking import announce_return
from kernel.db import mark_changed


def set_permit_rule(
    session: Session, slug: str, kinds: Collection[str], since: date | None, *, actor: Actor, at: datetime
) -> None:
    """Let goods of a category be sold, from the day `since`, only under a permit of one of these kinds.

    Without kinds they need none. What may be sold no more leaves the shop, and what may again returns; orders
    that were placed stand. Raises CategoryNotFound for whoever may not write rules too, PermitDatesInvalid
    without a day.
    """
    # not against new entries of the category: whoever writes one may hold products that are waited for below
    found = select(Category).where(Category.slug == slug)
    category = session.scalar(found.with_for_update(key_share=True))
    if category is None or not actor.may("permit.rule"):
        raise CategoryNotFound
    if kinds and since is None:
        raise PermitDatesInvalid("rule_begins", field="since")
    rule = session.get(PermitRule, category.id)
    before = _plain(rule.kinds, rule.since) if rule else {}
    after = _plain(kinds, since) if kinds else {}
    if before == after:
        return
    if kinds:
        values = {"kinds": sorted(kinds), "since": since}
        statement = upsert(PermitRule).values(category_id=category.id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["category_id"], set_=values))
    else:
        session.execute(delete(PermitRule).where(PermitRule.category_id == category.id))
    product_ids = session.scalars(select(Product.id).where(Product.category_id == category.id)).all()
    hold_products(session, product_ids)
    refresh_catalogue(session, product_ids)
    announce_return(session, product_ids)
    mark_changed(session, CATALOGUE)
    record(session, actor, "permit_rule.set", "category", category.slug, before=before, after=after, at=at)


def _plain(kinds: Collection[str], since: date | None) -> dict[str, Any]:
    return {"kinds": sorted(kinds), "since": since.isoformat() if since else None}
