"""What lies in parcels and their cartons, and the states they are in."""

from __future__ import annotations

from reporting.invariants.invariant import Invariant

PARCELS = (
    Invariant(
        "I14",
        "The parcels carry each line exactly, one parcel a UPT.",
        """
        SELECT o.number, l.position, l.quantity, sum(fl.quantity - fl.taken_over) AS in_parcels
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        LEFT JOIN fulfilment_lines fl ON fl.order_line_id = l.id
        GROUP BY o.id, l.id HAVING l.quantity <> coalesce(sum(fl.quantity - fl.taken_over), 0)
        UNION ALL
        SELECT min(f.number), f.upt_id, count(*), NULL FROM fulfilments f
        GROUP BY f.order_id, f.upt_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I14-cartons",
        "Cartons hold pieces that their parcel sends, the first at least one; they leave before it does.",
        """
        SELECT f.number, f.state, count(c.id) AS cartons
        FROM fulfilments f JOIN cartons c ON c.fulfilment_id = f.id
        GROUP BY f.id
        HAVING max(c.position) <> count(c.id) + 1
            OR bool_or(NOT EXISTS (SELECT FROM carton_lines WHERE carton_id = c.id))
            OR (f.state IN ('new', 'cancelled', 'taken_over'))
            OR (f.state IN ('accepted', 'ready') AND bool_or(c.tracking_number IS NOT NULL))
            OR (f.shipped_at IS NOT NULL AND f.hand_over = 'courier' AND bool_or(c.tracking_number IS NULL))
            OR (SELECT sum(quantity - cancelled - taken_over) FROM fulfilment_lines
                WHERE fulfilment_id = f.id)
               <= (SELECT sum(cl.pieces) FROM carton_lines cl JOIN cartons d ON d.id = cl.carton_id
                   WHERE d.fulfilment_id = f.id)
        UNION ALL
        SELECT f.number, f.state, sum(cl.pieces)
        FROM carton_lines cl JOIN cartons c ON c.id = cl.carton_id
        JOIN fulfilments f ON f.id = c.fulfilment_id
        JOIN fulfilment_lines fl ON fl.id = cl.fulfilment_line_id
        GROUP BY f.id, fl.id
        HAVING fl.fulfilment_id <> f.id OR sum(cl.pieces) > fl.quantity - fl.cancelled - fl.taken_over
            OR (f.shipped_at IS NULL
                AND fl.shipped <> coalesce(sum(cl.pieces) FILTER (WHERE c.shipped_at IS NOT NULL), 0))
        """,
    ),
    Invariant(
        "I14-states",
        "A parcel's state fits its pieces, and only a paid order's parcels move.",
        """
        SELECT f.number, f.state, o.state AS order_state, pieces.open, pieces.shipped, pieces.cancelled
        FROM fulfilments f JOIN orders o ON o.id = f.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity - shipped - cancelled - taken_over), 0) AS open,
                   coalesce(sum(shipped), 0) AS shipped, coalesce(sum(cancelled), 0) AS cancelled,
                   coalesce(sum(restocked), 0) AS restocked, coalesce(sum(written_off), 0) AS written_off
            FROM fulfilment_lines WHERE fulfilment_id = f.id
        ) pieces
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(cl.pieces), 0) AS pieces
            FROM cartons c JOIN carton_lines cl ON cl.carton_id = c.id
            WHERE c.fulfilment_id = f.id AND c.shipped_at IS NOT NULL
        ) gone
        WHERE (pieces.restocked + pieces.written_off) <>
              CASE WHEN f.state IN ('returned', 'lost') THEN pieces.shipped ELSE 0 END
           OR (f.state = 'lost' AND pieces.restocked > 0)
           OR CASE
              WHEN f.state IN ('shipped', 'delivered', 'returned', 'lost')
                   THEN pieces.open > 0 OR pieces.shipped = 0 OR o.state <> 'paid'
              WHEN f.state = 'taken_over' THEN pieces.open > 0 OR pieces.shipped > 0 OR o.state <> 'paid'
              WHEN f.state = 'cancelled'
                   THEN pieces.open > 0 OR pieces.shipped > 0 OR o.state = 'awaiting_payment'
              WHEN f.state = 'new'
                   THEN pieces.shipped > 0 OR pieces.open = 0 OR o.state IN ('cancelled', 'expired')
              ELSE pieces.shipped <> gone.pieces OR pieces.open = 0 OR o.state <> 'paid' END
        """,
    ),
)
