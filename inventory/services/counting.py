"""Stock-takes: a sheet is opened, numbers are noted on it, and their differences are booked on the ledger.

A number is only taken while its shelf lies as it did when the sheet was looked at; what it differs by is
booked by plus or minus, so it stays right whatever moves afterwards. A large difference waits for a second
person.
Locks: the sheet, then its shelves in the order of their ids, then the head of the audit log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import ROLE_PERMISSIONS, Actor
from accounts.services import audit
from inventory.counting import MOST_COUNT_LINES, needs_second
from inventory.errors import CountNeedsAnother, CountNotFound, CountRefused, StockNotFound, StockNotYours
from inventory.models import CountLine, StockCount
from inventory.queries.counts import SheetRow, sheet_for
from inventory.rules import MOST_PIECES_AT_ONCE
from inventory.services.count_shelves import CountedShelf, countable_variants, hold_shelves, open_shelves
from inventory.services.stock import adjust


@dataclass(frozen=True, slots=True)
class Found:
    """What was typed for one line: pieces, None for an emptied field; `look` is the one it was typed for."""

    look: int
    pieces: int | None


_EMPTY: dict[str, Any] = {"state": "open", "counted": None, "noted_by": None, "noted_label": None}
"""What a line is that is not counted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many lines were booked, wait for a second person, and could not be taken."""

    booked: int = 0
    waiting: int = 0
    refused: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.booked + other.booked, self.waiting + other.waiting, self.refused + other.refused)


def open_count(session: Session, upt_code: str, *, words: str, key: UUID, actor: Actor, at: datetime) -> UUID:
    """A sheet of what a UPT makes or holds, or of a part of it by words; the same key, the same sheet.

    Raises StockNotFound, StockNotYours, and CountRefused when nothing or too much fits.
    """
    upt_id = session.scalar(select(Upt.id).where(Upt.code == upt_code, in_scope(actor)))
    if upt_id is None:
        raise StockNotFound
    if not actor.may_at("stock.change", upt_id):
        raise StockNotYours
    sheet: dict[str, Any] = {"key": key, "upt_id": upt_id, "words": words, "opened_at": at}
    sheet |= {"actor_user_id": actor.user_id, "actor_label": actor.label}
    opened = upsert(StockCount).values(sheet).on_conflict_do_nothing().returning(StockCount.id)
    count_id = session.scalar(opened)
    if count_id is None:
        return sheet_for(session, actor, key).key
    variant_ids = countable_variants(session, upt_id, words)
    if not 0 < len(variant_ids) <= MOST_COUNT_LINES:
        raise CountRefused("count_too_long" if variant_ids else "count_empty", most=MOST_COUNT_LINES)
    shelves = hold_shelves(session, upt_id, variant_ids, since=at)
    lines = [
        {
            "count_id": count_id,
            "position": position,
            "variant_id": variant_id,
            "expected": shelves[variant_id].on_hand,
            "mark": shelves[variant_id].mark,
            "seen_at": at,
        }
        for position, variant_id in enumerate(variant_ids, 1)
    ]
    session.execute(insert(CountLine), lines)
    opened_as = {"words": words, "lines": len(lines)}
    audit.record(session, actor, "count.open", "count", str(key), at=at, upt_id=upt_id, after=opened_as)
    return key


def note_counts(
    session: Session, key: UUID, found: Mapping[int, Found], *, actor: Actor, at: datetime
) -> Outcome:
    """Note what was found, by position; a line whose shelf has moved is refused, the others stand.

    Raises CountNotFound, StockNotYours, CountRefused.
    """
    sheet = _hold_sheet(session, key, actor)
    lines = [
        line
        for line in _lines(session, sheet, ("open", "counted"))
        if line.position in found and found[line.position].pieces != line.counted
    ]
    since = min((line.seen_at for line in lines), default=at)
    shelves = hold_shelves(session, sheet.upt_id, [line.variant_id for line in lines], since=since)
    before = {shelves[line.variant_id].sku: line.counted for line in lines}
    after: dict[str, int | None] = {}
    refused = 0
    for line in lines:
        told, shelf = found[line.position], shelves[line.variant_id]
        if told.look != line.look:
            refused += 1
            _set(session, line, refusal="meanwhile")
        elif told.pieces is None:
            after[shelf.sku] = None
            _set(session, line, refusal=None, look=line.look + 1, **_EMPTY)
        elif shelf.mark > line.mark:
            refused += 1
            _look_again(session, line, shelf, at=at)
        elif abs(told.pieces - line.expected) > MOST_PIECES_AT_ONCE:
            refused += 1
            _set(session, line, refusal="too_far")
        else:
            after[shelf.sku] = told.pieces
            by = {"noted_by": actor.user_id, "noted_label": actor.label}
            noted = {"state": "counted", "counted": told.pieces, "look": line.look + 1, "refusal": None}
            _set(session, line, **noted, **by)
    if lines:
        told_of = {"refused": refused, **after}
        _tell_of_sheet(session, sheet, "count.note", before, told_of, actor=actor, at=at)
    return Outcome(refused=refused)


def book_counts(
    session: Session, key: UUID, looks: Mapping[int, int], *, actor: Actor, at: datetime
) -> Outcome:
    """Book the differences of what is counted, by position; large ones wait for a second person.

    `looks` are the lines as they were shown: one that is another by now is refused, as is one whose shelf was
    put right meanwhile, or on which fewer pieces would be left than orders hold; the others stand. The sheet
    closes once nothing on it is left to count. Raises CountNotFound, StockNotYours, CountRefused.
    """
    sheet = _hold_sheet(session, key, actor)
    lines = [line for line in _lines(session, sheet, ("counted",)) if line.position in looks]
    shelves = _shelves_to_book(session, sheet, lines, at=at)
    booked: list[CountLine] = []
    waiting = refused = 0
    for line in lines:
        shelf, difference = shelves[line.variant_id], _difference(line)
        if looks[line.position] != line.look:
            refused += 1
            _set(session, line, refusal="meanwhile")
        elif shelf.corrected > line.mark:
            refused += 1
            _look_again(session, line, shelf, at=at)
        elif needs_second(difference, shelf.price):
            waiting += 1
            _set(session, line, state="waiting", refusal=None)
        elif difference < 0 and shelf.on_hand + difference < shelf.reserved:
            refused += 1
            _set(session, line, refusal="held")
        else:
            booked.append(line)
            _book(session, line, shelf, actor=actor, at=at)
    is_done = not _lines(session, sheet, ("open", "counted"))
    if is_done:
        _close(session, sheet, at=at)
    for line in booked:
        _tell(session, sheet, line, shelves[line.variant_id], "stock.counted", actor=actor, at=at)
    if lines or is_done:
        told_of = {"booked": len(booked), "waiting": waiting, "refused": refused, "closed": is_done}
        _tell_of_sheet(session, sheet, "count.book", {}, told_of, actor=actor, at=at)
    return Outcome(booked=len(booked), waiting=waiting, refused=refused)


def decide_count(
    session: Session, key: UUID, position: int, *, is_approved: bool, actor: Actor, at: datetime
) -> None:
    """Book a large difference, or throw it away: by another person than the one who noted it.

    Raises CountNotFound, CountNeedsAnother, StockTooLow, and CountRefused when somebody has decided, or when
    the shelf was put right meanwhile: then it can only be thrown away.
    """
    session.execute(select(StockCount.id).where(StockCount.key == key).with_for_update())
    sheet = sheet_for(session, actor, key)
    roles = actor.roles_over(sheet.upt_id, sheet.kanwil_id)
    if not any("stock.approve" in ROLE_PERMISSIONS[role] for role in roles):
        raise StockNotYours
    of_sheet = select(CountLine).where(CountLine.count_id == sheet.id, CountLine.position == position)
    line = session.scalar(of_sheet.execution_options(populate_existing=True))
    if line is None:
        raise CountNotFound
    if line.noted_by == actor.user_id:
        raise CountNeedsAnother
    if line.state != "waiting":
        raise CountRefused("count_decided")
    shelf = _shelves_to_book(session, sheet, [line], at=at)[line.variant_id]
    if is_approved and shelf.corrected > line.mark:
        raise CountRefused("count_corrected")
    if is_approved:
        _book(session, line, shelf, actor=actor, at=at)
    else:
        _decide(session, line, "discarded", actor=actor, at=at)
    action = "stock.counted" if is_approved else "stock.count_discarded"
    _tell(session, sheet, line, shelf, action, actor=actor, at=at)


def close_count(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Count nothing more on a sheet.

    Raises CountNotFound, StockNotYours, and CountRefused before everything counted is booked.
    """
    sheet = _hold_sheet(session, key, actor)
    if _lines(session, sheet, ("counted",)):
        raise CountRefused("count_unbooked")
    _close(session, sheet, at=at)
    left = {"not_counted": sheet.open, "waiting": sheet.waiting}
    _tell_of_sheet(session, sheet, "count.close", {}, left, actor=actor, at=at)


