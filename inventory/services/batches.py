"""Production batches: an officer notes what was made; what is past its date leaves the shelf by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor, system_actor
from accounts.services import audit
from inventory.errors import StockNotYours
from inventory.models import Batch, Stock, Variant
from inventory.queries.batches import must_expire
from inventory.queries.staff import shelf_row_for
from inventory.rules import BatchEntry, batch_code, check_batch
from inventory.services.batch_moves import TAKEN_BY_DATE, put_in
from inventory.services.shelving import hold_shelf
from inventory.services.stock import adjust, receive
from kernel.clock import jakarta_day
from kernel.i18n import province_zone


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stock row that is held: what lies there, and at which UPT."""

    stock_id: int
    variant_id: int
    upt_id: int


def note_batch(
    session: Session,
    upt_code: str,
    sku: str,
    entry: BatchEntry,
    *,
    key: UUID,
    actor: Actor,
    at: datetime,
) -> bool:
    """What passed the check comes onto the shelf; False when the form of this `key` was noted before.

    Raises StockNotFound, StockNotYours, BatchRefused.
    """
    shelf = shelf_row_for(session, actor, upt_code, sku)
    if not actor.may_at("stock.change", shelf.upt_id):
        raise StockNotYours
    day = at.astimezone(province_zone(shelf.province_code)).date()
    check_batch(entry, day=day, must_expire=must_expire(session, shelf.variant_id))
    stock_id, on_hand = hold_shelf(session, shelf)
    if session.scalar(select(Batch.id).where(Batch.key == key)) is not None:
        return False
    known = session.scalars(select(Batch.code).where(Batch.stock_id == stock_id)).all()
    code = batch_code(entry.code, entry.made_on, known)
    lies = Shelf(stock_id, shelf.variant_id, shelf.upt_id)
    good = put_batch(session, lies, entry, code=code, key=key, actor=actor, at=at)
    dates = {"made_on": str(entry.made_on), "expires_on": str(entry.expires_on or "")}
    audit.record(
        session,
        actor,
        "stock.batch",
        "stock",
        f"{upt_code}/{sku}",
        at=at,
        upt_id=shelf.upt_id,
        before={"on_hand": on_hand},
        after={"on_hand": on_hand + good, "batch": code, **_numbers(entry), **dates},
    )
    return True


def put_batch(
    session: Session,
    shelf: Shelf,
    entry: BatchEntry,
    *,
    code: str,
    key: UUID,
    actor: Actor,
    at: datetime,
) -> int:
    """Write a batch that was checked, and put what is good of it onto its shelf, which is held.

    Gives how many pieces that are; nothing is told to the audit log.
    """
    good = entry.passed + entry.reworked
    days = {"made_on": entry.made_on, "expires_on": entry.expires_on}
    noted = {"remaining": good, "actor_user_id": actor.user_id, "actor_label": actor.label, "at": at}
    adding = insert(Batch).values(
        key=key, stock_id=shelf.stock_id, code=code, **_numbers(entry), **days, **noted
    )
    batch_id = session.execute(adding.returning(Batch.id)).scalar_one()
    if good:
        cause, place = f"batch:{key}", (shelf.variant_id, shelf.upt_id)
        entry_id = receive(session, *place, good, reason="made", cause=cause, actor=actor, at=at)
        put_in(session, batch_id, good, entry_id=entry_id)
    return good


def _numbers(entry: BatchEntry) -> dict[str, int | None]:
    pieces = {"passed": entry.passed, "reworked": entry.reworked, "failed": entry.failed}
    return {**pieces, "people": entry.people, "hours": entry.hours}


def withdraw_expired(session: Session, *, at: datetime) -> int:
    """Take what is past its date off the shelves, except what orders hold; says of how many batches.

    What orders hold is refused at dispatch, where an officer decides. By Jakarta's date, so never too early.
    The audit entries come last: whoever holds the chain's head waits for no shelf.
    """
    day = jakarta_day(at)
    expired = (
        select(Batch.id, Batch.code, Batch.stock_id, Upt.id.label("upt_id"), Upt.code.label("upt_code"))
        .add_columns(Variant.sku)
        .join(Stock, Stock.id == Batch.stock_id)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Upt, Upt.id == Stock.upt_id)
        .where(Batch.expires_on < day, Batch.remaining > 0, Stock.available > 0)
        .order_by(Batch.stock_id, Batch.expires_on, Batch.made_on, Batch.id)
    )
    actor = system_actor("expiry")
    taken: list[tuple[Any, int, int]] = []
    for row in session.execute(expired).all():
        shelf = select(Stock.on_hand, Stock.available).where(Stock.id == row.stock_id).with_for_update()
        on_hand, available = session.execute(shelf).one()
        remaining = session.scalars(select(Batch.remaining).where(Batch.id == row.id)).one()
        pieces = min(remaining, available)
        if not pieces:
            continue
        cause = f"{TAKEN_BY_DATE}{row.id}:{at.isoformat()}"
        adjust(session, row.stock_id, -pieces, reason="expired", cause=cause, actor=actor, at=at)
        taken.append((row, on_hand, pieces))
    for row, on_hand, pieces in taken:
        audit.record(
            session,
            actor,
            "stock.expired",
            "stock",
            f"{row.upt_code}/{row.sku}",
            at=at,
            upt_id=row.upt_id,
            before={"on_hand": on_hand},
            after={"on_hand": on_hand - pieces, "batch": row.code},
        )
    return len(taken)
