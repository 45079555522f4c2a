"""What reasons, states and entries of reported problems are called, on customers' and on staff's pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

REASON_NAMES: Mapping[str, object] = {
    "damaged": lazy_gettext("Something is damaged"),
    "spoiled": lazy_gettext("Something is spoiled or past its date"),
    "wrong_goods": lazy_gettext("Something else was sent"),
    "missing_pieces": lazy_gettext("Pieces are missing"),
    "not_as_described": lazy_gettext("It is not as described"),
    "not_arrived": lazy_gettext("The parcel has not arrived"),
}

STATE_NAMES: Mapping[str, object] = {
    "open": lazy_gettext("Waits for an answer"),
    "answered": lazy_gettext("Answered"),
    "closed": lazy_gettext("Closed"),
}

ENTRY_NAMES: Mapping[str, object] = {
    "refunded": lazy_gettext("Money given back"),
    "closed": lazy_gettext("Closed"),
}
"""What an entry did besides saying something."""
