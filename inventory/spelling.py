"""Pure rules of spelling: how far two words are apart, and which known word a visitor may have meant."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 4
_LONG = 8


def edits(one: str, other: str) -> int:
    """How many slips lie between two words: a letter too many, missing, wrong, or two changed over."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for place, other_letter in enumerate(other, start=1):
            cost = min(
                last[place] + 1,
                current[place - 1] + 1,
                last[place - 1] + (letter != other_letter),
            )
            if row > 1 and place > 1 and letter == other[place - 2] and one[row - 2] == other_letter:
                cost = min(cost, before_last[place - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]


def most_edits(word: str) -> int:
    """How many slips are forgiven: none in a word of two letters, one up to seven, two in longer ones."""
    if len(word) < _SHORT - 1:
        return 0
    return 1 if len(word) < _LONG else 2


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word with the fewest slips, the first of them on a tie; None when all are too far away."""
    most = most_edits(word)
    best, best_edits = None, most + 1
    for candidate in known:
        if abs(len(candidate) - len(word)) > most:
            continue
        distance = edits(word, candidate)
        if distance < best_edits:
            best, best_edits = candidate, distance
    return best
