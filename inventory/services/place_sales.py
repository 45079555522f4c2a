"""What is sold at a place beside the store: booked on the ledger, once for each form that noted it.

Locks: the place, then shelves in the order of their ids, then the head of the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.errors import PlaceRefused, QuantityInvalid, StockNotFound, StockNotYours, StockTooLow
from inventory.models import PlaceSale, Stock, Variant
from inventory.queries.locations import PlaceRow, place_for
from inventory.rules import MOST_PIECES_AT_ONCE
from inventory.services.ledger import write_ledger
from inventory.services.locations import hold_places
from inventory.services.moving import change_place


def sell_at_place(
    session: Session, place_key: UUID, pieces: Mapping[str, int], *, key: UUID, actor: Actor, at: datetime
) -> bool:
    """So many pieces of each SKU were sold at a place; False when the form of this `key` was booked before.

    All of them or none. Raises PlaceNotFound, StockNotYours, StockNotFound, QuantityInvalid, and PlaceRefused
    for a closed place, for no pieces, and for more of one SKU than lie there (parameters sku, available).
    """
    place = place_for(session, actor, place_key)
    if not actor.may_at("stock.change", place.upt_id):
        raise StockNotYours
    sold = {sku: count for sku, count in pieces.items() if count}
    if not sold:
        raise PlaceRefused("sale_empty")
    for sku, count in sold.items():
        if not 0 < count <= MOST_PIECES_AT_ONCE:
            raise QuantityInvalid(sku=sku, most=MOST_PIECES_AT_ONCE)
    sale = {"key": key, "location_id": place.id, "at": at}
    sale |= {"actor_user_id": actor.user_id, "actor_label": actor.label}
    noted = upsert(PlaceSale).values(sale).on_conflict_do_nothing()
    sale_id = session.scalar(noted.returning(PlaceSale.id))
    if sale_id is None:
        return False
    if place.closed_at is not None:
        raise PlaceRefused("place_closed")
    hold_places(session, {place.id})
    left = _take(session, place, sold, cause=f"sale:{sale_id}", actor=actor, at=at)
    before = {sku: left[sku] + count for sku, count in sold.items()}
    audit.record(
        session,
        actor,
        "place.sale",
        "location",
        place.name,
        at=at,
        upt_id=place.upt_id,
        before=before,
        after=left,
    )
    return True


def _take(
    session: Session, place: PlaceRow, sold: Mapping[str, int], *, cause: str, actor: Actor, at: datetime
) -> dict[str, int]:
    """Take pieces from a place; gives how many of each SKU are left there."""
    query = select(Variant.sku, Stock.id).join(Stock, Stock.variant_id == Variant.id)
    query = query.where(Stock.upt_id == place.upt_id, Variant.sku.in_(sold)).order_by(Stock.id)
    shelves = session.execute(query.with_for_update(of=Stock)).all()
    if len(shelves) < len(sold):
        raise StockNotFound
    left = {}
    for sku, stock_id in shelves:
        try:
            left[sku] = change_place(session, place.id, stock_id, -sold[sku])
        except StockTooLow as refusal:
            raise PlaceRefused("sale_too_few", sku=sku, **refusal.parameters) from refusal
        write_ledger(
            session,
            stock_id,
            "adjusted",
            -sold[sku],
            reason="sold_offline",
            cause=cause,
            actor=actor,
            at=at,
            location_id=place.id,
        )
    return left
