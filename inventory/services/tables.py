"""Tables that officers send in: taken, read, looked at, applied whole or not at all.

Whoever may send such a table of all its UPTs sees it, so a colleague can go on. What they may change is asked
when it is read and again when it is applied. What its rows mean is the matter of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.queries import actor_of
from accounts.rules import STAND_IN, Actor
from accounts.services import audit
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
from inventory.queries.imported import is_theirs, upts_of
from inventory.rules import MOST_READ_AT_ONCE
from inventory.services.batch_booking import BATCH_TABLE
from inventory.services.stock_booking import STOCK_TABLE
from inventory.services.table_record import tell_of_table
from inventory.services.table_rows import Booking, Check, Kind, say_wrong
from inventory.services.writing_booking import PRICE_TABLE, PRODUCT_TABLE
from inventory.table_file import TableLine
from kernel.files import FilesToForget
from kernel.outbox import publish

KINDS: dict[str, Kind] = {
    "stock": STOCK_TABLE,
    "batches": BATCH_TABLE,
    "prices": PRICE_TABLE,
    "products": PRODUCT_TABLE,
}
"""What becomes of the rows of a table, by its kind."""


def take_table(
    session: Session, kind: str, *, key: UUID, file_name: str, file_key: str, actor: Actor, at: datetime
) -> bool:
    """Note a file that lies in the store, and have it read; False when this form has sent its table before.

    Raises StockNotYours, TableNotForStandIn, TooManyTables, TableNotFound for somebody else's key.
    """
    refuse_stand_in(actor)
    upt_ids = upts_of(actor, kind)
    if actor.user_id is None or not upt_ids:
        raise StockNotYours
    sent = {
        "key": key,
        "kind": kind,
        "state": "reading",
        "user_id": actor.user_id,
        "user_label": actor.label,
        "upt_ids": sorted(upt_ids),
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
    tell_of_table(session, own_table(session, key, actor=actor), "table.send", actor=actor, at=at)
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


def stage(session: Session, import_id: int, lines: Sequence[TableLine], *, check: Check) -> None:
    """Look up what some rows name, and keep the rows with what is wrong in them.

    Raises TableMoved when the table was put aside meanwhile.
    """
    done = update(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "reading")
    done = done.values(rows_done=SheetImport.rows_done + len(lines)).returning(SheetImport.id)
    if session.scalar(done) is None:  # held from here: it is put aside before these rows, or with them
        raise TableMoved
    values = [
        {"line": line.line, "written": line.written, "errors": line.errors} | ({} if line.errors else columns)
        for line, columns in check(session, lines)
    ]
    session.execute(_KEEP, {"import_id": import_id, "rows": json.dumps(values)})


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
    most = KINDS[table.kind].layout.most_rows
    if refusal is None and rows == 0:
        refusal = "table_changes_nothing"
    elif refusal is None and rows > most:
        refusal, parameters = "table_changes_too_much", {"most": most}
    table.refusal, table.parameters = refusal, dict(parameters)
    table.row_count, table.error_count = rows, wrong
    table.state = "refused" if refusal or wrong else "ready"
    publish(session, FilesToForget([table.file_key]))


def confirm_table(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Have a table applied that was read and is right.

    Raises TableNotFound, TableMoved, TableNotForStandIn.
    """
    refuse_stand_in(actor)
    audit.hold(session)
    table = own_table(session, key, actor=actor)
    if table.state != "ready":
        raise TableMoved
    assert actor.user_id is not None  # officers are users
    table.state, table.rows_done = "applying", 0
    table.user_id, table.user_label = actor.user_id, actor.label
    publish(session, SheetConfirmed(table.id))
    tell_of_table(session, table, "table.confirm", after={"rows": table.row_count}, actor=actor, at=at)


def discard_table(session: Session, key: UUID, *, actor: Actor, at: datetime) -> str:
    """Let a table be that is not applied, even one the worker is at; gives its kind.

    Raises TableNotFound, TableMoved.
    """
    audit.hold(session)
    table = own_table(session, key, actor=actor)
    if table.state not in ("reading", "ready", "refused", "applying"):
        raise TableMoved
    before = {"state": table.state}
    if table.state == "reading":
        publish(session, FilesToForget([table.file_key]))
    table.state = "discarded"
    session.execute(delete(SheetImportRow).where(SheetImportRow.import_id == table.id))
    table.row_count = table.error_count = 0
    tell_of_table(session, table, "table.discard", before=before, actor=actor, at=at)
    return table.kind


def own_table(session: Session, key: UUID, *, actor: Actor) -> SheetImport:
    """A table of the actor's UPTs, held until the transaction ends. Raises TableNotFound."""
    query = select(SheetImport).where(SheetImport.key == key, is_theirs(actor))
    table = session.scalar(query.with_for_update())
    if table is None:
        raise TableNotFound
    return table


def refuse_stand_in(actor: Actor) -> None:
    """The worker books later, and cannot ask whether somebody still stands in. Raises TableNotForStandIn."""
    if STAND_IN in actor.roles:
        raise TableNotForStandIn


def apply_table(
    session: Session, import_id: int, *, at: datetime, tell: Callable[[int], None], at_once: int = 5000
) -> None:
    """Book every row of a confirmed table, or none: when one row cannot be booked any more, or is not the
    sender's, the table is refused and says which rows. `tell` hears how many are through after each portion,
    of `at_once` rows where a portion is one statement. Raises TableMoved if it was put aside.
    """
    table = session.execute(
        select(SheetImport).where(SheetImport.id == import_id, SheetImport.state == "applying")
    ).scalar_one_or_none()
    if table is None:
        return
    kind, actor = KINDS[table.kind], sender_of(session, table)
    of_rows = select(SheetImportRow.upt_id).where(SheetImportRow.import_id == import_id).distinct()
    if not set(session.scalars(of_rows)) <= upts_of(actor, table.kind):
        _end(session, import_id, state="refused", refusal=StockNotYours.code)
        return
    booking = Booking(import_id, table.key, actor, at, tell, at_once)
    wrong = kind.hold(session, booking)
    if wrong:
        _end(session, import_id, state="refused", error_count=len(wrong))
        say_wrong(session, import_id, wrong)
        return
    kind.book(session, booking)
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
    INSERT INTO sheet_import_rows
        (import_id, line, written, upt_id, variant_id, kind, delta, reason, says, errors)
    SELECT :import_id, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r (line bigint, written jsonb, upt_id bigint, variant_id bigint, kind text, delta bigint,
              reason text, says jsonb, errors jsonb)
    """
)
