"""Tables of stock that officers send in: taken, read, looked at, applied whole or not at all, taken back.

Whoever changes the stock of all its UPTs sees a table, so a colleague can take it back. What they may change
is asked when it is read and again when it is applied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.queries import actor_of
from accounts.rules import STAND_IN, Actor
from inventory.categories import FOOD_CATEGORIES
from inventory.counting import SHEET_REASONS, needs_second
from inventory.errors import (
    StockNotYours,
    TableMoved,
    TableNotForStandIn,
    TableNotFound,
    TableRefused,
    TooManyTables,
)
from inventory.events import SheetConfirmed, SheetSent
from inventory.models import SheetImport, SheetImportRow
from inventory.queries.stock_tables import NAMED_SHELVES, is_theirs, upts_of
from inventory.rules import MOST_READ_AT_ONCE, UNDONE
from inventory.services.stock_booking import Booking, book_rows, cause_of, say_short, short_rows
from inventory.stock_file import StockLine
from kernel.files import FilesToForget
from kernel.outbox import publish

Seen = dict[tuple[int, int], int]
"""The shelves that stood in earlier rows, and in which."""


def take_table(
    session: Session, *, key: UUID, file_name: str, file_key: str, actor: Actor, at: datetime
) -> bool:
    """Note a file that lies in the store, and have it read; False when this form has sent its table before.

    Raises StockNotYours, TableNotForStandIn, TooManyTables, TableNotFound for somebody else's key.
    """
    _refuse_stand_in(actor)
    if actor.user_id is None or not upts_of(actor):
        raise StockNotYours
    sent = {
        "key": key,
        "state": "reading",
        "user_id": actor.user_id,
        "user_label": actor.label,
        "upt_ids": sorted(upts_of(actor)),
        "file_name": file_name,
        "file_key": file_key,
        "sent_at": at,
    }
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
    adding = upsert(SheetImport).values(sent).on_conflict_do_nothing(index_elements=["key"])
    import_id = session.scalar(adding.returning(SheetImport.id))
    if import_id is None:
        own_table(session, key, actor=actor)
        return False
    waiting = select(func.count()).where(SheetImport.user_id == actor.user_id, SheetImport.state == "reading")
    if session.scalars(waiting).one() > MOST_READ_AT_ONCE:
        raise TooManyTables(most=MOST_READ_AT_ONCE)
    publish(session, SheetSent(import_id))
    return True


def sender_of(session: Session, table: SheetImport) -> Actor:
    """Whoever answers for a table, with what they may do now; nothing if they are shut out."""
    is_active = session.scalar(select(User.is_active).where(User.id == table.user_id))
    if not is_active:
        return Actor(label=table.user_label, user_id=table.user_id)
    return actor_of(session, table.user_id, table.user_label)


def begin_reading(session: Session, import_id: int) -> None:
    """Forget what an attempt before has read."""
    session.execute(delete(SheetImportRow).where(SheetImportRow.import_id == import_id))
    session.execute(update(SheetImport).where(SheetImport.id == import_id).values(rows_done=0))


def stage(session: Session, import_id: int, lines: Sequence[StockLine], *, actor: Actor, seen: Seen) -> None:
    """Look up the shelves of some rows, and keep the rows with what is wrong in them.

    Raises TableMoved when the table was put aside meanwhile.
    """
    done = update(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "reading")
    done = done.values(rows_done=SheetImport.rows_done + len(lines)).returning(SheetImport.id)
    if session.scalar(done) is None:  # held from here: it is put aside before these rows, or with them
        raise TableMoved
    found = {
        row.place - 1: row
        for row in session.execute(
            NAMED_SHELVES,
            {
                "upt_codes": [line.upt_code for line in lines],
                "skus": [line.sku for line in lines],
                "upt_ids": sorted(upts_of(actor)),
            },
        )
    }
    values = []
    for place, line in enumerate(lines):
        shelf = found.get(place)
        _check(line, shelf, seen)
        is_right = not line.errors
        values.append(
            {
                "line": line.line,
                "written": line.written,
                "upt_id": shelf.upt_id if shelf and is_right else None,
                "variant_id": shelf.variant_id if shelf and is_right else None,
                "kind": line.kind if is_right else None,
                "delta": line.delta if is_right else None,
                "reason": line.reason if is_right else None,
                "errors": [list(error) for error in line.errors],
            }
        )
    session.execute(_KEEP, {"import_id": import_id, "rows": json.dumps(values)})


def _check(line: StockLine, shelf: Any, seen: Seen) -> None:
    if shelf is None:
        if line.upt_code and line.sku:
            line.errors.append(("sku", "stock_not_found", {}))
        return
    first = seen.setdefault((shelf.upt_id, shelf.variant_id), line.line)
    if first != line.line:
        line.errors.append(("sku", "table_twice", {"line": first}))
    if line.reason == "made" and shelf.category in FOOD_CATEGORIES:
        line.errors.append(("reason", "batch_needed", {}))
    if line.delta is not None and line.reason in SHEET_REASONS and needs_second(line.delta, shelf.price):
        line.errors.append(("delta", "count_on_sheet", {}))
    if line.delta is not None and shelf.available + line.delta < 0:
        line.errors.append(("delta", "stock_too_low", {"available": shelf.available}))


def finish_reading(
    session: Session, import_id: int, *, refusal: str | None, parameters: Mapping[str, Any]
) -> None:
    """What became of the file: refused as a whole or for its rows, or ready; the file itself goes.

    Nothing, if the table was put aside meanwhile.
    """
    held = select(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "reading")
    table = session.scalar(held.with_for_update())
    if table is None:
        return
    counts = select(func.count(), func.count().filter(SheetImportRow.errors != []))
    rows, wrong = session.execute(counts.where(SheetImportRow.import_id == import_id)).one()
    if refusal is None and rows == 0:
        refusal = "table_changes_nothing"
    table.refusal, table.parameters = refusal, dict(parameters)
    table.row_count, table.error_count = rows, wrong
    table.state = "refused" if refusal or wrong else "ready"
    publish(session, FilesToForget([table.file_key]))


def confirm_table(session: Session, key: UUID, *, actor: Actor) -> None:
    """Have a table applied that was read and is right.

    Raises TableNotFound, TableMoved, TableNotForStandIn.
    """
    _refuse_stand_in(actor)
    table = own_table(session, key, actor=actor)
    if table.state != "ready":
        raise TableMoved
    table.state, table.rows_done = "applying", 0
    _answers_for(table, actor)
    publish(session, SheetConfirmed(table.id))


def discard_table(session: Session, key: UUID, *, actor: Actor) -> None:
    """Let a table be that is not applied, even one the worker is at. Raises TableNotFound, TableMoved."""
    table = own_table(session, key, actor=actor)
    if table.state not in ("reading", "ready", "refused", "applying"):
        raise TableMoved
    if table.state == "reading":
        publish(session, FilesToForget([table.file_key]))
    table.state = "discarded"
    session.execute(delete(SheetImportRow).where(SheetImportRow.import_id == table.id))
    table.row_count = table.error_count = 0


def undo_table(session: Session, key: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Make the table that takes an applied one back, ready to be looked at; gives its key.

    It is made of what the ledger says was booked. Raises TableNotFound, TableMoved, TableNotForStandIn.
    """
    _refuse_stand_in(actor)
    table = own_table(session, key, actor=actor)
    taken_back = select(SheetImport.id).where(
        SheetImport.undoes_id == table.id, SheetImport.state.in_(("ready", "applying", "applied"))
    )
    if table.state != "applied" or table.undoes_id is not None or session.scalar(taken_back) is not None:
        raise TableMoved
    counter = SheetImport(
        key=uuid4(),
        state="ready",
        user_id=actor.user_id,
        user_label=actor.label,
        upt_ids=table.upt_ids,
        file_name=table.file_name,
        file_key="",
        row_count=table.row_count,
        rows_done=table.row_count,
        sent_at=at,
        undoes_id=table.id,
    )
    session.add(counter)
    session.flush()
    values = {"counter": counter.id, "cause": cause_of(table.key), "reason": UNDONE, "import_id": table.id}
    session.execute(_COUNTER_ROWS, values)
    return counter.key


