"""Search over name, description, category, UPT and place, forgiving typos and split or joined spellings.

First the words as typed, the last one as a beginning, and what means the same. Only when nothing has them
are they compared with the catalogue's vocabulary, which stays small however many products there are, and
asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
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
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from inventory.models import CatalogueEntry, CatalogueTerm
from inventory.queries.facets import Traits, traits
from inventory.queries.narrowing import Filters, Shape, conditions
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from inventory.queries.wording import (
    Need,
    Wording,
    search_words,
    typed,
    words_alone,
    words_or_stems,
)
from inventory.spelling import closest
from kernel.compiled import CompiledSelect

__all__ = ["MOST_RANKED", "PAGE_SIZE", "Found", "search", "search_again", "search_words"]

PAGE_SIZE = 24
MOST_RANKED = 240
"""So many matches are ranked, those by name first; who gets more should say more."""

_CANDIDATES = 25
_EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search. `total` stops at MOST_RANKED.

    `wording` is what was searched in the end, and `corrected` that in words, when nothing has the words as
    they were typed. `traits` are those of the items, where they are all and no filter keeps others away.
    """

    items: list[ShelfItem]
    total: int
    wording: Wording | None = None
    corrected: str | None = None
    traits: Sequence[Traits] = ()

    @property
    def is_partial(self) -> bool:
        """Whether no product has all of the words and these have some."""
        return self.wording is not None and self.wording.is_some


def search(session: Session, query: str, filters: Filters = _EVERYTHING, *, page: int = 1) -> Found:
    """The page-th page (from 1) of products for what was typed, best first. At most four statements."""
    words = search_words(query)
    if not words:
        return Found([], 0)
    found = _run(session, _complete, replace(filters, wording=typed(words)), page)
    return found if found.total else search_again(session, query, filters, page=page)


def search_again(session: Session, query: str, filters: Filters = _EVERYTHING, *, page: int = 1) -> Found:
    """The same when nothing fits as typed: words that look alike, or some of them. At most three statements.

    Words that look alike are taken only where they find more: a product with all of them, or anything at all
    where the words as typed find nothing. What only the filters keep away is not searched in other words.
    """
    words = search_words(query)
    as_typed = typed(words)
    needs = _spellings(session, words, as_typed if filters != _EVERYTHING else None)
    if needs is None:
        return Found([], 0, as_typed)
    meant = Wording(tuple(needs))
    found = _run(session, _complete_or_partial, replace(filters, wording=meant), page)
    if not found.total or meant.text == " ".join(words):
        return found
    if found.is_partial:
        uncorrected = _run(session, _complete_or_partial, replace(filters, wording=as_typed), page)
        if uncorrected.total:
            return uncorrected
    return replace(found, corrected=meant.text)


# --- matching -----------------------------------------------------------------------------------------------

_entry = CatalogueEntry
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
_name_document = func.to_tsvector(_SIMPLE, _entry.name)

_Statement = Select[*tuple[Any, ...]]


def _run(
    session: Session, statement: Callable[[Shape], CompiledSelect], filters: Filters, page: int
) -> Found:
    rows = statement(filters.shape).rows(session, {**filters.values, "skipped": (page - 1) * PAGE_SIZE})
    wording = filters.wording
    if not rows or wording is None:
        return Found([], 0, wording)
    if not rows[0].is_complete:
        wording = replace(wording, is_some=True)
    items, total = shelf_items(rows), min(rows[0].total, MOST_RANKED)
    is_all = not filters.shape.names and total == len(items)
    return Found(items, total, wording, traits=list(map(_traits, items, rows)) if is_all else ())


def _traits(item: ShelfItem, row: Any) -> Traits:
    return Traits(
        category=row.category_names,
        kanwils=row.kanwils,
        permits=row.permits,
        price=item.price,
        kind=item.kind,
        is_ready=item.available > 0,
        is_made_to_order=item.is_made_to_order,
    )


@lru_cache(maxsize=64)
def _complete(shape: Shape) -> CompiledSelect:
    """Products with every need; those whose names match come in before the ranking is cut."""
    query = words_or_stems(shape.needs)
    narrowed = _but_words(shape)
    candidates = _candidates("complete", words_alone(shape.needs), query, *narrowed)
    return CompiledSelect(_ranked(candidates, query).add_columns(true().label("is_complete")))


@lru_cache(maxsize=64)
def _complete_or_partial(shape: Shape) -> CompiledSelect:
    """Products with every need or, where there is none, those with some of them."""
    narrowed = _but_words(shape)
    every, some = words_or_stems(shape.needs), words_or_stems(shape.needs, is_some=True)
    complete = _candidates("complete", words_alone(shape.needs), every, *narrowed)
    nothing = ~exists().select_from(complete)
    partial = _candidates("partial", words_alone(shape.needs, is_some=True), some, nothing, *narrowed)
    either = union(select(complete.c.product_id), select(partial.c.product_id)).cte("either")
    is_complete = _entry.document.bool_op("@@")(every).label("is_complete")
    return CompiledSelect(_ranked(either, some).add_columns(is_complete))


def _but_words(shape: Shape) -> list[ColumnElement[bool]]:
    return list(conditions(replace(shape, wording=None)).values())


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


def _ranked(candidates: CTE, query: ColumnElement[Any]) -> _Statement:
    rank = func.ts_rank(_entry.document, query).label("rank")
    page = (
        select(_entry.product_id, rank, func.count().over().label("total"))
        .join(candidates, candidates.c.product_id == _entry.product_id)
        .order_by(rank.desc(), _entry.product_id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
        .cte("page")
    )
    return shelf(page).add_columns(page.c.total, *traits()).order_by(page.c.rank.desc(), _entry.product_id)


# --- spelling -----------------------------------------------------------------------------------------------


def _spellings(session: Session, words: Sequence[str], as_typed: Wording | None) -> list[Need] | None:
    """What each word may have meant; two words whose joined form is known are one need in two spellings.

    None when some product has what `as_typed` says.
    """
    joined = ["".join(pair) for pair in pairwise(words)]
    known = _near_terms(session, [*words, *joined], as_typed)
    if known is None:
        return None
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


def _near_terms(
    session: Session, asked: Sequence[str], as_typed: Wording | None
) -> dict[str, dict[str, Need]] | None:
    """For each word asked the terms that look like it, the most alike first, each with its spellings.

    None when some product has what `as_typed` says.
    """
    near: dict[str, dict[str, Need]] = defaultdict(dict)
    statement, values = _NEAR, {"asked": list(asked)}
    if as_typed:
        filters = Filters(wording=as_typed)
        statement, values = _near_unless_typed(filters.shape), {**filters.values, **values}
    for word, term, words in session.execute(statement, values):
        if word is None:
            return None
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
_NEAR = select(_asked.c.word, _alike.c.term, _alike.c.words).select_from(_asked).join(_alike, true())


@lru_cache(maxsize=64)
def _near_unless_typed(shape: Shape) -> Any:
    """The same, and before it a row of nothing when some product has the words of that shape."""
    known = (
        select(literal_column("1")).select_from(_entry).where(*conditions(shape).values()).limit(1).subquery()
    )
    nothing: ColumnElement[Any] = literal_column("NULL::text")
    return union_all(select(nothing, nothing, nothing).select_from(known), _NEAR)
