"""What customers say of goods, and what they book."""

from __future__ import annotations

from reporting.invariants.invariant import Invariant

VISITORS = (
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
)
