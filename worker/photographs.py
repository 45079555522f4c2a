"""Photographs in the worker: their files are made, dropped, and looked for where nobody owns them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.events import PhotographAdded, PhotographDropped, PhotographSweepDue
from inventory.models import Photograph, PhotographFile
from inventory.services.photographs import MadeFile, finish_photograph
from inventory.variants import variants
from kernel.db import transaction
from kernel.files import files
from kernel.outbox import Event, publish
from orders.ports import PaymentProvider

ORPHAN_AGE = timedelta(hours=24)
"""A file nobody owns is swept away when it is so old: by then whoever wrote it has written its row too."""

FOLDER = "photographs"
"""Where photographs lie in the file store; nothing else lies there."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Making:
    """A photograph whose files have to be made from what lies under `original`."""

    photograph_id: int
    key: UUID
    original: str


def ask_make(session: Session, event: PhotographAdded) -> Making | None:
    """What has to be made; None if it is made already, or the photograph is gone."""
    query = select(Photograph.id, Photograph.key, Photograph.original)
    row = session.execute(
        query.where(Photograph.id == event.photograph_id, Photograph.state == "making")
    ).one_or_none()
    return None if row is None else Making(*row)


def make_files(_provider: PaymentProvider, making: Making) -> list[MadeFile]:
    """Make every file and keep it, noting after each how far it is.

    Made again after a fall they have the same names, since these are of what is in them.
    """
    store = files()
    made: list[MadeFile] = []
    for variant in variants(store.get(making.original)):
        name = hashlib.sha256(variant.content).hexdigest()[:32]
        key = f"{FOLDER}/{making.key}/{name}-{variant.width}.{variant.kind}"
        store.put(key, variant.content)
        made.append(MadeFile(variant.kind, variant.width, key, len(variant.content)))
        with transaction() as session:
            session.execute(
                update(Photograph)
                .where(Photograph.id == making.photograph_id, Photograph.state == "making")
                .values(steps_done=len(made))
            )
    return made


def apply_made(
    session: Session,
    event: PhotographAdded,
    made: list[MadeFile],
    *,
    at: datetime,  # noqa: ARG001 -- every effect is given it
) -> None:
    """Note all files at once: there is never half a set."""
    finish_photograph(session, event.photograph_id, made)


def ask_drop(_session: Session, event: PhotographDropped) -> list[str]:
    """The keys that have to go."""
    return event.keys


def drop_files(_provider: PaymentProvider, keys: list[str]) -> None:
    """Forget these files; one that is gone is gone."""
    for key in keys:
        files().delete(key)


def sweep_due(session: Session, *, at: datetime) -> int:
    """Have the files looked through, outside this transaction."""
    publish(session, PhotographSweepDue((at - ORPHAN_AGE).isoformat()))
    return 1


def ask_sweep(_session: Session, event: PhotographSweepDue) -> datetime:
    """The moment before which a file without an owner must have been written to go."""
    return datetime.fromisoformat(event.before)


def sweep_files(_provider: PaymentProvider, before: datetime) -> int:
    """Delete the files that no photograph owns; says how many.

    What belongs to a photograph whose files are being made is left alone.
    """
    store, swept = files(), 0
    old = (file.key for file in store.list(FOLDER) if file.written_at < before)
    while keys := list(islice(old, _AT_ONCE)):
        with transaction() as session:
            owned = set(session.scalars(select(PhotographFile.key).where(PhotographFile.key.in_(keys))))
            owned |= set(session.scalars(select(Photograph.original).where(Photograph.original.in_(keys))))
            making = set(
                map(str, session.scalars(select(Photograph.key).where(Photograph.state == "making")))
            )
        for key in keys:
            if key not in owned and key.split("/")[1] not in making:
                store.delete(key)
                swept += 1
    return swept


def apply_nothing(
    _session: Session,
    _event: Event,
    _answer: object,
    *,
    at: datetime,
) -> None:
    """The work was done on the files; that it is done is all there is to note."""
