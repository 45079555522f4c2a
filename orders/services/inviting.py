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
                      WHERE f.order_id = o.id
                        AND f.state NOT IN ('delivered', 'returned', 'lost', 'taken_over', 'cancelled'))
      AND EXISTS (
          -- something arrived of a product that this buyer, by account or address, has not reviewed
          SELECT FROM fulfilments f JOIN fulfilment_lines fl ON fl.fulfilment_id = f.id
          JOIN order_lines l ON l.id = fl.order_line_id JOIN variants v ON v.id = l.variant_id
          WHERE f.order_id = o.id AND f.state = 'delivered' AND fl.shipped > 0
            AND NOT EXISTS (
                SELECT FROM reviews r JOIN order_lines rl ON rl.id = r.order_line_id
                JOIN orders ro ON ro.id = rl.order_id
                WHERE r.product_id = v.product_id
                  AND (ro.id = o.id OR ro.user_id = o.user_id
                       OR (ro.buyer_email = o.buyer_email AND o.buyer_email <> ''))
            )
      )
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
