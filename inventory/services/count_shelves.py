"""The shelves of a stock-take: which belong on a sheet, and how they lie while they are held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.counting import LATELY, MOST_COUNT_LINES
from inventory.models import LedgerEntry, Maker, Product, Stock, Variant


@dataclass(frozen=True, slots=True)
class CountedShelf:
    """What lies on a shelf now, in pieces; `mark` is the newest line of its ledger lately, 0 for none."""

    stock_id: int | None
    on_hand: int
    reserved: int
    mark: int


def countable_variants(session: Session, upt_id: int, words: str) -> list[int]:
    """What a UPT makes or holds, by name, as far as a sheet goes and one more."""
    is_made = select(Maker).where(Maker.product_id == Product.id, Maker.upt_id == upt_id).exists()
    is_held = select(Stock.id).where(Stock.variant_id == Variant.id, Stock.upt_id == upt_id).exists()
    query = (
        select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(or_((Product.kind == "good") & is_made & ~Product.is_withdrawn, is_held))
        .where(
            or_(Product.name.icontains(words, autoescape=True), Variant.sku.icontains(words, autoescape=True))
        )
        .order_by(Product.name, Variant.name, Variant.id)
        .limit(MOST_COUNT_LINES + 1)
    )
    return list(session.scalars(query))


def hold_shelves(
    session: Session, upt_id: int, variant_ids: Collection[int], *, since: datetime
) -> dict[int, CountedShelf]:
    """The shelves of some variants, held in the order of their ids; what has never lain there has none yet.

    `since` is the earliest look at one of them that matters.
    """
    is_asked = (Stock.upt_id == upt_id) & Stock.variant_id.in_(variant_ids)
    session.execute(select(Stock.id).where(is_asked).order_by(Stock.id).with_for_update())
    newest = (
        select(LedgerEntry.id)
        .where(LedgerEntry.stock_id == Stock.id, LedgerEntry.at >= since - LATELY)
        .order_by(LedgerEntry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Stock.variant_id, Stock.id, Stock.on_hand, Stock.reserved, newest).where(is_asked)
    shelves = {row[0]: CountedShelf(row[1], row[2], row[3], row[4] or 0) for row in session.execute(query)}
    return {each: shelves.get(each) or CountedShelf(None, 0, 0, 0) for each in variant_ids}
