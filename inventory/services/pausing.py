"""A UPT pauses what it sells, and goes on: nothing that was ordered before is touched.

The shop does not sell what is paused because it asks (inventory.queries.resting), not because anything is
switched; what happens here is written down, and whoever waits for a return is told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor, system_actor
from accounts.services import audit
from inventory.errors import PauseKnown, StockNotFound, StockNotYours
from inventory.models import Maker, Pause, Stock, Variant
from inventory.pausing import check_pause
from inventory.queries.pauses import PauseRow, pausable_by, pause_for
from inventory.rules import CATALOGUE
from inventory.services.restocking import announce_return
from kernel.clock import jakarta_day
from kernel.db import mark_changed


@dataclass(frozen=True, slots=True)
class PauseWish:
    """What an officer wants to pause (`Pausable.value`), up to which day, and what customers are told."""

    what: str
    until: date
    text_id: str
    text_en: str


def pause(session: Session, wish: PauseWish, *, key: UUID, actor: Actor, at: datetime) -> bool:
    """Sell something no more up to a day; False when the form of this `key` did so before.

    Raises StockNotFound, PauseRefused, and PauseKnown when it is paused already.
    """
    meant = next((each for each in pausable_by(session, actor) if each.value == wish.what), None)
    if meant is None:
        raise StockNotFound
    day = jakarta_day(at)
    check_pause(wish.until, wish.text_id, wish.text_en, day=day)
    if session.scalar(select(Pause.id).where(Pause.key == key)) is not None:
        return False
    _end_past(session, day, upt_ids={meant.upt_id}, at=at)
    values = {
        "key": key,
        "upt_id": meant.upt_id,
        "product_id": meant.product_id,
        "until": wish.until,
        "text_id": wish.text_id,
        "text_en": wish.text_en,
        "actor_user_id": actor.user_id,
        "actor_label": actor.label,
        "at": at,
    }
    written = upsert(Pause).values(values).on_conflict_do_nothing().returning(Pause.id)
    if session.scalar(written) is None:
        raise PauseKnown
    mark_changed(session, CATALOGUE)
    told = {"until": str(wish.until), "text_id": wish.text_id, "text_en": wish.text_en}
    kind, name = ("product", meant.slug) if meant.slug else ("upt", meant.upt_code)
    audit.record(session, actor, "pause.begin", kind, name, at=at, upt_id=meant.upt_id, before={}, after=told)
    return True


def end_pause(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Sell again before the day. Raises PauseNotFound, StockNotYours."""
    session.execute(select(Pause.id).where(Pause.key == key).with_for_update())
    found = pause_for(session, actor, key)
    if not actor.may_at("stock.change", found.upt_id):
        raise StockNotYours
    ended = update(Pause).where(Pause.key == key).values(ended_at=at, ended_label=actor.label)
    session.execute(ended)
    _announce(session, [(found.upt_id, found.product_id)])
    _tell_end(session, found, actor=actor, at=at)


def end_past_pauses(session: Session, *, at: datetime) -> int:
    """Close what is over since its last day, and have those told who wait for the goods; says how many."""
    return _end_past(session, jakarta_day(at), upt_ids=None, at=at)


def _end_past(session: Session, day: date, *, upt_ids: Collection[int] | None, at: datetime) -> int:
    label = system_actor("pauses").label
    past = update(Pause).where(Pause.ended_at.is_(None), Pause.until < day)
    if upt_ids is not None:
        past = past.where(Pause.upt_id.in_(upt_ids))
    ended = past.values(ended_at=at, ended_label=label).returning(Pause.upt_id, Pause.product_id)
    rows = [(upt_id, product_id) for upt_id, product_id in session.execute(ended)]
    _announce(session, rows)
    return len(rows)


def _announce(session: Session, ended: Collection[tuple[int, int | None]]) -> None:
    """Have those told who wait for what is sold again."""
    if not ended:
        return
    mark_changed(session, CATALOGUE)
    whole = {upt_id for upt_id, product_id in ended if product_id is None}
    held = select(Variant.product_id).join(Stock, Stock.variant_id == Variant.id)
    made = select(Maker.product_id).where(Maker.upt_id.in_(whole))
    products = {product_id for _, product_id in ended if product_id is not None}
    products |= {*session.scalars(held.where(Stock.upt_id.in_(whole))), *session.scalars(made)}
    announce_return(session, products)


def _tell_end(session: Session, found: PauseRow, *, actor: Actor, at: datetime) -> None:
    kind, name = ("product", found.slug) if found.slug else ("upt", found.upt_code)
    before = {"until": str(found.until), "text_id": found.text_id, "text_en": found.text_en}
    audit.record(session, actor, "pause.end", kind, name, at=at, upt_id=found.upt_id, before=before, after={})
