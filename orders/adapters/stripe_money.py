"""Rupiah as Stripe counts them: in hundredths. This edge is the only place that knows."""

from __future__ import annotations

import logging

from kernel.log import alarm
from orders.errors import ProviderRejected

_logger = logging.getLogger(__name__)
_PER_RUPIAH = 100


def to_stripe(rupiah: int) -> int:
    """Whole rupiah as Stripe's smallest unit: 15000 -> 1500000."""
    return rupiah * _PER_RUPIAH


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's smallest unit as whole rupiah. Raises ProviderRejected for parts of a rupiah, or other money.

    Nothing is ever rounded: an amount we cannot have asked for is an alarm.
    """
    if currency.lower() != "idr":
        raise ProviderRejected(reason="other_currency")
    whole, rest = divmod(amount, _PER_RUPIAH)
    if rest:
        alarm(_logger, "stripe states parts of a rupiah", amount=amount)
        raise ProviderRejected(reason="parts_of_a_rupiah")
    return whole
