"""The officers' list of products, and how many drafts wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Category, Maker, Product, ProductDraft
from inventory.queries.drafts import Standing, is_made_for, standing_of
from inventory.queries.exported import category_name
from kernel.db import in_portions

PAGE_SIZE = 50

Show = Literal["all", "proposed", "returned", "draft", "in_shop", "archived"]
_OPEN: tuple[Show, ...] = ("proposed", "returned", "draft")


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product on the officers' list."""

    slug: str
    name: str
    category: str
    standing: Standing
    is_in_shop: bool
    makers: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some rows of the list, from page 1."""

    rows: tuple[ProductCard, ...]
    page: int
    has_next: bool


def products_for(
    session: Session, actor: Actor, locale: str, *, words: str, show: Show, page: int
) -> ProductPage:
    """The products the actor's UPTs make, by name. One statement."""
    query = (
        _list(actor, locale, words, show)
        .order_by(*_ORDER)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [_card(row) for row in session.execute(query)]
    return ProductPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def all_products_for(
    session: Session, actor: Actor, locale: str, *, words: str, show: Show
) -> Iterator[ProductCard]:
    """Every product that the list shows, in its order, read in portions."""
    return map(_card, in_portions(session, _list(actor, locale, words, show), _ORDER))


def draft_counts(session: Session, actor: Actor) -> dict[Show, int]:
    """How many drafts of the actor's UPTs wait, were sent back, or are being written; nothing else."""
    query = (
        select(*(func.count().filter(_shown(show)) for show in _OPEN))
        .select_from(ProductDraft)
        .join(Product, Product.id == ProductDraft.product_id)
        .where(ProductDraft.state != "archived", is_made_for(actor))
    )
    return dict(zip(_OPEN, session.execute(query).one(), strict=True))


_name: ColumnElement[str] = func.coalesce(ProductDraft.changes["name"].astext, Product.name)


_ORDER: tuple[Any, ...] = (_name, Product.id)


def _list(actor: Actor, locale: str, words: str, show: Show) -> Select[*tuple[Any, ...]]:
    names = (
        select(func.string_agg(Upt.name, aggregate_order_by(literal(", "), Upt.name)))
        .join(Maker, Maker.upt_id == Upt.id)
        .where(Maker.product_id == Product.id, in_scope(actor))
        .scalar_subquery()
    )
    return (
        select(Product.slug, _name, category_name(locale))
        .add_columns(ProductDraft.state, ~Product.is_withdrawn, names)
        .select_from(Product)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(ProductDraft, ProductDraft.product_id == Product.id)
        .where(is_made_for(actor), _name.icontains(words, autoescape=True), _shown(show))
    )


def _card(row: Sequence[Any]) -> ProductCard:
    slug, name, category, state, is_in_shop, makers = row
    standing = standing_of(state, is_in_shop=is_in_shop)
    return ProductCard(slug, name, category, standing, is_in_shop, makers or "")


def _shown(show: Show) -> ColumnElement[bool]:
    state = func.coalesce(ProductDraft.state, "")
    match show:
        case "all":
            return true()
        case "in_shop":
            return ~Product.is_withdrawn
        case "archived":
            return and_(Product.is_withdrawn, state.in_(("", "archived")))
        case _:
            return case((state == show, True), else_=False)
