"""The file of shipping rates: its columns, and its rows checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from accounts.importing import Problem, Row, read_rows
from accounts.regions import is_region
from kernel.money import BIGGEST_AMOUNT
from orders.rules.states import COURIER_ZONES

COLUMNS = (
    "origin_code",
    "zone",
    "courier",
    "service",
    "price_per_kg",
    "minimum_g",
    "round_up_above_g",
    "volume_divisor",
    "max_weight_g",
    "days_from",
    "days_until",
)

_ORIGIN = re.compile(r"[0-9]{2}(\.[0-9]{2})?", re.ASCII)
_HEAVIEST_PARCEL_G = 100_000_000
_LONGEST_DAYS = 365


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate as a file states it: rupiah a started kilogram, grams, cm3 a kilogram, days.

    Origin, zone, courier and service together are its identity; an empty origin is anywhere.
    """

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


def read_rates(file: Path, problems: list[Problem]) -> list[RateRow]:
    """Read the file; what is wrong is added to `problems`, and bad rows are left out."""
    lines: dict[tuple[str, str, str, str], int] = {}
    rates = []
    for row in read_rows(file, COLUMNS, problems):
        rate = _rate_of(row)
        key = rate.origin_code, rate.zone, rate.courier, rate.service
        first = lines.setdefault(key, row.line)
        if row.is_good and first != row.line:
            row.reject("service", f"this origin, zone, courier and service are already on line {first}")
        if row.is_good:
            rates.append(rate)
    return rates


def _rate_of(row: Row) -> RateRow:
    rate = RateRow(
        origin_code=_origin_of(row),
        zone=row.choice("zone", COURIER_ZONES),
        courier=row.text("courier"),
        service=row.text("service"),
        price_per_kg=row.number("price_per_kg", least=1, most=BIGGEST_AMOUNT),
        minimum_g=row.number("minimum_g", least=1, most=_HEAVIEST_PARCEL_G),
        round_up_above_g=row.number("round_up_above_g", least=0, most=999),
        volume_divisor=row.number("volume_divisor", least=1, most=100_000),
        max_weight_g=row.number("max_weight_g", least=1, most=_HEAVIEST_PARCEL_G),
        days_from=row.number("days_from", least=0, most=_LONGEST_DAYS),
        days_until=row.number("days_until", least=0, most=_LONGEST_DAYS),
    )
    if row.is_good and rate.max_weight_g < rate.minimum_g:
        row.reject("max_weight_g", f"{rate.max_weight_g} is less than minimum_g, {rate.minimum_g}")
    if row.is_good and rate.days_until < rate.days_from:
        row.reject("days_until", f"{rate.days_until} is less than days_from, {rate.days_from}")
    return rate


def _origin_of(row: Row) -> str:
    shape = "a code like 32 or 32.05, or empty for anywhere"
    code = row.matching("origin_code", _ORIGIN, shape, required=False)
    if code and row.is_good and not is_region(code):
        row.reject("origin_code", f"{code} is the code of no province, kabupaten or kota")
    return code
