"""Pure rules of handling a parcel: who carries it, its tracking number, why pieces may be missing."""

from __future__ import annotations

import re

from orders.errors import TrackingNumberInvalid

OPEN_STATES = ("new", "accepted", "packed")
"""States of a parcel that still waits for the UPT's hands."""

STATES_IN_HOUSE = (*OPEN_STATES, "ready")
"""States of a parcel that is still at the UPT, its pieces on the shelf."""

COURIERS = (
    "JNE",
    "J&T Express",
    "SiCepat",
    "AnterAja",
    "Pos Indonesia",
    "TIKI",
    "Ninja Xpress",
    "Lion Parcel",
    "ID Express",
)
"""Who an officer may hand a parcel to besides the courier the customer was shown."""

SHORTAGE_REASONS = ("not_found", "damaged", "expired", "keeps_too_short", "not_made", "other")
"""Why pieces that were promised cannot be sent."""

TAKEOVER_REASONS = ("too_busy", *SHORTAGE_REASONS)
"""Why a UPT asks another to send pieces in its place."""

NOT_FETCHED = "not_fetched"
"""Why a parcel that waits to be fetched is given up, and no other."""

REASONS_TO_KEEP = frozenset({"keeps_too_short", "too_busy", NOT_FETCHED})
"""Reasons that leave the pieces on the shelf: they are there and good, only not for this parcel."""

FRAGILE_CATEGORIES = frozenset(
    {"kerajinan_kayu", "kerajinan_lain", "lilin_aromaterapi", "minuman", "minuman_herbal"}
)
"""What breaks, or comes in jars and bottles that do: its box says so."""

RETURN_REASONS = ("nobody_there", "refused", "address_wrong", "damaged_on_way", "courier_failed")
"""Why a parcel comes back to the UPT."""

RETURNS_WITH_SHIPPING = frozenset({"damaged_on_way", "courier_failed"})
"""Reasons that are no fault of the customer's: the shipping is given back too."""

MOST_CARTONS = 20
"""How many cartons one parcel may be sent in."""

LONGEST_RECEIVER = 80
"""Characters of the name of who took a parcel in."""

SHORTEST_TRACKING_NUMBER, LONGEST_TRACKING_NUMBER = 6, 30

_TRACKING_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]")


def normal_tracking_number(written: str) -> str:
    """A tracking number as couriers print it: capitals, no spaces. Raises TrackingNumberInvalid."""
    number = "".join(written.split())
    is_long_enough = SHORTEST_TRACKING_NUMBER <= len(number) <= LONGEST_TRACKING_NUMBER
    if not is_long_enough or not _TRACKING_NUMBER.fullmatch(number):
        raise TrackingNumberInvalid(least=SHORTEST_TRACKING_NUMBER, most=LONGEST_TRACKING_NUMBER)
    return number.upper()


def bare_tracking_number(number: str) -> str:
    """A tracking number as two are compared: people copy it with hyphens and spaces, or without."""
    return "".join(number.split()).replace("-", "").upper()
