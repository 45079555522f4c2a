"""Whole rupiah: writing and reading an amount, and dividing one so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

BIGGEST_AMOUNT = 10**12
"""No single price or total exceeds this many rupiah; the database refuses more."""

_SCALES = {"": 1, "rb": 10**3, "ribu": 10**3, "jt": 10**6, "juta": 10**6}
_WRITTEN = re.compile(
    r"(?:rp\.?|idr)?\s*(?P<digits>[0-9]{1,3}(?:(?P<mark>[., ])[0-9]{3})(?:(?P=mark)[0-9]{3})*|[0-9]{1,13})"
    r"(?:,-|,00)?\s*(?P<scale>rb|ribu|jt|juta)?",
    re.ASCII,
)


def rupiah(amount: int) -> str:
    """Write whole rupiah as Indonesians do: 25000 -> "Rp25.000", -500 -> "-Rp500"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def parse_rupiah(written: str) -> int | None:
    """The whole rupiah a person wrote: "25000", "25.000", "Rp 25.000,-", "25 rb"; None for anything else.

    None too for more than BIGGEST_AMOUNT.
    """
    match = _WRITTEN.fullmatch(written.strip().lower())
    if match is None:
        return None
    digits = re.sub(r"\D", "", match["digits"])
    amount = int(digits) * _SCALES[match["scale"] or ""]
    return amount if amount <= BIGGEST_AMOUNT else None


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
