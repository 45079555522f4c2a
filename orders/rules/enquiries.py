"""Pure rules of enquiries: what kinds there are, how they move, and how much one may ask for."""

from __future__ import annotations

from datetime import timedelta

KINDS = ("booking", "export", "question", "parcel")
"""A date for a service, an offer for goods in bulk, a plain question or request, or what a buyer asks the UPT
about a parcel of their order."""

STATES = ("new", "answered", "closed")
"""Whose turn it is: ours, the customer's, nobody's."""

BOOKING_STATES = ("asked", "confirmed", "declined")

SENDERS = ("customer", "staff")

MESSAGE_KINDS = ("message", "confirmed", "declined", "closed", "reopened", "link")
"""What an entry of the thread is: words, or what was done, with or without words."""

BOOKING_MOVES: dict[str, frozenset[str]] = {
    "asked": frozenset({"confirmed", "declined"}),
    # what was promised may turn out to be impossible; the customer is told
    "confirmed": frozenset({"declined"}),
    "declined": frozenset({"confirmed"}),
}

LONGEST_MESSAGE = 2_000
MOST_MESSAGES = 200
"""A thread that grows beyond this is a matter for the telephone."""

MOST_WRITTEN_PER_HOUR = 10
"""How many messages a customer adds to one thread, or to all threads of one order, within an hour."""

MOST_PEOPLE = 50
MOST_QUANTITY = 100_000_000

BOOKED_AHEAD = timedelta(days=28)
"""How far ahead of today slots are offered."""

LINK_LIFE_DAYS = 180
"""How long the customer's link to the thread works."""
