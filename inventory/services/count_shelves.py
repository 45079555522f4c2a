"""The shelves of a stock-take: which belong on a sheet, and how they lie while they are held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from inventory.counting import CORRECTIONS, LATELY, MOST_COUNT_LINES
from inventory.models import LedgerEntry, Maker, Product, Stock, Variant


@dataclass(frozen=True, slots=True)
class CountedShelf:
    """What lies on a shelf now, in pieces, each worth `price` rupiah.

    `mark` is the newest line of its ledger lately, `corrected` the newest that may be a count; 0 for none.
    """

    sku: str
    price: int | None
    stock_id: int | None
    on_hand: int
    reserved: int
    mark: int
    corrected: int


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


def open_shelves(session: Session, upt_id: int, variant_ids: Collection[int]) -> None:
    """A stock row for each of these variants that has none at a UPT, made in the order of their ids."""
    is_there = select(Stock.id).where(Stock.variant_id == Variant.id, Stock.upt_id == upt_id).exists()
    missing = select(Variant.id, literal(upt_id)).where(Variant.id.in_(variant_ids), ~is_there)
    rows = upsert(Stock).from_select(["variant_id", "upt_id"], missing.order_by(Variant.id))
    session.execute(rows.on_conflict_do_nothing())


def hold_shelves(
    session: Session, upt_id: int, variant_ids: Collection[int], *, since: datetime
) -> dict[int, CountedShelf]:
    """The shelves of some variants, held in the order of their ids; what has never lain there has none yet.

    `since` is the earliest look at one of them that matters.
    """
    is_asked = (Stock.upt_id == upt_id) & Stock.variant_id.in_(variant_ids)
    session.execute(select(Stock.id).where(is_asked).order_by(Stock.id).with_for_update())
    is_correction = (LedgerEntry.kind == "adjusted") & LedgerEntry.reason.in_(CORRECTIONS)
    newest, corrected = func.max(LedgerEntry.id), func.max(LedgerEntry.id).filter(is_correction)
    lately = (
        select(func.coalesce(newest, 0).label("mark"), func.coalesce(corrected, 0).label("corrected"))
        .where(LedgerEntry.stock_id == Stock.id, LedgerEntry.location_id.is_(None))
        .where(LedgerEntry.at >= since - LATELY)
        .lateral()
    )
    query = (
        select(Variant.id, Variant.sku, Variant.price, Stock.id)
        .add_columns(func.coalesce(Stock.on_hand, 0), func.coalesce(Stock.reserved, 0))
        .add_columns(lately.c.mark, lately.c.corrected)
        .outerjoin_from(Variant, Stock, (Stock.variant_id == Variant.id) & (Stock.upt_id == upt_id))
        .join(lately, true())
        .where(Variant.id.in_(variant_ids))
    )
    return {row[0]: CountedShelf(*row[1:]) for row in session.execute(query)}
