"""What was done to a product, as the audit log tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import OldProductSlug

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step and who took it."""

    at: datetime
    who: str
    action: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """The fields that changed, each with what it was and what it is; those empty twice are left out."""
        fields = dict.fromkeys([*self.before, *self.after])
        changes = [(field, self.before.get(field), self.after.get(field)) for field in fields]
        return [each for each in changes if any(value not in (None, "", []) for value in each[1:])]


def history_of(session: Session, actor: Actor, product_id: int, slug: str) -> Sequence[HistoryEntry]:
    """The newest steps that offices of the actor's scope took, under all the addresses of the product.

    What another UPT that makes it has done is read from the product, not from its log. One statement.
    """
    old = select(OldProductSlug.slug).where(OldProductSlug.product_id == product_id)
    keys = old.union_all(select(literal(slug)))
    query = (
        select(AuditEntry.at, AuditEntry.actor_label, AuditEntry.action, AuditEntry.before, AuditEntry.after)
        .outerjoin(Upt, Upt.id == AuditEntry.upt_id)
        .where(AuditEntry.object_kind == "product", AuditEntry.object_key.in_(keys), in_scope(actor))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_SHOWN)
    )
    return [HistoryEntry(*row) for row in session.execute(query)]


def last_writers(entries: Iterable[HistoryEntry], theirs: Mapping[str, Any]) -> dict[str, HistoryEntry]:
    """Who wrote last what these fields say, as far as the newest steps tell; publishing is no writing."""
    found: dict[str, HistoryEntry] = {}
    for entry in entries:
        if entry.action == "product.publish":
            continue
        for field, value in theirs.items():
            if field in entry.after and entry.after[field] == value:
                found.setdefault(field, entry)
    return found
