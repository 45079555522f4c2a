"""The words that are searched for, as a condition on the catalogue's document.

A word is met as it is written, by its stem in either language, or by a word of the trade that means the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal_column

from accounts.regions import fold
from inventory.models import CatalogueEntry
from inventory.words import UNSTEMMED, UNSTEMMED_MARK, synonyms

MOST_WORDS = 8
LONGEST_WORD = 40
_SHORTEST_BEGINNING = 3

Spelling = tuple[str, ...]
"""Words that must all occur: "palangka raya"."""

Need = tuple[Spelling, ...]
"""One thing that was asked for, in one or more spellings, the most likely first."""


Lengths = tuple[tuple[int, ...], ...]
"""How many words each spelling of each need has."""


@dataclass(frozen=True, slots=True)
class WordingShape:
    """The form of a wording: searches of one form share one prepared statement.

    With `is_some` a product needs to have only some of what was asked for.
    """

    needs: Lengths
    is_some: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What is searched for; the last word may be a beginning."""

    needs: tuple[Need, ...]
    is_beginning: bool = False
    is_some: bool = False

    @property
    def shape(self) -> WordingShape:
        """The form of its statement."""
        return WordingShape(
            tuple(tuple(len(spelling) for spelling in need) for need in self.needs), self.is_some
        )

    @property
    def text(self) -> str:
        """The words as one would type them."""
        return " ".join(word for need in self.needs for word in need[0])


def search_words(query: str) -> list[str]:
    """The words of a query as search compares them, whatever was typed: only a to z and digits are left."""
    return [word[:LONGEST_WORD] for word in fold(query).split()[:MOST_WORDS]]


def typed(words: Sequence[str]) -> Wording:
    """The words as they were typed, the last one perhaps not to its end, and what means the same."""
    return Wording(tuple(((word,), *synonyms(word)) for word in words), is_beginning=True)


def wording_values(wording: Wording) -> dict[str, str]:
    """The parameters of the conditions of a wording."""
    words = [word for need in wording.needs for spelling in need for word in spelling]
    values = {f"word_{place}": word for place, word in enumerate(words)}
    values |= {f"stem_{place}": _stem(word) for place, word in enumerate(words)}
    last = sum(len(spelling) for need in wording.needs[:-1] for spelling in need)
    if wording.is_beginning and len(words[last]) >= _SHORTEST_BEGINNING:
        values[f"word_{last}"] = f"{words[last]}:*"
    return values


def wording_condition(shape: WordingShape) -> ColumnElement[bool]:
    """Whether the entry at hand has the words, anywhere."""
    return CatalogueEntry.document.bool_op("@@")(words_or_stems(shape.needs, is_some=shape.is_some))


def words_or_stems(needs: Lengths, *, is_some: bool = False) -> ColumnElement[Any]:
    """The text query for the whole document: all needs, or some of them."""
    return _query("||" if is_some else "&&", needs, _word_or_stem)


def words_alone(needs: Lengths, *, is_some: bool = False) -> ColumnElement[Any]:
    """The text query for names: words as they are."""
    return _query("||" if is_some else "&&", needs, _word)


_SIMPLE: ColumnElement[Any] = literal_column("'simple'")
_INDONESIAN: ColumnElement[Any] = literal_column("'indonesian'")
_ENGLISH: ColumnElement[Any] = literal_column("'english'")


def _stem(word: str) -> str:
    # A is the name as it is written, C and D are places: stems are met in B only
    return f"{word}{UNSTEMMED_MARK}:B" if word in UNSTEMMED else f"{word}:B"


def _word(place: int) -> ColumnElement[Any]:
    return func.to_tsquery(_SIMPLE, bindparam(f"word_{place}"))


def _word_or_stem(place: int) -> ColumnElement[Any]:
    stem: ColumnElement[Any] = bindparam(f"stem_{place}")
    return _joined("||", [_word(place), func.to_tsquery(_INDONESIAN, stem), func.to_tsquery(_ENGLISH, stem)])


def _query(operator: str, lengths: Lengths, word: Callable[[int], ColumnElement[Any]]) -> ColumnElement[Any]:
    """The needs of a shape joined by && (all of them) or || (some of them)."""
    places = count()
    needs = [
        _joined("||", [_joined("&&", [word(next(places)) for _ in range(length)]) for length in need])
        for need in lengths
    ]
    return _joined(operator, needs)


def _joined(operator: str, parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return reduce(lambda one, other: one.op(operator)(other).self_group(), parts)
