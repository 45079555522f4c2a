"""Rates for tests: one service that goes anywhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from orders.models import ShippingRate
from orders.rules.states import COURIER_ZONES


def make_rates(session: Session, **values: Any) -> None:
    """JNE REG from anywhere: Rp10.000 a kg within a city, Rp10.000 more for each zone further."""
    for steps, zone in enumerate(COURIER_ZONES, start=1):
        defaults = {
            "origin_code": "",
            "zone": zone,
            "courier": "JNE",
            "service": "REG",
            "price_per_kg": 10_000 * steps,
            "minimum_g": 1000,
            "round_up_above_g": 300,
            "volume_divisor": 6000,
            "max_weight_g": 30_000,
            "days_from": steps,
            "days_until": steps + 2,
        }
        session.add(ShippingRate(**{**defaults, **values}))
    session.flush()
