"""What can be bought right now and from where: variants, free stock, UPTs, rates. Rows, one query each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.queries.resting import rests
from orders.rules.shipping import Rate


@dataclass(frozen=True, slots=True)
class Offer:
    """One variant at one UPT: free pieces there; rupiah, grams and cubic millimetres a piece.

    `own_text_most` is empty where no text is put on the item, `limit_pieces` where nobody is limited.
    A variant that no UPT stocks comes once, with empty `stock_id` and `upt_id` and nothing available.
    """

    variant_id: int
    product_id: int
    product_name: str
    variant_name: str
    sku: str
    unit: str
    is_buyable: bool
    price: int
    weight_g: int
    volume_mm3: int
    stock_id: int | None
    upt_id: int | None
    upt_name: str
    regency_code: str
    available: int
    own_text_most: int | None = None
    own_text_required: bool = False
    limit_pieces: int | None = None
    limit_days: int | None = None


_GOODS = {"product": "p.id", "category": "p.category_id", "day": "CAST(:day AS date)"}
_OFFERS = text(
    f"""
    SELECT v.id, p.id, p.name, v.name, v.sku, p.unit,
           p.kind = 'good' AND NOT p.is_withdrawn AND v.price IS NOT NULL AND v.weight_g IS NOT NULL
           AND NOT {rests(**_GOODS)},
           coalesce(v.price, 0), coalesce(v.weight_g, 0),
           coalesce(v.length_mm * v.width_mm * v.height_mm, 0),
           s.id, s.upt_id, coalesce(u.name, ''), coalesce(u.regency_code, ''),
           CASE WHEN {rests(**_GOODS, upt="s.upt_id")} THEN 0 ELSE coalesce(s.on_hand - s.reserved, 0) END,
           t.own_text_most, coalesce(t.own_text_required, false), t.limit_pieces, t.limit_days
    FROM variants v
    JOIN products p ON p.id = v.product_id
    LEFT JOIN product_terms t ON t.product_id = p.id
    LEFT JOIN stocks s ON s.variant_id = v.id
    LEFT JOIN upts u ON u.id = s.upt_id
    WHERE v.id = ANY(:variant_ids)
    ORDER BY s.id
    """  # noqa: S608  our own column names
)

_LOCK_STOCK = text("SELECT id FROM stocks WHERE variant_id = ANY(:variant_ids) ORDER BY id FOR UPDATE")

_OPEN_PARCELS = text(
    """
    SELECT f.upt_id, count(*)
    FROM fulfilments f JOIN orders o ON o.id = f.order_id
    WHERE f.upt_id = ANY(:upt_ids) AND f.state IN ('new', 'accepted', 'packed') AND o.state = 'paid'
    GROUP BY f.upt_id
    """
)

_RATE_COLUMNS = ", ".join(field.name for field in fields(Rate))
_RATES = text(
    f"SELECT {_RATE_COLUMNS} FROM shipping_rates"  # noqa: S608  our own column names
    " WHERE zone = ANY(:zones) AND origin_code = ANY(:origins)"
)


def offers(session: Session, variant_ids: Collection[int], *, day: date) -> Sequence[Offer]:
    """Every UPT's offer of these variants, by stock id; variants that do not exist are absent.

    What rests on this day (Jakarta's) cannot be bought; where one UPT alone may not sell it, it has none.
    """
    rows = session.execute(_OFFERS, {"variant_ids": sorted(variant_ids), "day": day})
    return [Offer(*row) for row in rows]


def lock_stock(session: Session, variant_ids: Collection[int]) -> None:
    """Hold every stock row of these variants until the transaction ends, locked in the order of their ids."""
    session.execute(_LOCK_STOCK, {"variant_ids": sorted(variant_ids)})


def open_parcels(session: Session, upt_ids: Collection[int]) -> dict[int, int]:
    """How many paid parcels each UPT has still to ship; a UPT without any is absent."""
    rows = session.execute(_OPEN_PARCELS, {"upt_ids": sorted(upt_ids)})
    return {row[0]: row[1] for row in rows}


def rates(session: Session, origin_codes: Iterable[str], zones: Iterable[str]) -> Sequence[Rate]:
    """The rate rows for these origins (region codes, "" for anywhere) and zones."""
    values = {"origins": sorted(set(origin_codes)), "zones": sorted(set(zones))}
    return [Rate(*row) for row in session.execute(_RATES, values)]
