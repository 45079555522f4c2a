"""What must always be true, as SQL: each query returns the rows that break it, and none when all is well.

The tests run them after every race and fault, `lapak check-invariants` on demand, the schedule by night.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from orders.rules.states import FULFILMENT_MOVES, ORDER_MOVES

_MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold and the query for its violations; `:at` is the moment of asking (UTC)."""

    name: str
    sentence: str
    sql: str


def _moves(table: Mapping[str, frozenset[str]]) -> str:
    return ", ".join(f"('{old}', '{new}')" for old, news in table.items() for new in sorted(news))


INVARIANTS: Sequence[Invariant] = (
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
    Invariant(
        "I6",
        # what is ordered leaves the cart, so a customer's own hold never makes their own cart sold out
        "No cart still holds the key of an order it has become.",
        "SELECT c.id AS cart_id, o.number FROM carts c JOIN orders o ON o.idempotency_key = c.checkout_key",
    ),
    Invariant(
        "I7",
        "An order's totals are the sums of its lines and parcels.",
        """
        SELECT o.number, o.goods_total, goods.total AS lines, o.shipping_total, shipping.total AS parcels
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(unit_price * quantity), 0) AS total FROM order_lines WHERE order_id = o.id
        ) goods
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(shipping_cost), 0) AS total FROM fulfilments
            WHERE order_id = o.id AND state <> 'taken_over'
        ) shipping
        WHERE o.goods_total <> goods.total OR o.shipping_total <> shipping.total OR o.total < 0
           OR o.total <> o.goods_total - o.discount_total + o.shipping_total
        """,
    ),
    Invariant(
        "I8",
        "An order has the lines it counts, at least one.",
        """
        SELECT o.number, o.line_count, count(l.id) AS lines
        FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
        GROUP BY o.id HAVING o.line_count <> count(l.id) OR count(l.id) = 0
        """,
    ),
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
        "I10",
        "A checkout becomes at most one order.",
        "SELECT idempotency_key, count(*) FROM orders GROUP BY idempotency_key HAVING count(*) > 1",
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
                       WHERE l.fulfilment_id = f.id AND l.quantity > l.cancelled + l.taken_over) AS is_sent
            FROM fulfilments f
        ), kept AS (
            SELECT f.id, f.number, f.shipping_cost
            FROM parcels f JOIN payments p ON p.order_id = f.order_id AND p.state = 'paid'
            WHERE NOT f.is_sent AND f.shipping_cost > 0 AND f.state <> 'taken_over'
              AND p.captured > p.refund_claimed
              AND NOT EXISTS (SELECT FROM refund_shares s WHERE s.fulfilment_id = f.id AND s.shipping > 0)
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
    Invariant(
        "I16",
        "The newest line of history is the state, and every step of it was allowed.",
        f"""
        WITH order_moves (old, new) AS (VALUES {_moves(ORDER_MOVES)}),
        parcel_moves (old, new) AS (VALUES {_moves(FULFILMENT_MOVES)}),
        history AS (
            SELECT e.*, row_number() OVER (PARTITION BY order_id, fulfilment_id ORDER BY id DESC) AS age,
                   lag(to_state) OVER (PARTITION BY order_id, fulfilment_id ORDER BY id) AS came_from
            FROM order_events e WHERE to_state IS NOT NULL
        )
        SELECT o.number, o.state, h.to_state AS newest FROM orders o
        LEFT JOIN history h ON h.order_id = o.id AND h.fulfilment_id IS NULL AND h.age = 1
        WHERE h.to_state IS DISTINCT FROM o.state
        UNION ALL
        SELECT f.number, f.state, h.to_state FROM fulfilments f
        LEFT JOIN history h ON h.fulfilment_id = f.id AND h.age = 1
        WHERE h.to_state IS DISTINCT FROM f.state
        UNION ALL
        SELECT 'history ' || h.id, h.came_from, h.to_state FROM history h
        WHERE h.came_from IS NOT NULL AND NOT CASE WHEN h.fulfilment_id IS NULL
            THEN EXISTS (SELECT FROM order_moves m WHERE (m.old, m.new) = (h.came_from, h.to_state))
            ELSE EXISTS (SELECT FROM parcel_moves m WHERE (m.old, m.new) = (h.came_from, h.to_state)) END
        """,  # noqa: S608  the moves are our own constants
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
    Invariant(
        "I17",
        "What happened to an order this week was announced exactly once.",
        """
        WITH week AS (SELECT CAST(:at AS timestamptz) - interval '7 days' AS start),
        due (event, thing) AS (
            SELECT 'OrderPlaced', id FROM orders, week WHERE placed_at > start
            UNION ALL SELECT 'OrderPaid', id FROM orders, week WHERE paid_at > start
            UNION ALL SELECT 'OrderEnded', id FROM orders, week WHERE ended_at > start
            UNION ALL SELECT 'FulfilmentShipped', id FROM fulfilments, week
                      WHERE shipped_at > start AND hand_over <> 'pickup'
        ), said AS (
            SELECT name AS event, count(*) AS times,
                   coalesce(payload ->> 'order_id', payload ->> 'fulfilment_id')::bigint AS thing
            FROM outbox_events
            WHERE name IN ('OrderPlaced', 'OrderPaid', 'OrderEnded', 'FulfilmentShipped')
            GROUP BY 1, 3
        )
        SELECT due.event, due.thing, coalesce(said.times, 0) AS times
        FROM due LEFT JOIN said USING (event, thing) WHERE said.times IS DISTINCT FROM 1
        """,
    ),
    Invariant(
        "I18",
        "No event waits: dispatched within a minute, dealt with or retried two minutes after its time.",
        """
        SELECT 'event ' || id AS waiting, name, created_at AS since FROM outbox_events
        WHERE dispatched_at IS NULL AND created_at < CAST(:at AS timestamptz) - interval '60 seconds'
        UNION ALL
        SELECT 'delivery ' || id, handler, due_at FROM outbox_deliveries
        WHERE state = 'pending' AND due_at < CAST(:at AS timestamptz) - interval '120 seconds'
        """,
    ),
    Invariant(
        "I19",
        "Every effect happens once: one delivery a handler, one mail a cause.",
        """
        SELECT event_id::text || ' ' || handler AS effect, count(*) FROM outbox_deliveries
        GROUP BY event_id, handler HAVING count(*) > 1
        UNION ALL
        SELECT cause, count(*) FROM mails GROUP BY cause HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I20",
        # by its id alone: two events about one object both ring, and the second look changes nothing
        "A provider's event is kept once.",
        """
        SELECT provider, event_id, count(*) FROM provider_notices
        GROUP BY provider, event_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I21",
        "An accepted order is whole: it has lines and parcels.",
        """
        SELECT o.number FROM orders o
        WHERE NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id)
           OR NOT EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id)
           OR EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id
                      AND NOT EXISTS (SELECT FROM fulfilment_lines fl WHERE fl.fulfilment_id = f.id))
        """,
    ),
    Invariant(
        "R1",
        "A product is rated as its published reviews rate it.",
        """
        SELECT p.slug, p.rating_count, p.rating_total, count(r.id) AS reviews,
               coalesce(sum(r.stars), 0)::bigint AS stars
        FROM products p LEFT JOIN reviews r ON r.product_id = p.id AND r.state = 'published'
        GROUP BY p.id
        HAVING p.rating_count <> count(r.id) OR p.rating_total <> coalesce(sum(r.stars), 0)
        """,
    ),
    Invariant(
        "E1",
        "No slot of a service has more people confirmed on a day than it has places.",
        """
        SELECT s.id AS slot_id, b.day, s.capacity, sum(b.people)::bigint AS people
        FROM service_slots s JOIN bookings b ON b.slot_id = s.id
        WHERE b.state = 'confirmed' GROUP BY s.id, b.day HAVING sum(b.people) > s.capacity
        """,
    ),
    Invariant(
        "E2",
        "A booking's last decision in the thread is its state, and it is asked of its slot's UPT.",
        """
        SELECT e.number, b.state, said.kind
        FROM bookings b JOIN enquiries e ON e.id = b.enquiry_id
        JOIN service_slots s ON s.id = b.slot_id
        LEFT JOIN LATERAL (
            SELECT m.kind FROM enquiry_messages m
            WHERE m.enquiry_id = e.id AND m.kind IN ('confirmed', 'declined') ORDER BY m.id DESC LIMIT 1
        ) said ON true
        WHERE b.state <> coalesce(said.kind, 'asked') OR e.kind <> 'booking'
           OR extract(isodow FROM b.day) <> s.weekday
           OR NOT EXISTS (SELECT FROM enquiry_upts a WHERE a.enquiry_id = e.id AND a.upt_id = s.upt_id)
        """,
    ),
    Invariant(
        "I22",
        "The audit log is an unbroken chain of hashes that ends in its head.",
        """
        WITH chain AS (
            SELECT e.id, e.previous_hash, e.hash,
                   sha256(e.previous_hash || audit_content(e)) AS proper,
                   lag(e.hash, 1, sha256('lapak')) OVER (ORDER BY e.id) AS before
            FROM audit_entries e
        )
        SELECT id AS audit_entry_id FROM chain WHERE hash <> proper OR previous_hash <> before
        UNION ALL
        SELECT NULL FROM audit_head h
        WHERE h.hash <> coalesce((SELECT hash FROM chain ORDER BY id DESC LIMIT 1), sha256('lapak'))
        """,
    ),
)


def violations(
    session: Session, *, at: datetime, names: Collection[str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Ask every invariant, or those of `names`; gives the first offending rows of each broken one by name."""
    found = {}
    for invariant in INVARIANTS:
        if names is not None and invariant.name not in names:
            continue
        statement = text(invariant.sql)
        values = {"at": at} if ":at" in invariant.sql else {}
        rows = session.execute(statement, values).mappings().fetchmany(_MOST_ROWS)
        if rows:
            found[invariant.name] = [dict(row) for row in rows]
    return found
