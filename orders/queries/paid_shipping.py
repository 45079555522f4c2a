"""What was paid for sending the parcels of an order, and what is sent for it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders.rules.handling import RETURNS_WITH_SHIPPING
from orders.rules.paid_shipping import PaidShipping

_PAID = text(
    """
    SELECT f.id, t.fulfilment_id, CASE f.state WHEN 'taken_over' THEN 0 ELSE f.shipping_cost END,
           f.hand_over <> 'pickup' AND f.state <> 'lost' AND EXISTS (
               SELECT FROM fulfilment_lines l
               WHERE l.fulfilment_id = f.id AND l.quantity > l.cancelled + l.taken_over)
           AND NOT EXISTS (
               SELECT FROM order_events e
               WHERE e.order_id = f.order_id AND e.fulfilment_id = f.id AND e.kind = 'fulfilment_returned'
                 AND e.details ->> 'reason' = ANY(:with_shipping)),
           EXISTS (
               SELECT FROM refunds r JOIN refund_shares s ON s.refund_id = r.id
               WHERE r.order_id = f.order_id AND s.fulfilment_id = f.id AND s.shipping > 0)
    FROM fulfilments f LEFT JOIN takeovers t ON t.taken_by_id = f.id
    WHERE f.order_id = :order_id ORDER BY f.id
    """
)


def paid_shipping(session: Session, order_id: int) -> list[PaidShipping]:
    """That of each parcel; one statement. A refund that failed is owed, and counts as well."""
    values = {"order_id": order_id, "with_shipping": sorted(RETURNS_WITH_SHIPPING)}
    return [PaidShipping(*row) for row in session.execute(_PAID, values)]
