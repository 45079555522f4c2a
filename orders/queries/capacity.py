"""How much of a month's work has been ordered already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_TAKEN = text(
    """
    SELECT f.upt_id, sum(fl.quantity - fl.cancelled - fl.taken_over)
    FROM fulfilment_lines fl
    JOIN fulfilments f ON f.id = fl.fulfilment_id
    JOIN orders o ON o.id = f.order_id
    JOIN order_lines ol ON ol.id = fl.order_line_id
    JOIN variants v ON v.id = ol.variant_id
    WHERE v.product_id = :product_id AND o.state IN ('awaiting_payment', 'paid')
      AND o.placed_at >= :since AND o.placed_at < :until
    GROUP BY f.upt_id
    """
)


def pieces_taken(session: Session, product_id: int, *, since: datetime, until: datetime) -> dict[int, int]:
    """The pieces of a product that each UPT owes or has sent for orders placed in a span (UTC), by UPT id.

    Orders that wait for their payment count, ended ones and cancelled pieces do not, and pieces taken over
    count where they are made; a UPT without any is absent. One statement.
    """
    rows = session.execute(_TAKEN, {"product_id": product_id, "since": since, "until": until})
    return {row[0]: int(row[1]) for row in rows}
