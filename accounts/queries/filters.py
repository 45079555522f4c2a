"""The lists a person has saved as they had filtered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from accounts.models import SavedFilter
from accounts.rules import Actor


@dataclass(frozen=True, slots=True)
class SavedList:
    """A list under its person's name for it; `page` is its endpoint, `choices` what its address says."""

    key: UUID
    page: str
    name: str
    choices: Mapping[str, str]


def filters_of(session: Session, actor: Actor, page: str | None = None) -> Sequence[SavedList]:
    """The actor's own lists, of one page or of all, by name."""
    query = (
        select(SavedFilter.key, SavedFilter.page, SavedFilter.name, SavedFilter.choices)
        .where(SavedFilter.user_id == actor.user_id, SavedFilter.page == page if page else true())
        .order_by(SavedFilter.name)
    )
    return [SavedList(*row) for row in session.execute(query)]