def own_table(session: Session, key: UUID, *, actor: Actor) -> SheetImport:
    """A table of the actor's UPTs, held until the transaction ends. Raises TableNotFound."""
    query = select(SheetImport).where(SheetImport.key == key, is_theirs(actor))
    table = session.scalar(query.with_for_update())
    if table is None:
        raise TableNotFound
    return table


def _refuse_stand_in(actor: Actor) -> None:
    if STAND_IN in actor.roles:
        raise TableNotForStandIn


def _answers_for(table: SheetImport, actor: Actor) -> None:
    assert actor.user_id is not None  # officers are users
    table.user_id, table.user_label = actor.user_id, actor.label


def apply_table(session: Session, import_id: int, *, at: datetime, booking: Booking) -> None:
    """Book every row of a confirmed table, or none: when a shelf no longer has what one row takes, or is not
    the sender's any more, the table is refused and says which rows. Raises TableMoved if it was put aside.
    """
    table = session.execute(
        select(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "applying")
    ).scalar_one_or_none()
    if table is None:
        return
    actor = sender_of(session, table)
    of_rows = select(SheetImportRow.upt_id).where(SheetImportRow.import_id == import_id).distinct()
    if not set(session.scalars(of_rows)) <= upts_of(actor):
        _end(session, import_id, state="refused", refusal=StockNotYours.code)
        return
    wrong = short_rows(session, import_id)
    if wrong:
        _end(session, import_id, state="refused", error_count=len(wrong))
        say_short(session, import_id, wrong)
        return
    book_rows(session, import_id, table.key, actor=actor, at=at, booking=booking)
    _end(session, import_id, state="applied", applied_at=at, rows_done=table.row_count)


def _end(session: Session, import_id: int, **values: Any) -> None:
    """Only now, as the page is told meanwhile how far it is: a table put aside since then is not booked."""
    ended = update(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "applying")
    if session.scalar(ended.values(values).returning(SheetImport.id)) is None:
        raise TableMoved


def refused(code: str, parameters: Mapping[str, Any]) -> TableRefused:
    """The refusal a table or a row carries, to be told in words."""
    return TableRefused(code, **parameters)


# one statement, whatever the portion: a row at a time took half a minute for a whole table
_KEEP = text(
    """
    INSERT INTO sheet_import_rows (import_id, line, written, upt_id, variant_id, kind, delta, reason, errors)
    SELECT :import_id, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r (line bigint, written jsonb, upt_id bigint, variant_id bigint, kind text, delta bigint,
              reason text, errors jsonb)
    """
)

_COUNTER_ROWS = text(
    """
    INSERT INTO sheet_import_rows (import_id, line, written, upt_id, variant_id, kind, delta, reason)
    SELECT :counter, r.line, r.written, r.upt_id, r.variant_id, 'adjusted', -l.delta, :reason
    FROM sheet_import_rows r
    JOIN stocks s ON s.upt_id = r.upt_id AND s.variant_id = r.variant_id
    JOIN ledger_entries l ON l.stock_id = s.id AND l.kind = r.kind AND l.cause = :cause
    WHERE r.import_id = :import_id
    """
)
