"""Writing a placed order down: the order, its lines, parcels, shares and first history in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.services.quoting import Quote

# One round trip instead of seven. The rows come as one JSON document, and the columns' own types read them;
# the database checks foreign keys at the end of the statement, when all rows are there.
_RECORD = text(
    """
    WITH the_order AS (
        INSERT INTO orders (
            number, idempotency_key, state, locale, user_id, email, buyer_email, name, phone, buyer_phone,
            street, village_code, village, district, regency, province, postcode, note, wanted_by,
            line_count, goods_total, shipping_total, total, placed_at, expires_at
        )
        SELECT number, idempotency_key, state, locale, user_id, email, buyer_email, name, phone, buyer_phone,
               street, village_code, village, district, regency, province, postcode, note, wanted_by,
               line_count, goods_total, shipping_total, total, placed_at, expires_at
        FROM jsonb_populate_record(NULL::orders, :whole -> 'order')
        RETURNING id, state
    ), the_lines AS (
        INSERT INTO order_lines (
            order_id, position, variant_id, product_name, variant_name, sku, unit, weight_g, unit_price,
            quantity, line_total, own_text
        )
        SELECT o.id, l.position, l.variant_id, l.product_name, l.variant_name, l.sku, l.unit, l.weight_g,
               l.unit_price, l.quantity, l.line_total, l.own_text
        FROM the_order o, jsonb_populate_recordset(NULL::order_lines, :whole -> 'lines') l
        ORDER BY l.position
        RETURNING id, position
    ), the_parcels AS (
        INSERT INTO fulfilments (
            order_id, number, upt_id, state, shipping_cost, chargeable_weight_g, courier, service,
            promised_from, promised_until
        )
        SELECT o.id, p.number, p.upt_id, p.state, p.shipping_cost, p.chargeable_weight_g, p.courier,
               p.service, p.promised_from, p.promised_until
        FROM the_order o, jsonb_populate_recordset(NULL::fulfilments, :whole -> 'parcels') p
        ORDER BY p.number
        RETURNING id, upt_id, state
    ), the_shares AS (
        INSERT INTO fulfilment_lines (fulfilment_id, order_line_id, reservation_id, quantity)
        SELECT p.id, l.id, s.reservation_id, s.quantity
        FROM jsonb_to_recordset(:whole -> 'shares')
             AS s (upt_id bigint, position bigint, reservation_id bigint, quantity bigint)
        JOIN the_parcels p ON p.upt_id = s.upt_id
        JOIN the_lines l ON l.position = s.position
        ORDER BY s.reservation_id
    ), the_history AS (
        INSERT INTO order_events (order_id, fulfilment_id, kind, to_state, actor_user_id, actor_label, at)
        SELECT h.order_id, h.fulfilment_id, h.kind, h.to_state, a.actor_user_id, a.actor_label, a.at
        FROM (
            SELECT id AS order_id, NULL::bigint AS fulfilment_id, 'placed' AS kind, state AS to_state
            FROM the_order
            UNION ALL
            SELECT o.id, p.id, 'fulfilment_' || p.state, p.state FROM the_order o, the_parcels p
        ) h, jsonb_populate_record(NULL::order_events, :whole -> 'by') a
        ORDER BY h.fulfilment_id NULLS FIRST
    )
    SELECT id FROM the_order
    """
).bindparams(bindparam("whole", type_=JSONB))


def record_order(
    session: Session,
    values: Mapping[str, Any],
    agreed: Quote,
    reservation_ids: Sequence[int],
    own_texts: Mapping[int, str],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Write an order of these column `values` with all that belongs to it; gives its id.

    `reservation_ids` are those of the shares, parcel by parcel; each share gets its one reservation.
    `own_texts` are what is to be written on the pieces of a line.
    """
    whole = {
        "order": values,
        "lines": _lines(agreed, own_texts),
        "parcels": _parcels(agreed, values["number"]),
        "shares": _shares(agreed, reservation_ids),
        "by": {"actor_user_id": actor.user_id, "actor_label": actor.label, "at": at.isoformat()},
    }
    order_id: int = session.execute(_RECORD, {"whole": whole}).scalar_one()
    return order_id


def _lines(agreed: Quote, own_texts: Mapping[int, str]) -> list[dict[str, Any]]:
    """The order's lines as they are bought."""
    return [
        {
            "position": wish.line,
            "variant_id": offer.variant_id,
            "product_name": offer.product_name,
            "variant_name": offer.variant_name,
            "sku": offer.sku,
            "unit": offer.unit,
            "weight_g": offer.weight_g,
            "unit_price": offer.price,
            "quantity": wish.quantity,
            "line_total": offer.price * wish.quantity,
            "own_text": own_texts.get(wish.line, ""),
        }
        for wish in agreed.wishes
        for offer in (agreed.goods[wish.variant_id],)
    ]


def _parcels(agreed: Quote, order_number: str) -> list[dict[str, Any]]:
    """One fulfilment a UPT."""
    return [
        {
            "number": f"{order_number}-{place}",
            "upt_id": parcel.upt_id,
            "state": "new",
            "shipping_cost": parcel.charge.cost,
            "chargeable_weight_g": parcel.charge.chargeable_g,
            "courier": parcel.charge.rate.courier,
            "service": parcel.charge.rate.service,
            "promised_from": parcel.promised_from.isoformat(),
            "promised_until": parcel.promised_until.isoformat(),
        }
        for place, parcel in enumerate(agreed.parcels, start=1)
    ]


def _shares(agreed: Quote, reservation_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Which parcel has how much of which line, and the reservation behind it."""
    shares = [share for parcel in agreed.parcels for share in parcel.shares]
    return [
        {
            "upt_id": share.upt_id,
            "position": share.line,
            "reservation_id": reservation_id,
            "quantity": share.quantity,
        }
        for share, reservation_id in zip(shares, reservation_ids, strict=True)
    ]
