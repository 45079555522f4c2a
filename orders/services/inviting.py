"""Asking buyers for reviews some days after everything of their order has arrived, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.outbox import publish
from orders.events import ReviewInvited
from orders.rules.reviews import INVITED_AFTER, INVITED_BEFORE

_MOST = 500

# the row is written in the transaction that announces it: an order is asked about once, whatever runs twice
_INVITE = text(
    """
    INSERT INTO review_invitations (order_id, at)
    SELECT o.id, :at
    FROM orders o
    JOIN LATERAL (
        SELECT max(e.at) AS arrived_at FROM order_events e
        WHERE e.order_id = o.id AND e.kind = 'fulfilment_delivered'
    ) last ON last.arrived_at BETWEEN :since AND :until
    WHERE o.id IN (SELECT e.order_id FROM order_events e
                   WHERE e.kind = 'fulfilment_delivered' AND e.at BETWEEN :since AND :until)
      AND NOT EXISTS (SELECT FROM fulfilments f
                      WHERE f.order_id = o.id AND f.state NOT IN ('delivered', 'cancelled'))
      AND EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id
                  AND NOT EXISTS (SELECT FROM reviews r WHERE r.order_line_id = l.id))
      AND NOT EXISTS (SELECT FROM review_invitations i WHERE i.order_id = o.id)
    ORDER BY last.arrived_at LIMIT :most
    ON CONFLICT DO NOTHING
    RETURNING order_id
    """
)


def invite_reviews(session: Session, *, at: datetime) -> int:
    """Announce the orders whose buyers are to be asked now; says how many."""
    values = {"at": at, "since": at - INVITED_BEFORE, "until": at - INVITED_AFTER, "most": _MOST}
    invited = session.execute(_INVITE, values).scalars().all()
    for order_id in invited:
        publish(session, ReviewInvited(order_id))
    return len(invited)
