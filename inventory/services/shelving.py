"""What officers do with their shelf: pieces come in, and counts are put right by plus or minus.

Each use-case finds the shelf through the gate (StockNotFound), lets only the UPT's own officers change it
(StockNotYours), and leaves a ledger row and an audit entry. `key` is the form's: sent twice it counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.counting import SHEET_REASONS, needs_second
from inventory.errors import BatchNeeded, CountRefused, ReasonMissing, StockNotYours
from inventory.models import LedgerEntry, Stock, Variant
from inventory.queries.batches import must_expire
from inventory.queries.staff import ShelfRow, shelf_row_for
from inventory.rules import RECEIPT_REASONS
from inventory.services.stock import adjust, receive


def receive_pieces(
    session: Session,
    upt_code: str,
    sku: str,
    quantity: int,
    *,
    reason: str,
    key: str,
    actor: Actor,
    at: datetime,
) -> bool:
    """Pieces came onto the shelf; False when this form has been counted before.

    Raises ReasonMissing, QuantityInvalid, and BatchNeeded for food, wherever it comes from.
    """
    if reason not in RECEIPT_REASONS:
        raise ReasonMissing

    def change(shelf: ShelfRow, _stock_id: int, cause: str) -> None:
        if must_expire(session, shelf.variant_id):
            raise BatchNeeded
        receive(
            session,
            shelf.variant_id,
            shelf.upt_id,
            quantity,
            reason=reason,
            cause=cause,
            actor=actor,
            at=at,
        )

    return _change(session, upt_code, sku, change, kind="received", key=key, actor=actor, at=at)


def adjust_pieces(
    session: Session,
    upt_code: str,
    sku: str,
    delta: int,
    *,
    reason: str,
    key: str,
    actor: Actor,
    at: datetime,
) -> bool:
    """Put a count right by a difference; False when this form has been counted before.

    Raises ReasonMissing, QuantityInvalid, StockTooLow when orders hold what would be taken, and CountRefused
    for what no more than a count can tell, when it is too much for one person to answer for.
    """

    def change(shelf: ShelfRow, stock_id: int, cause: str) -> None:
        price = session.scalar(select(Variant.price).where(Variant.id == shelf.variant_id))
        if reason in SHEET_REASONS and needs_second(delta, price):
            raise CountRefused("count_on_sheet")
        adjust(session, stock_id, delta, reason=reason, cause=cause, actor=actor, at=at)

    return _change(session, upt_code, sku, change, kind="adjusted", key=key, actor=actor, at=at)


def _change(
    session: Session,
    upt_code: str,
    sku: str,
    change: Callable[[ShelfRow, int, str], None],
    *,
    kind: str,
    key: str,
    actor: Actor,
    at: datetime,
) -> bool:
    shelf = shelf_row_for(session, actor, upt_code, sku)
    if not actor.may_at("stock.change", shelf.upt_id):
        raise StockNotYours
    stock_id, on_hand = hold_shelf(session, shelf)
    cause = f"form:{key}"
    if _has_happened(session, stock_id, kind, cause):
        return False
    change(shelf, stock_id, cause)
    now_on_hand = session.scalar(select(Stock.on_hand).where(Stock.id == stock_id))
    audit.record(
        session,
        actor,
        f"stock.{kind}",
        "stock",
        f"{upt_code}/{sku}",
        at=at,
        upt_id=shelf.upt_id,
        before={"on_hand": on_hand},
        after={"on_hand": now_on_hand},
    )
    return True


def hold_shelf(session: Session, shelf: ShelfRow) -> tuple[int, int]:
    """Id and pieces of the stock row, made if need be and held: a second form waits for the first."""
    place = {"variant_id": shelf.variant_id, "upt_id": shelf.upt_id}
    session.execute(upsert(Stock).values(place).on_conflict_do_nothing())
    query = select(Stock.id, Stock.on_hand).filter_by(**place).with_for_update()
    stock_id, on_hand = session.execute(query).one()
    return stock_id, on_hand


def _has_happened(session: Session, stock_id: int, kind: str, cause: str) -> bool:
    query = select(LedgerEntry.id).where(LedgerEntry.stock_id == stock_id, LedgerEntry.kind == kind)
    return session.scalar(query.where(LedgerEntry.cause == cause)) is not None
