"""Pure rules of carts: what a quantity is, and what is left for each line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inventory.errors import QuantityInvalid

MOST_PIECES = 9_999
"""More of one thing is an enquiry, not a cart."""

MOST_LINES = 50

MOST_WISHES = 100

CART_LIFE = timedelta(days=30)
"""A cart nobody touches for so long is forgotten."""

_WHOLE_NUMBER = re.compile(r"0*([0-9]{1,4})", re.ASCII)


def quantity_of(typed: Sequence[str]) -> int:
    """The pieces a form field says; `typed` is everything sent under its name.

    One plain whole number from 1 to MOST_PIECES in the digits 0 to 9. Raises QuantityInvalid.
    """
    match = _WHOLE_NUMBER.fullmatch(typed[0].strip(" ")) if len(typed) == 1 else None
    quantity = int(match[1]) if match else 0
    if not 1 <= quantity <= MOST_PIECES:
        raise QuantityInvalid(most=MOST_PIECES)
    return quantity


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of one variant, from one UPT (its id) or from any."""

    variant_id: int
    quantity: int
    upt_id: int | None


def left_for_each(wanted: Sequence[Wanted], free: Mapping[int, Mapping[int, int]]) -> list[int]:
    """The pieces each line could have at most; `free` is by variant id and UPT id.

    Lines bound to a UPT come first, then the others in their order; what an earlier line takes, a later one
    of the same variant no longer has.
    """
    rest = {variant_id: dict(places) for variant_id, places in free.items()}
    left = [0] * len(wanted)
    for index in sorted(range(len(wanted)), key=lambda place: wanted[place].upt_id is None):
        line = wanted[index]
        places = rest.get(line.variant_id, {})
        chosen = list(places) if line.upt_id is None else [line.upt_id]
        left[index] = sum(places.get(upt_id, 0) for upt_id in chosen)
        _take(places, chosen, line.quantity)
    return left


def _take(places: dict[int, int], chosen: Sequence[int], quantity: int) -> None:
    for upt_id in chosen:
        taken = min(places.get(upt_id, 0), quantity)
        if taken:
            places[upt_id] -= taken
            quantity -= taken
