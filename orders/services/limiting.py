"""Keeping to what one person may have of a product within a period, for certain."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders.errors import PurchaseLimit
from orders.queries.offers import Offer
from orders.rules.limits import Bought, Person, allowance
from orders.services.quoting import Quote


def keep_limits(session: Session, agreed: Quote, buyer: Person, *, at: datetime) -> None:
    """Refuse an order that would give its buyer more than their share; asks nothing where none is limited.

    Two orders of one person wait for each other here until the first is written down or given up, so both
    count it: whatever they buy, the locks of an address and a number are taken in one order. Raises
    PurchaseLimit.
    """
    wanted: Counter[int] = Counter()
    limited: dict[int, Offer] = {}
    for wish in agreed.wishes:
        offer = agreed.goods[wish.variant_id]
        if offer.limit_pieces is not None:
            limited[offer.product_id] = offer
            wanted[offer.product_id] += wish.quantity
    if not limited:
        return
    session.execute(_LOCK_PERSON, {"keys": [f"email:{buyer.email}", f"phone:{buyer.phone}"]})
    for product_id, offer in sorted(limited.items()):
        most, days = offer.limit_pieces or 0, offer.limit_days or 0
        bought = _bought(session, product_id, buyer, since=at - timedelta(days=days))
        left = allowance(bought, most=most, days=days, at=at)
        if wanted[product_id] > left:
            raise PurchaseLimit(product=offer.product_name, most=most, days=days, left=left)


def _bought(session: Session, product_id: int, buyer: Person, *, since: datetime) -> list[Bought]:
    """What a person has bought of a product since then, without what was cancelled or never paid in time."""
    values = {"product_id": product_id, "email": buyer.email, "phone": buyer.phone, "since": since}
    return [Bought(*row) for row in session.execute(_BOUGHT, values)]


# no row stands for a person who has never bought anything: the locks are on their keys
_LOCK_PERSON = text(
    """
    SELECT pg_advisory_xact_lock(key)
    FROM (SELECT DISTINCT hashtextextended('limit:' || k, 0) AS key FROM unnest(CAST(:keys AS text[])) k
          ORDER BY 1) keys
    """
)

_BOUGHT = text(
    """
    SELECT o.placed_at, sum(l.quantity - coalesce(parcels.cancelled, 0))::bigint
    FROM orders o
    JOIN order_lines l ON l.order_id = o.id
    JOIN variants v ON v.id = l.variant_id AND v.product_id = :product_id
    LEFT JOIN LATERAL (
        SELECT sum(f.cancelled) AS cancelled FROM fulfilment_lines f WHERE f.order_line_id = l.id
    ) parcels ON true
    WHERE (o.buyer_email = :email OR (o.buyer_phone = :phone AND o.buyer_phone <> ''))
      AND o.placed_at > :since AND o.state IN ('awaiting_payment', 'paid')
    GROUP BY o.id
    """
)
