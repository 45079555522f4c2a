"""A person's copy of their data: asked for, packed by the worker, fetched within a day, deleted after it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.files import FileMissing, FilesToForget, files
from kernel.outbox import publish
from kernel.sheets import BEGINNING, csv_lines
from orders.ports import PaymentProvider
from privacy.events import DataExportAsked, DataExportReady
from privacy.models import DataExport
from privacy.queries import files_of, person_of, rows_of
from privacy.registry import PERSONAL

LIFE = timedelta(hours=24)
"""How long a copy can be fetched."""


@dataclass(frozen=True, slots=True)
class Packing:
    """What goes into a copy: the rows by table, and the keys of files."""

    key: str
    made_at: str
    tables: dict[str, list[dict[str, Any]]]
    files: list[str]


def file_key(key: object) -> str:
    """Where a copy lies in the file store."""
    return f"data/{key}.zip"


def ask_export(session: Session, user_id: int, *, at: datetime) -> None:
    """Have a copy of the person's data made; one that is under way is enough. Earlier ones are deleted."""
    export_id = session.scalar(
        insert(DataExport)
        .values(key=uuid4(), user_id=user_id, asked_at=at)
        .on_conflict_do_nothing(index_elements=["user_id"], index_where=DataExport.ready_at.is_(None))
        .returning(DataExport.id)
    )
    if export_id is None:
        return
    _forget(session, DataExport.user_id == user_id, DataExport.id != export_id)
    publish(session, DataExportAsked(export_id))


def forget_old_exports(session: Session, *, at: datetime) -> int:
    """Delete the copies whose time is over; gives how many."""
    return _forget(session, DataExport.expires_at <= at)


def owned_exports(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to a copy, one that is being packed too.

    Copies live for a day, so there are few.
    """
    return {file_key(key) for key in session.scalars(select(DataExport.key))}.intersection(keys)


def gather(session: Session, event: DataExportAsked) -> Packing | None:
    """Read what the copy holds; None when the account is gone."""
    export = session.get(DataExport, event.export_id)
    if export is None:
        return None
    person = person_of(session, export.user_id)
    return Packing(
        str(export.key), export.asked_at.isoformat(), rows_of(session, person), files_of(session, person)
    )


@dataclass(frozen=True, slots=True)
class Packed:
    """A copy that lies in the file store: its key there and its size in bytes."""

    key: str
    size: int


def store(_provider: PaymentProvider, packing: Packing) -> Packed:
    """Pack the copy and keep it in the file store."""
    content, key = pack(packing), file_key(packing.key)
    files().put(key, content)
    return Packed(key, len(content))


def finish(session: Session, event: DataExportAsked, packed: Packed, *, at: datetime) -> None:
    """Let the person fetch it, and have them told; the copy of somebody forgotten meanwhile goes again."""
    made = session.execute(
        update(DataExport)
        .where(DataExport.id == event.export_id)
        .values(ready_at=at, expires_at=at + LIFE, size=packed.size)
        .returning(DataExport.id)
    )
    if made.one_or_none() is not None:
        publish(session, DataExportReady(event.export_id))
    else:
        publish(session, FilesToForget([packed.key]))


def pack(packing: Packing) -> bytes:
    """The ZIP of a copy: data.json with everything, a CSV for each table that has rows, and their files."""
    about = {each.table: {"purpose": each.purpose, "kept": each.retention} for each in PERSONAL}
    tables = {name: {**about[name], "rows": rows} for name, rows in packing.tables.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        content = {"made_at": packing.made_at, "tables": tables}
        archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1, default=str))
        for name, rows in packing.tables.items():
            if rows:
                lines = csv_lines([list(rows[0]), *(row.values() for row in rows)])
                archive.writestr(f"{name}.csv", BEGINNING + lines)
        for key in packing.files:
            try:
                archive.writestr(f"files/{key}", files().get(key))
            except FileMissing:
                continue  # deleted meanwhile: the row that names it says so
    return buffer.getvalue()


def _forget(session: Session, *conditions: Any) -> int:
    keys = session.scalars(select(DataExport.key).where(*conditions)).all()
    if keys:
        session.execute(delete(DataExport).where(DataExport.key.in_(keys)))
        publish(session, FilesToForget([file_key(key) for key in keys]))
    return len(keys)
