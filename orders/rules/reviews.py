"""Pure rules of reviews: states and moves, lengths, when buyers are asked, and the name that is shown."""

from __future__ import annotations

from datetime import timedelta

REVIEW_STATES = ("waiting", "published", "refused")

REVIEW_MOVES: dict[str, frozenset[str]] = {
    "waiting": frozenset({"published", "refused"}),
    # what was overlooked can be taken down, what was misread put up
    "published": frozenset({"refused"}),
    "refused": frozenset({"published", "waiting"}),
}

MOST_STARS = 5
LONGEST_REVIEW = 2_000

INVITED_AFTER = timedelta(days=5)
"""So long after the last parcel of an order has arrived its buyer is asked for reviews, once."""

INVITED_BEFORE = timedelta(days=30)
"""What arrived earlier is not asked about any more."""

_LONGEST_NAME = 20


def shown_name(name: str) -> str:
    """A buyer's first name and the initial of the last: "Sari D."; empty where that is no name to show."""
    words = name.split()
    if not words or not _is_word(words[0]):
        return ""
    last = words[-1]
    return f"{words[0]} {last[0].upper()}." if len(words) > 1 and _is_word(last) else words[0]


def _is_word(word: str) -> bool:
    """Letters, with an apostrophe or hyphen between them: no number, address or sign."""
    return len(word) <= _LONGEST_NAME and all(part.isalpha() for part in word.replace("-", "'").split("'"))
