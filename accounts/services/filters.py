"""Saving a list as one has filtered it, and dropping it again.

The log names the list alone: what somebody looks for is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import FilterKnown, FilterNotFound, TooManyFilters
from accounts.models import SavedFilter, User
from accounts.rules import MOST_FILTERS, Actor
from accounts.services.audit import record


def save_filter(
    session: Session, page: str, name: str, choices: Mapping[str, str], *, actor: Actor, at: datetime
) -> None:
    """Keep the list of an endpoint with these choices under a name; `page` and `choices` are known ones.

    Raises FilterKnown, TooManyFilters.
    """
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
    kept = select(func.count()).where(SavedFilter.user_id == actor.user_id)
    if session.scalars(kept).one() >= MOST_FILTERS:
        raise TooManyFilters(most=MOST_FILTERS)
    said = {"page": page, "name": name, "choices": dict(choices), "user_id": actor.user_id, "saved_at": at}
    adding = insert(SavedFilter).values(said).on_conflict_do_nothing().returning(SavedFilter.key)
    key = session.scalar(adding)
    if key is None:
        raise FilterKnown
    record(session, actor, "filter.save", "filter", str(key), after={"page": page}, at=at)


def remove_filter(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Forget one of the actor's own. Raises FilterNotFound."""
    mine = select(SavedFilter).where(SavedFilter.key == key, SavedFilter.user_id == actor.user_id)
    found = session.scalar(mine.with_for_update())
    if found is None:
        raise FilterNotFound
    record(session, actor, "filter.remove", "filter", str(key), before={"page": found.page}, at=at)
    session.delete(found)
