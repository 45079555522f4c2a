"""The rules about permits, category by category, as the offices read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, Subquery, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import CategoryNotFound
from inventory.models import Category, Maker, PermitRule, Product
from inventory.queries.resting import product_lacks_permits_at, product_rests


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What a category needs from a day on; no `kinds` and no day where it needs nothing.

    Of its `goods` so many rest today.
    """

    slug: str
    name_id: str
    name_en: str
    kinds: tuple[str, ...]
    since: date | None
    goods: int
    resting: int

    def name(self, locale: str) -> str:
        """What the category is called."""
        return self.name_en if locale == "en" else self.name_id


def category_rules(session: Session, actor: Actor) -> Sequence[CategoryRule]:
    """Every category with goods or a rule: those with a rule first, then by name. One statement.

    Goods are those the actor's UPTs make.
    """
    return [_rule(row) for row in session.execute(_rules(actor))]


def category_rule(session: Session, actor: Actor, slug: str) -> CategoryRule:
    """The rule of one category. Raises CategoryNotFound."""
    row = session.execute(_rules(actor).where(Category.slug == slug)).one_or_none()
    if row is None:
        raise CategoryNotFound
    return _rule(row)


def _rule(row: Any) -> CategoryRule:
    return CategoryRule(**{**row._mapping, "kinds": tuple(row.kinds)})


def _rules(actor: Actor) -> Select[*tuple[Any, ...]]:
    goods = _goods(actor)
    return (
        select(
            *(Category.slug, Category.name_id, Category.name_en),
            func.coalesce(PermitRule.kinds, cast(literal("{}"), ARRAY(Text))).label("kinds"),
            PermitRule.since,
            cast(func.count(goods.c.id.distinct()), Integer).label("goods"),
            cast(func.count(goods.c.id.distinct()).filter(goods.c.rests), Integer).label("resting"),
        )
        .select_from(Category)
        .outerjoin(PermitRule, PermitRule.category_id == Category.id)
        .outerjoin(goods, goods.c.category_id == Category.id)
        .group_by(Category.id, PermitRule.category_id)
        .having((func.count(goods.c.id) > 0) | PermitRule.category_id.is_not(None))
        .order_by(PermitRule.category_id.is_(None), Category.name_id)
    )


def _goods(actor: Actor) -> Subquery:
    """Of the nation goods rest that nobody may sell, of an office those that one of its UPTs may not sell.

    What a UPT has paused is no matter of permits.
    """
    rests = product_rests() if actor.is_national else product_lacks_permits_at("makers.upt_id")
    query = select(Product.id, Product.category_id, rests.label("rests")).where(~Product.is_withdrawn)
    if not actor.is_national:
        query = query.join(Maker, Maker.product_id == Product.id).join(Upt, Upt.id == Maker.upt_id)
        query = query.where(in_scope(actor))
    return query.subquery()
