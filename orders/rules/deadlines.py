"""Pure rules of time: how long a payment page is open, stock is held, and slow money is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta

ORDER_LIFE = timedelta(minutes=60)
"""How long an order waits for its first payment, and for another one after a payment failed."""

HOLD_GRACE = timedelta(minutes=10)
"""An unpaid order ends so much later than it may be paid: time to close the payment page first."""

_SWEEP = timedelta(minutes=2)

LONGEST_PENDING = timedelta(days=3)
"""How long a promised payment (a bank transfer under way) keeps its order's stock."""

MOST_ATTEMPTS = 5
"""So many payment pages may be opened for one order: the others would only hold stock."""

CHECK_AGAIN = timedelta(minutes=5)
"""When to look again at something that ought to have been settled by now."""

CHECK_PENDING = timedelta(hours=1)
"""When to look again at money that is known to be slow."""


def page_expiry(at: datetime, order_expires_at: datetime, *, shortest: timedelta) -> datetime:
    """When a page opened now ends: with its order, but not before the provider's shortest time is over."""
    return max(order_expires_at, at + shortest)


def held_until(order_expires_at: datetime) -> datetime:
    """Until when the stock of an unpaid order is held: until after the sweep that ends the order."""
    return order_expires_at + HOLD_GRACE + _SWEEP


def is_over(order_expires_at: datetime, at: datetime) -> bool:
    """Whether an unpaid order's time and its grace have passed."""
    return at >= order_expires_at + HOLD_GRACE
