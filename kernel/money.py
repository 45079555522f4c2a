"""Whole rupiah: writing an amount, and dividing one so that nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

BIGGEST_AMOUNT = 10**12
"""No single price or total exceeds this many rupiah; the database refuses more."""


def rupiah(amount: int) -> str:
    """Write whole rupiah as Indonesians do: 25000 -> "Rp25.000", -500 -> "-Rp500"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def divide(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` rupiah in proportion to `weights`; the parts add up to `total` exactly.

    What rounding leaves goes to the largest remainders, the earlier part first on a tie.
    Raises ValueError when the weights do not add up to more than zero or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and add up to more than zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
