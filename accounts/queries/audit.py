"""The audit log as officers read it: the entries of their scope, the newest first, a portion at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries.people import in_scope
from accounts.rules import Actor

PAGE_SIZE = 30
_EXPORTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AuditWish:
    """Which entries are asked for; what is empty does not matter.

    `since` and `until` are moments, the second one outside; `who` is a part of a name, `thing` one of what
    people call an object by, `kind` the object's, `upt_code` its UPT's.
    """

    since: datetime | None = None
    until: datetime | None = None
    who: str = ""
    thing: str = ""
    kind: str = ""
    upt_code: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry, with the UPT it concerns if it concerns one."""

    at: datetime
    actor_label: str
    actor_roles: Sequence[str]
    action: str
    object_kind: str
    object_key: str
    upt_code: str | None
    upt_name: str | None
    province_code: str | None
    request_id: str
    before: dict[str, Any] = field(hash=False)
    after: dict[str, Any] = field(hash=False)
    hash: bytes

    @property
    def mark(self) -> str:
        """What names the entry in addresses: its hash, from which nothing can be counted."""
        return self.hash.hex()

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """What changed: the name of each value with what it was and what it is, None where there was none."""
        names = dict.fromkeys([*self.before, *self.after])
        return [(name, self.before.get(name), self.after.get(name)) for name in names]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries; `older` is the mark to go on from, None at the end."""

    rows: tuple[AuditRow, ...]
    older: str | None


def audit_page(session: Session, actor: Actor, wish: AuditWish, *, after: bytes | None) -> AuditPage:
    """The entries of the actor's scope that fit, from the newest or from the one whose hash is `after`.

    What concerns no UPT (accounts, products) is for the nation. A hash outside the scope leads nowhere.
    """
    rows = _rows(session, actor, wish, after=after, most=PAGE_SIZE + 1)
    shown = tuple(rows[:PAGE_SIZE])
    return AuditPage(shown, shown[-1].mark if len(rows) > PAGE_SIZE else None)


def audit_rows(session: Session, actor: Actor, wish: AuditWish) -> Iterator[AuditRow]:
    """Every entry of the actor's scope that fits, the newest first, read a thousand at a time."""
    last: bytes | None = None
    while True:
        rows = _rows(session, actor, wish, after=last, most=_EXPORTED_AT_ONCE)
        yield from rows
        if len(rows) < _EXPORTED_AT_ONCE:
            return
        last = rows[-1].hash


_COLUMNS: tuple[Any, ...] = (
    AuditEntry.at,
    AuditEntry.actor_label,
    AuditEntry.actor_roles,
    AuditEntry.action,
    AuditEntry.object_kind,
    AuditEntry.object_key,
    Upt.code,
    Upt.name,
    Upt.province_code,
    AuditEntry.request_id,
    AuditEntry.before,
    AuditEntry.after,
    AuditEntry.hash,
)


def _rows(
    session: Session, actor: Actor, wish: AuditWish, *, after: bytes | None, most: int
) -> list[AuditRow]:
    query = (
        select(*_COLUMNS)
        .outerjoin(Upt, Upt.id == AuditEntry.upt_id)
        .where(in_scope(actor), *_conditions(wish), _before(after))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    return [AuditRow(*row) for row in session.execute(query)]


def _before(mark: bytes | None) -> ColumnElement[bool]:
    """Entries older than the marked one; none when there is no such entry."""
    if mark is None:
        return true()
    return AuditEntry.id < select(AuditEntry.id).where(AuditEntry.hash == mark).scalar_subquery()


def _conditions(wish: AuditWish) -> Iterator[ColumnElement[bool]]:
    if wish.since is not None:
        yield AuditEntry.at >= wish.since
    if wish.until is not None:
        yield AuditEntry.at < wish.until
    if wish.who:
        yield AuditEntry.actor_label.icontains(wish.who, autoescape=True)
    if wish.thing:
        yield AuditEntry.object_key.icontains(wish.thing, autoescape=True)
    if wish.kind:
        yield AuditEntry.object_kind == wish.kind
    if wish.upt_code:
        yield Upt.code == wish.upt_code
