"""The states of orders, fulfilments, payments and refunds, and the moves between them."""

from __future__ import annotations

ORDER_STATES = ("awaiting_payment", "paid", "cancelled", "expired")
FULFILMENT_STATES = ("new", "accepted", "packed", "shipped", "delivered", "cancelled")
PAYMENT_STATES = ("starting", "open", "pending", "paid", "paid_late", "failed", "expired", "quarantined")
LIVE_PAYMENT_STATES = ("starting", "open", "pending", "paid")
REFUND_STATES = ("due", "pending", "succeeded", "failed")

COURIER_ZONES = ("city", "province", "island", "nation")
"""How far a parcel goes: within a regency, a province, an island group, or across the nation."""

ORDER_MOVES: dict[str, frozenset[str]] = {
    "awaiting_payment": frozenset({"paid", "cancelled", "expired"}),
    "paid": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

FULFILMENT_MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"accepted", "cancelled"}),
    "accepted": frozenset({"packed", "cancelled"}),
    "packed": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset(),
    "cancelled": frozenset(),
}
