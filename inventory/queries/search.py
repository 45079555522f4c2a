"""Search over name, description, UPT and place, forgiving typos and split or joined spellings.

First the words as typed, the last one as a beginning. Only when nothing matches are they compared with the
catalogue's vocabulary, which stays small however many products there are, and asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import count, pairwise
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from accounts.regions import fold
from inventory.models import CatalogueEntry, CatalogueTerm
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from inventory.spelling import closest

PAGE_SIZE = 24
MOST_RANKED = 240
"""So many matches are ranked, those by name first; who gets more should say more."""

MOST_WORDS = 8
LONGEST_WORD = 40
_SHORTEST_BEGINNING = 3
_CANDIDATES = 25

Spelling = tuple[str, ...]
"""Words that must all occur: "palangka raya"."""

Need = tuple[Spelling, ...]
"""One thing that was asked for, in one or more spellings, the most likely first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search. `total` stops at MOST_RANKED.

    `corrected` is what was searched instead, when nothing has the words as typed; `is_partial` says that no
    product has all of the words and these have some.
    """

    items: list[ShelfItem]
    total: int
    corrected: str | None = None
    is_partial: bool = False


def search_words(query: str) -> list[str]:
    """The words of a query as search compares them, whatever was typed: only a to z and digits are left."""
    return [word[:LONGEST_WORD] for word in fold(query).split()[:MOST_WORDS]]


def search(session: Session, query: str, *, page: int = 1) -> Found:
    """The page-th page (from 1) of products for what was typed, best first. At most three statements."""
    words = search_words(query)
    if not words:
        return Found([], 0)
    typed: list[Need] = [((word,),) for word in words]
    found = _run(session, _complete(_shape(typed)), _values(typed, last_is_beginning=True), page)
    if found.total:
        return found
    needs = _spellings(session, words)
    found = _run(session, _complete_or_partial(_shape(needs)), _values(needs), page)
    asked, meant = " ".join(words), " ".join(" ".join(need[0]) for need in needs)
    if found.total and meant != asked:
        return Found(found.items, found.total, meant, found.is_partial)
    return found


# --- matching -----------------------------------------------------------------------------------------------

_Shape = tuple[tuple[int, ...], ...]
"""How many words each spelling of each need has: queries of one shape share one prepared statement."""

_entry = CatalogueEntry
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
_INDONESIAN: ColumnElement[Any] = literal_column("'indonesian'::regconfig")
_name_document = func.to_tsvector(_SIMPLE, _entry.name)


def _shape(needs: Sequence[Need]) -> _Shape:
    return tuple(tuple(len(spelling) for spelling in need) for need in needs)


def _values(needs: Sequence[Need], *, last_is_beginning: bool = False) -> dict[str, str]:
    words = [word for need in needs for spelling in need for word in spelling]
    values = {f"word_{place}": word for place, word in enumerate(words)}
    values |= {f"stem_{place}": f"{word}:B" for place, word in enumerate(words)}
    if last_is_beginning and len(words[-1]) >= _SHORTEST_BEGINNING:
        values[f"word_{len(words) - 1}"] = f"{words[-1]}:*"
    return values


def _run(session: Session, statement: Select[*tuple[Any, ...]], values: dict[str, str], page: int) -> Found:
    rows = session.execute(statement, {**values, "skipped": (page - 1) * PAGE_SIZE}).all()
    if not rows:
        return Found([], 0)
    is_partial = not getattr(rows[0], "is_complete", True)
    return Found(shelf_items(rows), min(rows[0].total, MOST_RANKED), is_partial=is_partial)


@lru_cache(maxsize=64)
def _complete(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """Products with every need; those whose names match come in before the ranking is cut."""
    query = _query("&&", shape)
    return _ranked(_candidates("complete", _query("&&", shape, _word), query), query)


@lru_cache(maxsize=64)
def _complete_or_partial(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """Products with every need or, where there is none, those with some of them."""
    every, some = _query("&&", shape), _query("||", shape)
    complete = _candidates("complete", _query("&&", shape, _word), every)
    nothing = ~exists().select_from(complete)
    partial = _candidates("partial", _query("||", shape, _word), some, nothing)
    either = union(select(complete.c.product_id), select(partial.c.product_id)).cte("either")
    return _ranked(either, some).add_columns(_entry.document.bool_op("@@")(every).label("is_complete"))


def _candidates(
    name: str, words: ColumnElement[Any], words_or_stems: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> CTE:
    """Matches by name and then, while there is room, the others; a name that matches is found once."""
    in_name = _name_document.bool_op("@@")(words)
    by_name = select(_entry.product_id).where(in_name, *conditions).limit(MOST_RANKED).subquery()
    others = _entry.document.bool_op("@@")(words_or_stems)
    by_others = select(_entry.product_id).where(others, ~in_name, *conditions).limit(MOST_RANKED).subquery()
    both = union_all(select(by_name.c.product_id), select(by_others.c.product_id)).subquery()
    return select(both.c.product_id).limit(MOST_RANKED).cte(name)


def _ranked(candidates: CTE, query: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    rank = func.ts_rank(_entry.document, query)
    page = (
        select(_entry.product_id, rank.label("rank"), func.count().over().label("total"))
        .join(candidates, candidates.c.product_id == _entry.product_id)
        .order_by(rank.desc(), _entry.product_id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
        .cte("page")
    )
    return shelf(page).add_columns(page.c.total).order_by(page.c.rank.desc(), _entry.product_id)


def _word(place: int) -> ColumnElement[Any]:
    return func.to_tsquery(_SIMPLE, bindparam(f"word_{place}"))


def _word_or_stem(place: int) -> ColumnElement[Any]:
    """A word as it is, or its stem in a description: elsewhere kemeja (shirt) would be meja (table)."""
    return _joined("||", [_word(place), func.to_tsquery(_INDONESIAN, bindparam(f"stem_{place}"))])


def _query(
    operator: str, shape: _Shape, word: Callable[[int], ColumnElement[Any]] = _word_or_stem
) -> ColumnElement[Any]:
    """The needs of a shape joined by && (all of them) or || (some of them)."""
    places = count()
    needs = [
        _joined("||", [_joined("&&", [word(next(places)) for _ in range(length)]) for length in need])
        for need in shape
    ]
    return _joined(operator, needs)


def _joined(operator: str, parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return reduce(lambda one, other: one.op(operator)(other).self_group(), parts)


# --- spelling -----------------------------------------------------------------------------------------------


def _spellings(session: Session, words: Sequence[str]) -> list[Need]:
    """What each word may have meant; two words whose joined form is known are one need in two spellings."""
    joined = ["".join(pair) for pair in pairwise(words)]
    known = _near_terms(session, [*words, *joined])
    needs: list[Need] = []
    place = 0
    while place < len(words):
        word = words[place]
        if place < len(joined) and joined[place] in known[joined[place]]:
            pair = (word, words[place + 1])
            others = (spelling for spelling in known[joined[place]][joined[place]] if spelling != pair)
            needs.append((pair, *others))
            place += 2
            continue
        term = closest(word, known[word])
        needs.append(known[word][term] if term else ((word,),))
        place += 1
    return needs


def _near_terms(session: Session, asked: Sequence[str]) -> dict[str, dict[str, Need]]:
    """For each word asked the terms that look like it, the most alike first, each with its spellings."""
    near: dict[str, dict[str, Need]] = defaultdict(dict)
    for word, term, words in session.execute(_NEAR, {"asked": list(asked)}):
        near[word][term] = (*near[word].get(term, ()), tuple(words.split()))
    return near


# A slip seldom hits both the first letter and the last two, so each half of the condition has its index.
_asked = func.unnest(bindparam("asked", type_=ARRAY(Text))).table_valued("word").render_derived("asked")
_length = func.length(CatalogueTerm.term)
_alike = (
    select(CatalogueTerm.term, CatalogueTerm.words)
    .where(
        (func.left(CatalogueTerm.term, 1) == func.left(_asked.c.word, 1))
        | (func.right(CatalogueTerm.term, 2) == func.right(_asked.c.word, 2)),
        _length.between(func.length(_asked.c.word) - 2, func.length(_asked.c.word) + 2),
    )
    .order_by(func.similarity(CatalogueTerm.term, _asked.c.word).desc(), CatalogueTerm.term)
    .limit(_CANDIDATES)
    .lateral("alike")
)
_NEAR = (
    select(_asked.c.word, _alike.c.term, _alike.c.words)
    .select_from(_asked)
    .join(_alike, literal_column("true"))
)