def _close(session: Session, sheet: SheetRow, *, at: datetime) -> None:
    session.execute(update(StockCount).where(StockCount.id == sheet.id).values(closed_at=at))


def _hold_sheet(session: Session, key: UUID, actor: Actor) -> SheetRow:
    """A sheet of the actor's own UPT that is open, held until the transaction ends."""
    session.execute(select(StockCount.id).where(StockCount.key == key).with_for_update())
    sheet = sheet_for(session, actor, key)
    if not actor.may_at("stock.change", sheet.upt_id):
        raise StockNotYours
    if sheet.closed_at is not None:
        raise CountRefused
    return sheet


def _lines(session: Session, sheet: SheetRow, states: Collection[str]) -> list[CountLine]:
    query = select(CountLine).where(CountLine.count_id == sheet.id, CountLine.state.in_(states))
    return list(session.scalars(query.order_by(CountLine.position).execution_options(populate_existing=True)))


def _set(session: Session, line: CountLine, **values: Any) -> None:
    session.execute(update(CountLine).where(CountLine.id == line.id).values(values))


def _look_again(session: Session, line: CountLine, shelf: CountedShelf, *, at: datetime) -> None:
    """The shelf lies differently now: what was counted before says nothing of it."""
    looked = {"expected": shelf.on_hand, "mark": shelf.mark, "look": line.look + 1, "seen_at": at}
    _set(session, line, refusal="moved", **_EMPTY, **looked)


