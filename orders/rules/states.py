"""The states of orders, fulfilments, payments and refunds, and the moves between them."""

from __future__ import annotations

ORDER_STATES = ("awaiting_payment", "paid", "cancelled", "expired")
FULFILMENT_STATES = (
    *("new", "accepted", "packed", "ready", "shipped"),
    *("delivered", "returned", "lost", "taken_over", "cancelled"),
)
PAYMENT_STATES = ("starting", "open", "pending", "paid", "paid_late", "failed", "expired", "quarantined")
LIVE_PAYMENT_STATES = ("starting", "open", "pending", "paid")
REFUND_STATES = ("due", "pending", "succeeded", "failed")

CALLABLE_OFF_STATES = ("new", "accepted")
"""States of a parcel whose customer may still call the order off: nothing of it is packed."""

SENT_STATES = ("shipped", "delivered", "returned", "lost")
"""States of a parcel whose pieces have left the UPT's shelf."""

NOT_TO_COME = ("taken_over", "cancelled")
"""States of a parcel in which nothing of it comes: another UPT sends it, or nobody does."""

TAKEOVER_STATES = ("asked", "accepted", "refused", "withdrawn")

HAND_OVERS = ("courier", "pickup", "upt_delivery")
"""How a parcel gets to its customer: a courier brings it, they fetch it at the UPT, the UPT brings it."""

PROVIDERS = ("stripe",)
"""Who takes payments for us."""

COURIER_ZONES = ("city", "province", "island", "nation")
"""How far a parcel goes: within a regency, a province, an island group, or across the nation."""

ORDER_MOVES: dict[str, frozenset[str]] = {
    "awaiting_payment": frozenset({"paid", "cancelled", "expired"}),
    "paid": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

FULFILMENT_MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"accepted", "taken_over", "cancelled"}),
    "accepted": frozenset({"packed", "taken_over", "cancelled"}),
    "packed": frozenset({"ready", "shipped", "taken_over", "cancelled"}),
    "ready": frozenset({"delivered", "cancelled"}),
    "shipped": frozenset({"delivered", "returned", "lost"}),
    "delivered": frozenset(),
    "returned": frozenset(),
    "lost": frozenset(),
    "taken_over": frozenset(),
    "cancelled": frozenset(),
}

PAYMENT_MOVES: dict[str, frozenset[str]] = {
    "starting": frozenset({"open", "pending", "paid", "paid_late", "failed", "expired", "quarantined"}),
    "open": frozenset({"pending", "paid", "paid_late", "failed", "expired", "quarantined"}),
    "pending": frozenset({"paid", "paid_late", "failed", "expired", "quarantined"}),
    "paid": frozenset(),
    "paid_late": frozenset(),
    # money may still arrive for an attempt we had given up
    "failed": frozenset({"paid", "paid_late", "quarantined"}),
    "expired": frozenset({"paid", "paid_late", "quarantined"}),
    "quarantined": frozenset(),
}

REFUND_MOVES: dict[str, frozenset[str]] = {
    "due": frozenset({"pending", "succeeded", "failed"}),
    "pending": frozenset({"succeeded", "failed"}),
    # a bank may send the money back days later
    "succeeded": frozenset({"failed"}),
    "failed": frozenset(),
}
