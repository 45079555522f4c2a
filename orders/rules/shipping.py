"""What a courier charges for a parcel, and when it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

PACKING_DAYS = (1, 2)
"""How many days a UPT may take to hand over what lies ready on its shelf: at best, at most."""

ZONE_RANK = {"city": 0, "province": 1, "island": 2, "nation": 3}


@dataclass(frozen=True, slots=True)
class Packed:
    """Some pieces of one variant in a parcel: grams and cubic millimetres a piece."""

    weight_g: int
    volume_mm3: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the rate table, in rupiah, grams and days."""

    origin_code: str
    zone: str
    courier: str
    service: str
    price_per_kg: int
    minimum_g: int
    round_up_above_g: int
    volume_divisor: int
    max_weight_g: int
    days_from: int
    days_until: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one parcel costs with one service: rupiah, and the grams it was charged for."""

    rate: Rate
    chargeable_g: int
    cost: int


class TooHeavy(Exception):
    """No service takes the parcel: it weighs `weight_g`, the most any takes is `limit_g` (grams)."""

    def __init__(self, weight_g: int, limit_g: int) -> None:
        self.weight_g, self.limit_g = weight_g, limit_g
        super().__init__(f"{weight_g} g over {limit_g} g")


def chargeable_weight(contents: Iterable[Packed], rate: Rate) -> int:
    """The grams a courier counts: actual or volume weight, whichever is more, at least the minimum.

    Volume weight in kg is cm3 / divisor (6000 at JNE), which is mm3 / divisor in grams.
    """
    actual = volume = 0
    for packed in contents:
        actual += packed.weight_g * packed.quantity
        volume += packed.volume_mm3 * packed.quantity
    return max(actual, -(-volume // rate.volume_divisor), rate.minimum_g)


def charged_kilograms(grams: int, rate: Rate) -> int:
    """Whole kilograms charged: a rest above the service's tolerance counts as one more (JNE: 300 g)."""
    whole, rest = divmod(grams, 1000)
    return max(1, whole + (rest > rate.round_up_above_g))


def cheapest_charge(contents: Sequence[Packed], rates: Iterable[Rate], origin_codes: Sequence[str]) -> Charge:
    """The cheapest service that takes the parcel, the quicker on a tie.

    `origin_codes` go from the most exact to the widest; of one service's rows the most exact origin counts.
    Raises TooHeavy, and ValueError when `rates` is empty.
    """
    exact: dict[tuple[str, str], Rate] = {}
    for rate in sorted(rates, key=lambda rate: origin_codes.index(rate.origin_code)):
        exact.setdefault((rate.courier, rate.service), rate)
    charges = []
    for rate in exact.values():
        grams = chargeable_weight(contents, rate)
        charges.append(Charge(rate, grams, charged_kilograms(grams, rate) * rate.price_per_kg))
    possible = [charge for charge in charges if charge.chargeable_g <= charge.rate.max_weight_g]
    if not possible:
        widest = max(charges, key=lambda charge: charge.rate.max_weight_g)
        raise TooHeavy(widest.chargeable_g, widest.rate.max_weight_g)
    return min(possible, key=lambda charge: (charge.cost, charge.rate.days_until, charge.rate.service))


def promise(day: date, rate: Rate) -> tuple[date, date]:
    """The first and last date a parcel ordered on `day` arrives: packing, then the courier's days."""
    return (
        day + timedelta(days=PACKING_DAYS[0] + rate.days_from),
        day + timedelta(days=PACKING_DAYS[1] + rate.days_until),
    )


def transit_days(ordered_on: date, promised_until: date) -> int:
    """How long the courier may take by the promise that was made: what is left of it after the packing."""
    return max(0, (promised_until - ordered_on).days - PACKING_DAYS[1])