def _difference(line: CountLine) -> int:
    assert line.counted is not None
    return line.counted - line.expected


def _shelves_to_book(
    session: Session, sheet: SheetRow, lines: Collection[CountLine], *, at: datetime
) -> dict[int, CountedShelf]:
    """The shelves of counted lines, held; what was found where nothing has ever lain gets a shelf first."""
    open_shelves(session, sheet.upt_id, [line.variant_id for line in lines if _difference(line)])
    since = min((line.seen_at for line in lines), default=at)
    return hold_shelves(session, sheet.upt_id, [line.variant_id for line in lines], since=since)


def _book(session: Session, line: CountLine, shelf: CountedShelf, *, actor: Actor, at: datetime) -> None:
    if difference := _difference(line):
        assert shelf.stock_id is not None
        cause = f"count:{line.id}"
        adjust(session, shelf.stock_id, difference, reason="count", cause=cause, actor=actor, at=at)
    _decide(session, line, "booked", actor=actor, at=at)


def _decide(session: Session, line: CountLine, state: str, *, actor: Actor, at: datetime) -> None:
    by = {"decided_by": actor.user_id, "decided_label": actor.label, "decided_at": at}
    _set(session, line, state=state, refusal=None, **by)


def _tell_of_sheet(
    session: Session,
    sheet: SheetRow,
    action: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Leave an entry about the sheet itself in the audit log."""
    key, upt_id = str(sheet.key), sheet.upt_id
    audit.record(session, actor, action, "count", key, at=at, upt_id=upt_id, before=before, after=after)


def _tell(
    session: Session,
    sheet: SheetRow,
    line: CountLine,
    shelf: CountedShelf,
    action: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Leave an entry in the audit log, unless everything was there; `shelf` is as it was before."""
    difference = _difference(line)
    if not difference:
        return
    booked = difference if action == "stock.counted" else 0
    audit.record(
        session,
        actor,
        action,
        "stock",
        f"{sheet.upt_code}/{shelf.sku}",
        at=at,
        upt_id=sheet.upt_id,
        before={"on_hand": shelf.on_hand},
        after={"on_hand": shelf.on_hand + booked, "counted": line.counted, "counted_by": line.noted_label},
    )
