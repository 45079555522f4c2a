"""What was paid, what went back, and the papers about it."""

from __future__ import annotations

from reporting.invariants.invariant import Invariant

MONEY = (
    Invariant(
        "I9",
        "A series of papers has no gap: their count, the highest number and the next less one agree.",
        """
        SELECT s.id AS series_id, s.next_number, count(i.id) AS papers, max(i.serial) AS highest
        FROM invoice_series s LEFT JOIN invoices i ON i.series_id = s.id
        GROUP BY s.id
        HAVING s.next_number - 1 <> count(i.id) OR count(DISTINCT i.serial) <> count(i.id)
            OR coalesce(max(i.serial), 0) <> count(i.id) OR coalesce(min(i.serial), 1) <> 1
        """,
    ),
    Invariant(
        "I9-amounts",
        "An invoice is what its parcel cost, and its credit notes never exceed it.",
        """
        SELECT i.number, i.total, parcel.total AS parcel, notes.total AS credited
        FROM invoices i JOIN fulfilments f ON f.id = i.fulfilment_id
        CROSS JOIN LATERAL (
            SELECT sum(l.unit_price * fl.quantity) + f.shipping_cost AS total
            FROM fulfilment_lines fl JOIN order_lines l ON l.id = fl.order_line_id
            WHERE fl.fulfilment_id = f.id
        ) parcel
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n.total), 0) AS total FROM invoices n WHERE n.corrects_id = i.id
        ) notes
        WHERE i.kind = 'invoice'
          AND (i.total + i.discount_total <> parcel.total OR notes.total > i.total)
        """,
    ),
    Invariant(
        "I11",
        "An order is paid exactly when one payment of its total is.",
        """
        SELECT o.number, o.state, o.total, paid.payments, paid.captured
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT count(*) AS payments, coalesce(sum(captured), 0) AS captured
            FROM payments WHERE order_id = o.id AND state = 'paid'
        ) paid
        WHERE CASE o.state WHEN 'paid' THEN paid.payments <> 1 OR paid.captured <> o.total
              ELSE paid.payments > 0 END
        """,
    ),
    Invariant(
        "I12",
        "Refunds never exceed what was captured, and each gives something back.",
        """
        SELECT p.id::text AS payment_id, p.captured, p.refund_claimed, coalesce(sum(r.amount), 0) AS refunds
        FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id AND r.state <> 'failed'
        GROUP BY p.id
        HAVING coalesce(sum(r.amount), 0) <> p.refund_claimed OR p.refund_claimed > p.captured
            OR min(r.amount) <= 0
        """,
    ),
    Invariant(
        "I12-shipping",
        "Shipping is kept only of what is sent, by whom it was ordered of or by those who took it over.",
        """
        WITH RECURSIVE parcels AS (
            SELECT f.id, f.order_id, f.number, f.shipping_cost, f.state,
                   f.hand_over <> 'pickup' AND f.state <> 'lost' AND EXISTS (
                       SELECT FROM fulfilment_lines l
                       WHERE l.fulfilment_id = f.id AND l.quantity > l.cancelled + l.taken_over)
                   AND NOT EXISTS (
                       SELECT FROM order_events e
                       WHERE e.order_id = f.order_id AND e.fulfilment_id = f.id
                         AND e.kind = 'fulfilment_returned'
                         AND e.details ->> 'reason' IN ('damaged_on_way', 'courier_failed')) AS is_sent
            FROM fulfilments f
        ), kept AS (
            SELECT f.id, f.number, f.shipping_cost
            FROM parcels f JOIN payments p ON p.order_id = f.order_id AND p.state = 'paid'
            WHERE NOT f.is_sent AND f.shipping_cost > 0 AND f.state <> 'taken_over'
              AND p.captured > p.refund_claimed
              AND NOT EXISTS (SELECT FROM refund_shares s WHERE s.fulfilment_id = f.id AND s.shipping > 0)
              AND f.shipping_cost > (
                  SELECT coalesce(sum(r.amount), 0) FROM refunds r
                  WHERE r.order_id = f.order_id AND r.reason = 'made_at_provider' AND r.state <> 'failed')
        ), linked (kept_id, id) AS (
            SELECT id, id FROM kept
            UNION
            SELECT linked.kept_id, other.id
            FROM linked JOIN takeovers t ON linked.id IN (t.fulfilment_id, t.taken_by_id)
            CROSS JOIN LATERAL (VALUES (t.fulfilment_id), (t.taken_by_id)) other (id)
            WHERE t.state = 'accepted'
        )
        SELECT number, shipping_cost FROM kept
        WHERE NOT EXISTS (
            SELECT FROM linked JOIN parcels f ON f.id = linked.id WHERE linked.kept_id = kept.id AND f.is_sent
        )
        """,
    ),
    Invariant(
        "I16-money",
        "The newest line of history of a payment or refund is its state.",
        """
        SELECT p.id::text AS id, p.state, h.newest FROM payments p
        LEFT JOIN LATERAL (
            SELECT e.details ->> 'to' AS newest FROM order_events e
            WHERE e.order_id = p.order_id AND e.details ->> 'payment_id' = p.id::text
              AND e.kind = 'payment_' || (e.details ->> 'to')
            ORDER BY e.id DESC LIMIT 1
        ) h ON true
        WHERE coalesce(h.newest, 'starting') <> p.state
        UNION ALL
        SELECT r.id::text, r.state, h.newest FROM refunds r
        LEFT JOIN LATERAL (
            SELECT e.details ->> 'to' AS newest FROM order_events e
            WHERE e.order_id = r.order_id AND e.details ->> 'refund_id' = r.id::text
              AND e.kind = 'refund_' || (e.details ->> 'to')
            ORDER BY e.id DESC LIMIT 1
        ) h ON true
        WHERE coalesce(h.newest, 'due') <> r.state
        """,
    ),
)
