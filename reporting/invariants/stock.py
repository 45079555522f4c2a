"""What lies on shelves and places, what is held of it, and where it went."""

from __future__ import annotations

from reporting.invariants.invariant import Invariant

STOCK = (
    Invariant(
        "I1",
        "What lies on a shelf is the sum of its ledger.",
        """
        SELECT s.id AS stock_id, s.on_hand, coalesce(sum(l.delta), 0) AS ledger
        FROM stocks s LEFT JOIN ledger_entries l ON l.stock_id = s.id AND l.location_id IS NULL
        GROUP BY s.id HAVING s.on_hand <> coalesce(sum(l.delta), 0)
        """,
    ),
    Invariant(
        "I1-places",
        "What lies at a place is the sum of its lines of the ledger.",
        """
        SELECT p.id AS location_stock_id, p.on_hand, coalesce(sum(l.delta), 0) AS ledger
        FROM location_stocks p
        LEFT JOIN ledger_entries l ON l.stock_id = p.stock_id AND l.location_id = p.location_id
        GROUP BY p.id HAVING p.on_hand <> coalesce(sum(l.delta), 0)
        """,
    ),
    Invariant(
        "I2",
        "What is reserved is the sum of what reservations hold.",
        """
        SELECT s.id AS stock_id, s.reserved, coalesce(sum(r.held), 0) AS held
        FROM stocks s LEFT JOIN reservations r ON r.stock_id = s.id
        GROUP BY s.id HAVING s.reserved <> coalesce(sum(r.held), 0)
        """,
    ),
    Invariant(
        "I2-lines",
        "A reservation holds just the open pieces of its one fulfilment line.",
        """
        SELECT r.id AS reservation_id, r.held, fl.quantity - fl.shipped - fl.cancelled - fl.taken_over AS open
        FROM reservations r LEFT JOIN fulfilment_lines fl ON fl.reservation_id = r.id
        WHERE fl.id IS NULL OR r.held <> fl.quantity - fl.shipped - fl.cancelled - fl.taken_over
           OR r.quantity <> fl.quantity
        """,
    ),
    Invariant(
        "I3",
        "No more is reserved than is there.",
        "SELECT id AS stock_id, on_hand, reserved FROM stocks WHERE reserved < 0 OR reserved > on_hand",
    ),
    Invariant(
        "I4",
        "Pieces are conserved: what left a shelf for orders, and came back to it, is what parcels say.",
        """
        SELECT s.id AS stock_id, issued.pieces AS ledger, shipped.pieces AS parcels,
               issued.back AS ledger_back, shipped.back AS parcels_back
        FROM stocks s
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(delta) FILTER (WHERE kind = 'issued'), 0) AS pieces,
                   coalesce(sum(delta) FILTER (WHERE kind = 'returned'), 0) AS back
            FROM ledger_entries WHERE stock_id = s.id
        ) issued
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(fl.shipped), 0) AS pieces, coalesce(sum(fl.restocked), 0) AS back
            FROM reservations r JOIN fulfilment_lines fl ON fl.reservation_id = r.id WHERE r.stock_id = s.id
        ) shipped
        WHERE issued.pieces <> shipped.pieces OR issued.back <> shipped.back
        """,
    ),
    Invariant(
        "I4-batches",
        "What is left of a batch is what the ledger left of it, and no shelf holds less than its batches.",
        """
        SELECT b.id AS batch_id, b.remaining, coalesce(sum(m.delta), 0)::bigint AS moves
        FROM batches b LEFT JOIN batch_moves m ON m.batch_id = b.id
        GROUP BY b.id HAVING b.remaining <> coalesce(sum(m.delta), 0)
        UNION ALL
        SELECT s.id, s.on_hand, sum(b.remaining)::bigint FROM stocks s JOIN batches b ON b.stock_id = s.id
        GROUP BY s.id HAVING sum(b.remaining) > s.on_hand
        """,
    ),
    Invariant(
        "I4-transfers",
        "What left for a transfer is what was sent; it arrived as it was received, or came back, no more.",
        """
        SELECT line.id AS line_id, t.state, line.pieces, line.received,
            gone.delta AS gone, came.delta AS came, back.delta AS back
        FROM transfer_lines line JOIN transfers t ON t.id = line.transfer_id
        LEFT JOIN stocks source ON source.variant_id = line.variant_id AND source.upt_id = t.from_upt_id
        LEFT JOIN stocks target ON target.variant_id = line.variant_id AND target.upt_id = t.to_upt_id
        LEFT JOIN ledger_entries gone ON gone.stock_id = source.id AND gone.kind = 'moved'
            AND gone.cause = 'transfer:' || line.id || '/out'
        LEFT JOIN ledger_entries came ON came.stock_id = target.id AND came.kind = 'moved'
            AND came.cause = 'transfer:' || line.id || '/in'
        LEFT JOIN ledger_entries back ON back.stock_id = source.id AND back.kind = 'moved'
            AND back.cause = 'transfer:' || line.id || '/back'
        WHERE coalesce(-gone.delta, 0)
              <> CASE WHEN t.state IN ('sent', 'received', 'taken_back') THEN line.pieces ELSE 0 END
           OR coalesce(back.delta, 0) <> CASE WHEN t.state = 'taken_back' THEN line.pieces ELSE 0 END
           OR coalesce(came.delta, 0) <> coalesce(line.received, 0)
           OR (t.state = 'received') <> (line.received IS NOT NULL)
           OR gone.location_id IS DISTINCT FROM CASE WHEN gone.id IS NOT NULL THEN t.from_location_id END
           OR came.location_id IS DISTINCT FROM CASE WHEN came.id IS NOT NULL THEN t.to_location_id END
           OR back.location_id IS DISTINCT FROM CASE WHEN back.id IS NOT NULL THEN t.from_location_id END
        UNION ALL
        SELECT l.id, 'no line', NULL, NULL, l.delta, NULL, NULL FROM ledger_entries l
        WHERE l.kind = 'moved' AND NOT EXISTS (
            SELECT FROM transfer_lines line
            WHERE line.id = CAST(substring(l.cause from '^transfer:([0-9]{1,18})/(out|in|back)$') AS bigint)
        )
        """,
    ),
    Invariant(
        "I4-counts",
        "A line of a stock-take that is booked changed its shelf by its difference, once; no other did.",
        """
        SELECT c.id AS line_id, c.state, c.counted - c.expected AS difference, sum(l.delta) AS booked
        FROM count_lines c JOIN stock_counts sheet ON sheet.id = c.count_id
        LEFT JOIN stocks s ON s.variant_id = c.variant_id AND s.upt_id = sheet.upt_id
        LEFT JOIN ledger_entries l ON l.stock_id = s.id AND l.kind = 'adjusted' AND l.cause = 'count:' || c.id
        GROUP BY c.id HAVING coalesce(sum(l.delta), 0)
            <> CASE c.state WHEN 'booked' THEN c.counted - c.expected ELSE 0 END
        """,
    ),
    Invariant(
        "I5",
        "No hold outlives its time: unpaid ones end, paid ones have no end.",
        """
        SELECT r.id AS reservation_id, r.order_number, r.expires_at, o.state
        FROM reservations r JOIN orders o ON o.number = r.order_number
        WHERE r.held > 0 AND (
            o.state IN ('cancelled', 'expired')
            OR (o.state = 'paid') <> (r.expires_at IS NULL)
            OR (r.expires_at < CAST(:at AS timestamptz) - interval '60 seconds' AND NOT EXISTS (
                -- a page that may still be paid is closed first
                SELECT FROM payments p WHERE p.order_id = o.id AND p.state IN ('starting', 'open', 'pending')
            ))
        )
        """,
    ),
)
