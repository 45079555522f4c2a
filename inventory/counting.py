"""Pure rules of a stock-take: the life of a counted line, and which differences two people answer for."""

from __future__ import annotations

from datetime import timedelta

COUNT_STATES = ("open", "counted", "waiting", "booked", "discarded")
"""A line is not counted yet, counted, waits for a second person, is booked, or was found to be wrong."""

CORRECTIONS = ("count", "lost", "cannot_supply", "left_to_upt")
"""Reasons of the ledger by which what a count found may be on the books already."""

SHEET_REASONS = ("count", "lost", "other")
"""Reasons of a correction that nothing but a count stands behind: a large one is a line on a sheet."""

COUNT_REFUSALS = ("moved", "meanwhile", "held", "too_far")
"""Why a number was not taken: pieces came or went since the sheet was looked at, somebody else has counted
the line meanwhile, orders hold more than were found, or the difference is a slip of the finger.
"""

MOST_COUNT_LINES = 400
"""Shelves on one sheet; a UPT with more narrows it by words."""

ALONE_PIECES, ALONE_VALUE = 20, 500_000
"""The largest difference one person books alone, in pieces and in rupiah."""

LINES_AT_ONCE = 50
"""Lines of a sheet that are booked in one transaction: orders for these shelves wait until it ends."""

LATELY = timedelta(days=1)
"""How far before a look the ledger is read for what moved: clocks differ and changes take time, but less."""


def needs_second(difference: int, price: int | None) -> bool:
    """Whether a difference in pieces, each worth `price` rupiah, is approved by a second person."""
    pieces = abs(difference)
    return pieces > ALONE_PIECES or pieces * (price or 0) > ALONE_VALUE
