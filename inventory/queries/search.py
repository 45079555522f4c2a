"""Search over name, description, UPT and place, forgiving typos and split or joined spellings.

First the words as typed, the last one as a beginning. Only when nothing matches are they compared with the
catalogue's vocabulary, which stays small however many products there are, and asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, exists, func, literal_column, select, union
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
    found = _run(session, _complete(_every(typed, last_is_beginning=True)), page)
    if found.total:
        return found
    needs = _spellings(session, words)
    found = _run(session, _complete_or_partial(_every(needs), _any(needs)), page)
    asked, meant = " ".join(words), " ".join(" ".join(need[0]) for need in needs)
    if found.total and meant != asked:
        return Found(found.items, found.total, meant, found.is_partial)
    return found


# --- matching -----------------------------------------------------------------------------------------------

_entry = CatalogueEntry
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
_INDONESIAN: ColumnElement[Any] = literal_column("'indonesian'::regconfig")
_name_document = func.to_tsvector(_SIMPLE, _entry.name)


def _complete(query: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Products that match; those whose names match come in before the ranking is cut."""
    return _ranked(_candidates("complete", query), query)


def _complete_or_partial(every: ColumnElement[Any], some: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Products with every word or, where there is none, those with some of them."""
    complete = _candidates("complete", every)
    partial = _candidates("partial", some, ~exists().select_from(complete))
    either = union(select(complete.c.product_id), select(partial.c.product_id)).cte("either")
    return _ranked(either, some).add_columns(_entry.document.op("@@")(every).label("is_complete"))


def _candidates(name: str, query: ColumnElement[Any], *conditions: ColumnElement[bool]) -> CTE:
    by_name, by_all = (
        select(_entry.product_id).where(document.op("@@")(query), *conditions).limit(MOST_RANKED).subquery()
        for document in (_name_document, _entry.document)
    )
    return union(select(by_name.c.product_id), select(by_all.c.product_id)).cte(name)


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


def _run(session: Session, statement: Select[*tuple[Any, ...]], page: int) -> Found:
    rows = session.execute(statement, {"skipped": (page - 1) * PAGE_SIZE}).all()
    if not rows:
        return Found([], 0)
    is_partial = not getattr(rows[0], "is_complete", True)
    return Found(shelf_items(rows), min(rows[0].total, MOST_RANKED), is_partial=is_partial)


def _every(needs: Sequence[Need], *, last_is_beginning: bool = False) -> ColumnElement[Any]:
    beginnings = [False] * (len(needs) - 1) + [last_is_beginning]
    return _joined(
        "&&", [_need(need, is_beginning) for need, is_beginning in zip(needs, beginnings, strict=True)]
    )


def _any(needs: Sequence[Need]) -> ColumnElement[Any]:
    return _joined("||", [_need(need, False) for need in needs])


def _need(need: Need, is_beginning: bool) -> ColumnElement[Any]:
    return _joined(
        "||", [_joined("&&", [_word(word, is_beginning) for word in spelling]) for spelling in need]
    )


def _word(word: str, is_beginning: bool) -> ColumnElement[Any]:
    """A word as it is, or its stem in a description: elsewhere kemeja (shirt) would be meja (table)."""
    is_beginning = is_beginning and len(word) >= _SHORTEST_BEGINNING
    return _joined(
        "||",
        [
            func.to_tsquery(_SIMPLE, f"{word}:*" if is_beginning else word),
            func.to_tsquery(_INDONESIAN, f"{word}:B"),
        ],
    )


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
