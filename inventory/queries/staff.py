"""Stock as officers see it: what their UPTs make or hold, with the counters and the ledger behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    cast,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import StockNotFound
from inventory.models import (
    LedgerEntry,
    LocationStock,
    Maker,
    Product,
    Stock,
    Transfer,
    TransferLine,
    Variant,
)
from inventory.rules import LOW_STOCK

PAGE_SIZE = 50
LEDGER_ROWS = 100
"""The newest lines of the ledger that a page shows."""

SHELF_ORDER = (Product.name, Variant.name, Variant.id, Upt.name, Upt.id)
"""How shelves are listed; no two have the same."""

Show = Literal["all", "available", "empty"]


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One variant at one UPT, in pieces; counters are 0 where nothing has ever lain on the shelf.

    `coming` are on their way to the UPT, `away` lie at its places beside the store.
    """

    upt_id: int
    upt_code: str
    upt_name: str
    province_code: str
    variant_id: int
    sku: str
    product: str
    variant: str
    unit: str
    stock_id: int | None
    on_hand: int
    reserved: int
    coming: int
    away: int

    @property
    def available(self) -> int:
        """Pieces that can still be sold."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """Some rows of a list, from page 1."""

    rows: tuple[ShelfRow, ...]
    page: int
    has_next: bool


def shelf_for(session: Session, actor: Actor, *, words: str, show: Show, page: int) -> ShelfPage:
    """The variants that the actor's UPTs make or hold, by name; `words` is a part of a name or SKU."""
    query = shelf_query(actor, words=words, show=show).order_by(*SHELF_ORDER)
    query = query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    rows = [ShelfRow(*row) for row in session.execute(query)]
    return ShelfPage(rows=tuple(rows[:PAGE_SIZE]), page=page, has_next=len(rows) > PAGE_SIZE)


def shelf_query(actor: Actor, *, words: str, show: Show) -> Select[*tuple[Any, ...]]:
    """What `shelf_for` reads, with the columns of a ShelfRow; the caller adds SHELF_ORDER."""
    pairs = _pairs(actor)
    return (
        select(*_COLUMNS)
        .select_from(pairs)
        .join(Variant, Variant.id == pairs.c.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Upt, Upt.id == pairs.c.upt_id)
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.upt_id == Upt.id))
        .where(matching(words), _shown(show))
    )


def low_shelves_for(session: Session, actor: Actor, *, most: int) -> tuple[Sequence[ShelfRow], int]:
    """What is nearly or wholly sold out at the actor's UPTs, the emptiest first, and how much of it there is.

    Only what has lain on a shelf before and is still offered.
    """
    is_low = and_(Stock.available <= LOW_STOCK, ~Product.is_withdrawn, in_scope(actor))
    low = (
        select(*_COLUMNS, func.count().over())
        .select_from(Stock)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Upt, Upt.id == Stock.upt_id)
        .where(is_low)
        .order_by(Stock.available, Product.name, Variant.id, Upt.id)
        .limit(most)
    )
    rows = session.execute(low).all()
    return [ShelfRow(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def shelf_row_for(session: Session, actor: Actor, upt_code: str, sku: str) -> ShelfRow:
    """One variant at one UPT that makes or holds it, if the actor may see it. Raises StockNotFound."""
    is_made = select(Maker).where(Maker.product_id == Product.id, Maker.upt_id == Upt.id).exists()
    query = (
        select(*_COLUMNS)
        .select_from(Upt)
        .join(Variant, Variant.sku == sku)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.upt_id == Upt.id))
        .where(Upt.code == upt_code, in_scope(actor))
        .where(or_(and_(Product.kind == "good", is_made), Stock.id.is_not(None)))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise StockNotFound
    return ShelfRow(*row)


def own_upts(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of the UPTs whose shelves the actor changes."""
    query = select(Upt.code, Upt.name).where(Upt.id.in_(actor.only("stock.change").upt_ids))
    return [(code, name) for code, name in session.execute(query.order_by(Upt.name))]


def ledger_of(session: Session, stock_id: int) -> Sequence[LedgerEntry]:
    """The newest changes of one stock row, the latest first."""
    query = select(LedgerEntry).where(LedgerEntry.stock_id == stock_id, LedgerEntry.location_id.is_(None))
    return session.scalars(
        query.order_by(LedgerEntry.at.desc(), LedgerEntry.id.desc()).limit(LEDGER_ROWS)
    ).all()


_COMING = (
    select(func.coalesce(func.sum(TransferLine.pieces), 0))
    .join(Transfer, Transfer.id == TransferLine.transfer_id)
    .where(Transfer.state == "sent", Transfer.to_upt_id == Upt.id, TransferLine.variant_id == Variant.id)
    .scalar_subquery()
)
_AWAY = (
    select(func.coalesce(func.sum(LocationStock.on_hand), 0))
    .where(LocationStock.stock_id == Stock.id)
    .scalar_subquery()
)
_COLUMNS: tuple[Any, ...] = (
    Upt.id,
    Upt.code,
    Upt.name,
    Upt.province_code,
    Variant.id,
    Variant.sku,
    Product.name,
    Variant.name,
    Product.unit,
    Stock.id,
    func.coalesce(Stock.on_hand, 0),
    func.coalesce(Stock.reserved, 0),
    cast(_COMING, BigInteger),
    cast(_AWAY, BigInteger),
)


def _pairs(actor: Actor) -> Subquery:
    """Which variants belong on which shelf of the scope: goods a UPT makes, and whatever it holds."""
    made = (
        select(Variant.id.label("variant_id"), Maker.upt_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Product.kind == "good", in_scope(actor))
    )
    held = select(Stock.variant_id, Stock.upt_id).join(Upt, Upt.id == Stock.upt_id).where(in_scope(actor))
    return union(made, held).subquery()


def matching(words: str) -> ColumnElement[bool]:
    """Products whose name or SKU has these words; without any, all."""
    return or_(Product.name.icontains(words, autoescape=True), Variant.sku.icontains(words, autoescape=True))


def _shown(show: Show) -> ColumnElement[bool]:
    available = func.coalesce(Stock.available, 0)
    match show:
        case "available":
            return available > 0
        case "empty":
            return available == 0
        case "all":
            return true()
