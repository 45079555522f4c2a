"""What a visitor who has begun to type may be looking for: products by name, and UPTs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Select, bindparam, exists, func, literal, literal_column, select, union_all
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import CatalogueEntry, Maker
from inventory.queries.wording import Wording, search_words, wording_values, words_alone

_MOST_PRODUCTS = 5
_MOST_UPTS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product or a UPT by the slug of its address; `place` is the city of the UPT."""

    kind: Literal["product", "upt"]
    slug: str
    name: str
    place: str


def suggestions(session: Session, typed: str) -> list[Suggestion]:
    """Products whose names have the words typed, the last of them begun, and such UPTs. One statement."""
    words = search_words(typed)
    if not words:
        return []
    wording = Wording(tuple(((word,),) for word in words), is_beginning=True)
    values = wording_values(wording) | {f"part_{place}": f"%{word}%" for place, word in enumerate(words)}
    return [Suggestion(*row) for row in session.execute(_statement(len(words)), values)]


@lru_cache(maxsize=8)
def _statement(length: int) -> Any:
    return union_all(_products(length).subquery().select(), _upts(length).subquery().select())


def _products(length: int) -> Select[*tuple[Any, ...]]:
    entry = CatalogueEntry
    document = func.to_tsvector(literal_column("'simple'::regconfig"), entry.name)
    return (
        select(literal("product").label("kind"), entry.slug, entry.name, entry.maker_city)
        .where(document.bool_op("@@")(words_alone(((1,),) * length)))
        .limit(_MOST_PRODUCTS)
    )


def _upts(length: int) -> Select[*tuple[Any, ...]]:
    """Few enough to be read one by one."""
    text = func.lower(Upt.name + " " + Upt.city)
    parts: Sequence[Any] = [text.like(bindparam(f"part_{place}")) for place in range(length)]
    return (
        select(literal("upt").label("kind"), Upt.slug, Upt.name, Upt.city)
        .where(*parts, exists().where(Maker.upt_id == Upt.id))
        .order_by(Upt.name)
        .limit(_MOST_UPTS)
    )
