"""The rules about permits, category by category, as the offices read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from inventory.errors import CategoryNotFound
from inventory.models import Category, PermitRule, Product
from inventory.queries.resting import product_rests


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


def category_rules(session: Session) -> Sequence[CategoryRule]:
    """Every category with goods or a rule: those with a rule first, then by name. One statement."""
    return [_rule(row) for row in session.execute(_RULES)]


def category_rule(session: Session, slug: str) -> CategoryRule:
    """The rule of one category. Raises CategoryNotFound."""
    row = session.execute(_RULES.where(Category.slug == slug)).one_or_none()
    if row is None:
        raise CategoryNotFound
    return _rule(row)


def _rule(row: Any) -> CategoryRule:
    return CategoryRule(**{**row._mapping, "kinds": tuple(row.kinds)})


_RULES: Select[*tuple[Any, ...]] = (
    select(
        *(Category.slug, Category.name_id, Category.name_en),
        func.coalesce(PermitRule.kinds, cast(literal("{}"), ARRAY(Text))).label("kinds"),
        PermitRule.since,
        cast(func.count(Product.id), Integer).label("goods"),
        cast(func.count(Product.id).filter(product_rests()), Integer).label("resting"),
    )
    .select_from(Category)
    .outerjoin(PermitRule, PermitRule.category_id == Category.id)
    .outerjoin(Product, (Product.category_id == Category.id) & ~Product.is_withdrawn)
    .group_by(Category.id, PermitRule.category_id)
    .having((func.count(Product.id) > 0) | PermitRule.category_id.is_not(None))
    .order_by(PermitRule.category_id.is_(None), Category.name_id)
)
