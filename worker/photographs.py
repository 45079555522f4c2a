"""Photographs in the worker: their files are made, and dropped."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.events import PhotographAdded, PhotographDropped
from inventory.models import Photograph
from inventory.services.photographs import MadeFile, finish_photograph
from inventory.variants import variants
from kernel.db import transaction
from kernel.files import files
from kernel.outbox import Event
from orders.ports import PaymentProvider

FOLDER = "photographs"
"""Where photographs lie in the file store; nothing else lies there."""


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


def apply_nothing(
    _session: Session,
    _event: Event,
    _answer: object,
    *,
    at: datetime,
) -> None:
    """The work was done on the files; that it is done is all there is to note."""
