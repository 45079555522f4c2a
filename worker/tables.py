"""Tables that officers sent in, in the worker: read portion by portion, and booked at one blow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor
from inventory.errors import TableMoved, TableRefused
from inventory.events import SheetConfirmed, SheetSent
from inventory.models import SheetImport
from inventory.queries.drafts import category_names
from inventory.queries.imported import upts_of
from inventory.rules import MOST_IMPORTED
from inventory.services import tables as service
from inventory.table_file import TableLine, Words, table_lines
from inventory.web.table_words import words
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from kernel.sheet_reading import SheetUnreadable, sheet_rows
from orders.ports import PaymentProvider

FOLDER = "tables"
"""Where sent tables lie in the file store until they are read; nothing else lies there."""

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """A table that has to be read: where it lies, who sent it, the UPT of rows that name none, and what its
    words mean.
    """

    import_id: int
    kind: str
    file_key: str
    actor: Actor
    only_upt: str | None
    words: Words


@dataclass(frozen=True, slots=True)
class Read:
    """That a table was read; or why it is refused as a whole."""

    refusal: str | None = None
    parameters: dict[str, Any] | None = None


def ask_read(session: Session, event: SheetSent) -> Reading | None:
    """What has to be read; None if it was, or is gone."""
    table = session.get(SheetImport, event.import_id)
    if table is None or table.state != "reading":
        return None
    actor = service.sender_of(session, table)
    upts = select(Upt.code).where(Upt.id.in_(upts_of(actor, table.kind)))
    codes = session.scalars(upts.limit(2)).all()
    only_upt = codes[0] if len(codes) == 1 else None
    meant = words(table.kind, category_names(session))
    return Reading(table.id, table.kind, table.file_key, actor, only_upt, meant)


def read_table(_provider: PaymentProvider, reading: Reading) -> Read:
    """Keep the rows of a table with what is wrong in them, noting after each portion how far it is."""
    with transaction() as session:
        service.begin_reading(session, reading.import_id)
    kind = service.KINDS[reading.kind]
    check = kind.begin(reading.actor, now())
    try:
        rows = sheet_rows(files().get(reading.file_key), most=MOST_IMPORTED)
        for portion in _portions(table_lines(rows, kind.layout, reading.words, only_upt=reading.only_upt)):
            with transaction() as session:
                service.stage(session, reading.import_id, portion, check=check)
    except TableMoved:  # put aside: nothing is left to say of it
        return Read()
    except (SheetUnreadable, TableRefused) as refusal:
        with transaction() as session:  # half a file is none
            service.begin_reading(session, reading.import_id)
        return Read(refusal.code, refusal.parameters)
    return Read()


def apply_read(session: Session, event: SheetSent, read: Read, *, at: datetime) -> None:  # noqa: ARG001 -- every effect is given it
    """Say what became of the file."""
    service.finish_reading(session, event.import_id, refusal=read.refusal, parameters=read.parameters or {})


def apply_confirmed(session: Session, event: SheetConfirmed, *, at: datetime) -> None:
    """Book the whole table or nothing; its page hears of each portion, though none counts before the last."""

    def tell(done: int) -> None:
        note = update(SheetImport).where(SheetImport.id == event.import_id, SheetImport.state == "applying")
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(note.values(rows_done=done))

    tell(0)
    service.apply_table(session, event.import_id, at=at, tell=tell)


def _portions(lines: Iterator[TableLine]) -> Iterator[list[TableLine]]:
    while portion := list(islice(lines, _AT_ONCE)):
        yield portion
