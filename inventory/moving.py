"""Pure rules of places beside the store, and of transfers between stores and places."""

from __future__ import annotations

LOCATION_KINDS = ("gallery", "fair", "lounge", "koperasi", "other")
"""Where pieces of a UPT lie besides its store: a gallery, a fair, an immigration lounge, a koperasi shop."""

LONGEST_LOCATION = 60

TRANSFER_STATES = ("draft", "sent", "received", "called_off", "taken_back")
"""A transfer is drawn up, on the way, or has arrived.

What was never sent can be called off, what has not arrived taken back."""

LONGEST_EXPLANATION = 300
MOST_TRANSFER_LINES = 200
