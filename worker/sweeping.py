"""Files nobody owns: looked for in every folder of the file store, and deleted once they are a day old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from inventory.queries.imported import owned_tables
from inventory.queries.permits import owned_scans
from inventory.queries.photographs import owned_photographs
from kernel.db import transaction
from kernel.files import files
from kernel.outbox import publish
from orders.ports import PaymentProvider
from orders.queries.problems import owned_problem_pictures
from orders.queries.reviews import owned_review_pictures
from privacy.services.exporting import owned_exports
from worker.events import FileSweepDue

ORPHAN_AGE = timedelta(hours=24)
"""A file nobody owns is swept away when it is so old: by then whoever wrote it has written its row too."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the file store, and the query that says which of some keys below it belong to a row."""

    name: str
    owned: Callable[[Session, Sequence[str]], set[str]]


FOLDERS: tuple[Folder, ...] = (
    Folder("photographs", owned_photographs),
    Folder("problems", owned_problem_pictures),
    Folder("reviews", owned_review_pictures),
    Folder("data", owned_exports),
    Folder("tables", owned_tables),
    Folder("permits", owned_scans),
)
"""Every folder there is: what is kept elsewhere is never swept."""


def sweep_due(session: Session, *, at: datetime) -> int:
    """Have the files looked through, outside this transaction."""
    publish(session, FileSweepDue((at - ORPHAN_AGE).isoformat()))
    return 1


def ask_sweep(_session: Session, event: FileSweepDue) -> datetime:
    """The moment before which a file without an owner must have been written to go."""
    return datetime.fromisoformat(event.before)


def sweep_files(_provider: PaymentProvider, before: datetime) -> int:
    """Delete the files that no row owns; says how many. May raise FilesUnavailable."""
    return sum(_sweep(folder, before) for folder in FOLDERS)


def apply_nothing(_session: Session, _event: FileSweepDue, _swept: int, *, at: datetime) -> None:
    """The work was done on the files; that it is done is all there is to note."""


def _sweep(folder: Folder, before: datetime) -> int:
    swept = 0
    old = (file.key for file in files().list(folder.name) if file.written_at < before)
    while keys := list(islice(old, _AT_ONCE)):
        with transaction() as session:
            owned = folder.owned(session, keys)
        for key in keys:
            if key not in owned:
                files().delete(key)
                swept += 1
    return swept
