"""What an order is made of, and the way that it and its parcels took."""

from __future__ import annotations

from collections.abc import Mapping

from orders.rules.states import FULFILMENT_MOVES, ORDER_MOVES
from reporting.invariants.invariant import Invariant


def _moves(table: Mapping[str, frozenset[str]]) -> str:
    return ", ".join(f"('{old}', '{new}')" for old, news in table.items() for new in sorted(news))


ORDERS = (
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
        "I10",
        "A checkout becomes at most one order.",
        "SELECT idempotency_key, count(*) FROM orders GROUP BY idempotency_key HAVING count(*) > 1",
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
)
