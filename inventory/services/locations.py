"""Places of a UPT beside its store: opened by its officers, and closed when nothing lies there any more.

Locks: the place, then the head of the audit log.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from accounts.services import audit
from inventory.errors import PlaceNotFound, PlaceRefused, StockNotFound, StockNotYours
from inventory.models import Location, Transfer
from inventory.queries.locations import place_for


def open_place(
    session: Session, upt_code: str, kind: str, name: str, *, key: UUID, actor: Actor, at: datetime
) -> None:
    """A place of a UPT beside its store; the same key, the same place.

    Raises StockNotFound, StockNotYours, and PlaceRefused when an open place of the UPT has the name.
    """
    upt_id = session.scalar(select(Upt.id).where(Upt.code == upt_code, in_scope(actor)))
    if upt_id is None:
        raise StockNotFound
    if not actor.may_at("stock.change", upt_id):
        raise StockNotYours
    values = {"key": key, "upt_id": upt_id, "kind": kind, "name": name}
    opened = upsert(Location).values(values).on_conflict_do_nothing().returning(Location.id)
    if session.scalar(opened) is None:
        # looked for now: of two that came at once the second has waited for the first
        if session.scalar(select(Location.id).where(Location.key == key)) is None:
            raise PlaceRefused("place_known")
        return
    said = {"kind": kind, "name": name}
    audit.record(session, actor, "place.open", "location", name, at=at, upt_id=upt_id, after=said)


def close_place(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Nothing goes to a place any more; a second call finds it closed.

    Raises PlaceNotFound, StockNotYours, and PlaceRefused while pieces lie there or are to come or go.
    """
    place = place_for(session, actor, key)
    if not actor.may_at("stock.change", place.upt_id):
        raise StockNotYours
    session.execute(select(Location.id).where(Location.id == place.id).with_for_update())
    place = place_for(session, actor, key)
    if place.closed_at is not None:
        return
    touches = or_(Transfer.from_location_id == place.id, Transfer.to_location_id == place.id)
    is_open = select(Transfer.id).where(touches, Transfer.state.in_(("draft", "sent")))
    if place.pieces or session.scalar(is_open.limit(1)) is not None:
        raise PlaceRefused("place_in_use")
    session.execute(update(Location).where(Location.id == place.id).values(closed_at=at))
    audit.record(session, actor, "place.close", "location", place.name, at=at, upt_id=place.upt_id)


def hold_places(session: Session, location_ids: Collection[int]) -> None:
    """Let nobody close these places until the transaction ends. Raises PlaceNotFound when one is closed."""
    query = select(Location.id).where(Location.id.in_(location_ids), Location.closed_at.is_(None))
    if len(session.scalars(query.order_by(Location.id).with_for_update(read=True)).all()) < len(location_ids):
        raise PlaceNotFound
