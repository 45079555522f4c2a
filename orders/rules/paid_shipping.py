"""When what was paid for sending goes back: once nothing is sent for it any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaidShipping:
    """The rupiah paid for sending a parcel; 0 where another UPT took all of it over, shipping included.

    `came_from` is the parcel whose pieces it took over: the shipping that was paid there pays for it too.
    `is_sent`: pieces of it are brought to the customer, or to be; the courier did not fail to.
    `went_back`: it was decided that the money goes back.
    """

    parcel_id: int
    came_from: int | None
    cost: int
    is_sent: bool
    went_back: bool


def shipping_to_return(order: Sequence[PaidShipping], parcel_id: int) -> PaidShipping | None:
    """What goes back when a parcel of the `order` is not sent; None while others are sent for the same."""
    return None if _is_other_sent(order, parcel_id) else _paid_with(order, parcel_id)


def is_shipping_kept(order: Sequence[PaidShipping], parcel_id: int) -> bool:
    """Whether shipping stays paid though this parcel is not sent: others are, for the same money."""
    return _paid_with(order, parcel_id) is not None and _is_other_sent(order, parcel_id)


def _paid_with(order: Sequence[PaidShipping], parcel_id: int) -> PaidShipping | None:
    """The parcel whose shipping pays for this one, unless the money went back."""
    return next((each for each in _together(order, parcel_id) if each.cost and not each.went_back), None)


def _is_other_sent(order: Sequence[PaidShipping], parcel_id: int) -> bool:
    return any(each.is_sent for each in _together(order, parcel_id) if each.parcel_id != parcel_id)


def _together(order: Sequence[PaidShipping], parcel_id: int) -> list[PaidShipping]:
    """The parcels in which the pieces of one ordered parcel are, this one among them."""
    sources = {each.parcel_id: each.came_from for each in order}
    return [each for each in order if _origin(sources, each.parcel_id) == _origin(sources, parcel_id)]


def _origin(sources: dict[int, int | None], parcel_id: int) -> int:
    """The parcel that the customer ordered, whoever took pieces of it over."""
    while (source := sources[parcel_id]) is not None:
        parcel_id = source
    return parcel_id
