"""Goods that rest: what a rule of their category asks a permit for, while none that holds covers them; and at
one UPT also what it has paused.

Nothing is switched off or on. Each reader asks the rules, the permits and the pauses anew, by the day: goods
leave the shop on the day after their permit's last one, and are back once the next one is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import CatalogueEntry, Maker, Product, ProductTerms
from kernel.clock import JAKARTA

TODAY = f"CAST(now() AT TIME ZONE '{JAKARTA.key}' AS date)"
"""The shop's own day (kernel.clock.jakarta_day), as the database tells it."""

MOST_SHOWN = 50


def rests(*, product: str, category: str, upt: str | None = None, day: str = TODAY) -> str:
    """The SQL condition that goods may not be sold on a day; each part is a column or a bound value.

    With `upt` it is about what this UPT makes of them, which it may have paused too; without, they rest only
    where no UPT may sell them.
    """
    lacking = lack_permits(product=product, category=category, upt=upt, day=day)
    return f"({lacking} OR {pauses(product=product, upt=upt, day=day)})" if upt else lacking


def lack_permits(*, product: str, category: str, upt: str | None = None, day: str = TODAY) -> str:
    """The SQL condition that goods may not be sold on a day for want of a permit, whatever is paused."""
    of_upt = f"AND held.upt_id = {upt}" if upt else ""
    return f"""EXISTS (
 SELECT FROM permit_rules rule
 WHERE rule.category_id = {category} AND rule.since <= {day}
 AND NOT EXISTS (SELECT {_covering(product, day)} {of_upt}))"""


def _covering(product: str, day: str) -> str:
    """The permits that hold on a day and let goods be sold to which `rule` applies."""
    return f"""FROM permit_products covered JOIN permits held ON held.id = covered.permit_id
 WHERE covered.product_id = {product} AND held.kind = ANY(rule.kinds) AND held.verified_at IS NOT NULL
 AND (held.expires_on IS NULL OR held.expires_on >= {day})"""


def pauses(*, product: str, upt: str, day: str = TODAY) -> str:
    """The SQL condition that a UPT has paused goods on a day; few are open, so they are read at once."""
    return f"""
        ({upt} IN (
            SELECT whole.upt_id FROM pauses whole
            WHERE whole.ended_at IS NULL AND whole.product_id IS NULL AND whole.until >= {day}
        ) OR ({upt}, {product}) IN (
            SELECT one.upt_id, one.product_id FROM pauses one
            WHERE one.ended_at IS NULL AND one.product_id IS NOT NULL AND one.until >= {day}
        ))
    """  # noqa: S608  our own column names


def entry_rests() -> ColumnElement[bool]:
    """Whether the goods of a catalogue entry rest today."""
    return _condition(rests(product="catalogue_entries.product_id", category="catalogue_entries.category_id"))


def entry_lacks_permits_at(upt: str) -> ColumnElement[bool]:
    """Whether the UPT of this column ("makers.upt_id") may not sell the goods of a catalogue entry today.

    A pause is none of it: what is paused stays in the shop, and the shop says so.
    """
    product, category = "catalogue_entries.product_id", "catalogue_entries.category_id"
    return _condition(lack_permits(product=product, category=category, upt=upt))


def entry_is_paused_at(upt: str) -> ColumnElement[bool]:
    """Whether the UPT of this column ("makers.upt_id") has paused the goods of a catalogue entry today."""
    return _condition(pauses(product="catalogue_entries.product_id", upt=upt))


def today() -> ColumnElement[date]:
    """The shop's own day, for statements made of columns."""
    return literal_column(TODAY, Date)


def entry_rests_at(upt: str) -> ColumnElement[bool]:
    """Whether the goods of a catalogue entry rest today at the UPT of this column ("stocks.upt_id")."""
    return rests_at("catalogue_entries.product_id", "catalogue_entries.category_id", upt)


def rests_at(product: str, category: str, upt: str) -> ColumnElement[bool]:
    """Whether goods rest today at a UPT; the columns of the enclosing statement are told by their names."""
    return _condition(rests(product=product, category=category, upt=upt))


def permitted() -> FromClause:
    """The UPTs that may sell the goods of the catalogue entry at hand today: one array, `upts`.

    It is NULL where no rule asks for a permit, and whoever makes the goods may sell them. A statement that
    asks about several UPTs of a product joins this (outer), so that rules and permits are read once for each.
    """
    covering = _covering("catalogue_entries.product_id", TODAY)
    # OFFSET 0 keeps the planner from writing the array anew into each condition that reads it
    rows = f"""SELECT ARRAY(SELECT held.upt_id {covering}) AS upts FROM permit_rules rule
 WHERE rule.category_id = catalogue_entries.category_id AND rule.since <= {TODAY} OFFSET 0"""  # noqa: S608
    return text(rows).columns(column("upts", ARRAY(BigInteger))).lateral("permitted")


def is_permitted_at(permitted: FromClause, upt: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether this UPT may sell the goods today."""
    return or_(permitted.c.upts.is_(None), upt == func.any(permitted.c.upts))


def is_permitted(permitted: FromClause) -> ColumnElement[bool]:
    """Whether any UPT may sell the goods today."""
    return func.cardinality(permitted.c.upts).is_distinct_from(0)


def product_rests() -> ColumnElement[bool]:
    """Whether a product rests today."""
    return _condition(rests(product="products.id", category="products.category_id"))


def product_rests_at(upt: str) -> ColumnElement[bool]:
    """Whether a product rests today at the UPT of this column ("stocks.upt_id")."""
    return rests_at("products.id", "products.category_id", upt)


def product_lacks_permits_at(upt: str) -> ColumnElement[bool]:
    """Whether the UPT of this column ("makers.upt_id") lacks a permit to sell a product today."""
    return _condition(lack_permits(product="products.id", category="products.category_id", upt=upt))


@dataclass(frozen=True, slots=True)
class Resting:
    """Goods of a UPT that rest, for its officers and those above."""

    name: str
    upt_name: str


def resting_for(session: Session, actor: Actor) -> Sequence[Resting]:
    """What rests for want of a permit today at the actor's UPTs, by name; not more than MOST_SHOWN."""
    query = (
        select(Product.name, Upt.name)
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(in_scope(actor), ~Product.is_withdrawn, product_lacks_permits_at("makers.upt_id"))
        .order_by(Product.name, Upt.name)
        .limit(MOST_SHOWN)
    )
    return [Resting(*row) for row in session.execute(query)]


def listed_but_resting(session: Session) -> Sequence[int]:
    """The ids of products that rest today and that counts and searches still read of."""
    return session.scalars(select(CatalogueEntry.product_id).where(entry_rests())).all()


def sold_but_unlisted(session: Session) -> Sequence[int]:
    """The ids of products that have no catalogue entry though nothing speaks against it."""
    query = select(Product.id).where(
        ~Product.is_withdrawn,
        exists().where(Maker.product_id == Product.id),
        ~exists().where(ProductTerms.product_id == Product.id, ProductTerms.audience == "internal"),
        ~exists().where(CatalogueEntry.product_id == Product.id),
        ~product_rests(),
    )
    return session.scalars(query).all()


def _condition(sql: str) -> ColumnElement[bool]:
    return literal_column(f"({sql})", Boolean)
