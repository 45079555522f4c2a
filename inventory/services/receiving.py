"""Receiving pieces onto many shelves at once: one statement for the counters and their ledger rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.errors import QuantityInvalid
from inventory.events import BackInStock
from inventory.rules import CATALOGUE, MOST_PIECES_AT_ONCE
from kernel.db import mark_changed
from kernel.outbox import publish


@dataclass(frozen=True, slots=True)
class Receipt:
    """So many pieces of one variant that came onto one UPT's shelf."""

    variant_id: int
    upt_id: int
    quantity: int


_RECEIVE_ALL = text(
    """
    WITH receipts AS (
        SELECT * FROM unnest(
            CAST(:variant_ids AS bigint[]), CAST(:upt_ids AS bigint[]), CAST(:quantities AS bigint[])
        ) AS receipt (variant_id, upt_id, quantity)
    ), shelves AS (
        INSERT INTO stocks AS shelf (variant_id, upt_id, on_hand, is_sample)
        SELECT variant_id, upt_id, quantity, :is_sample FROM receipts ORDER BY variant_id, upt_id
        ON CONFLICT (variant_id, upt_id) DO UPDATE SET on_hand = shelf.on_hand + excluded.on_hand
        RETURNING id, variant_id, upt_id
    )
    INSERT INTO ledger_entries (stock_id, kind, delta, reason, actor_user_id, actor_label, at)
    SELECT shelves.id, 'received', quantity, :reason, :actor_user_id, :actor_label, :at
    FROM receipts JOIN shelves USING (variant_id, upt_id) ORDER BY shelves.id
    """
)


_WAITED_FOR = text(
    """
    SELECT DISTINCT variant_id FROM restock_requests
    WHERE variant_id = ANY(:variant_ids) AND ended_at IS NULL AND confirmed_at IS NOT NULL ORDER BY 1
    """
)


def receive_all(
    session: Session,
    receipts: Sequence[Receipt],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    is_sample: bool = False,
) -> None:
    """Pieces came onto many shelves at once; each shelf may come once.

    Raises QuantityInvalid as `receive` does; `is_sample` marks shelves that are new.
    """
    if not all(0 < receipt.quantity <= MOST_PIECES_AT_ONCE for receipt in receipts):
        raise QuantityInvalid(most=MOST_PIECES_AT_ONCE)
    session.execute(
        _RECEIVE_ALL,
        {
            "variant_ids": [receipt.variant_id for receipt in receipts],
            "upt_ids": [receipt.upt_id for receipt in receipts],
            "quantities": [receipt.quantity for receipt in receipts],
            "reason": reason,
            "is_sample": is_sample,
            "actor_user_id": actor.user_id,
            "actor_label": actor.label,
            "at": at,
        },
    )
    mark_changed(session, CATALOGUE)
    for variant_id in session.scalars(_WAITED_FOR, {"variant_ids": [each.variant_id for each in receipts]}):
        publish(session, BackInStock(variant_id))
