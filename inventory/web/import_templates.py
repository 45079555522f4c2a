"""The templates that officers download and fill in: what there is, with empty columns beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.batch_file import OWN_COLUMNS
from inventory.queries.exported import shelf_rows
from inventory.queries.staff import ShelfRow
from inventory.web.table_words import HEADINGS
from inventory.web.tables import SHELF_COLUMNS
from kernel.sheets import Column

Template = tuple[Sequence[Column[Any]], Callable[[Session, Actor], Iterable[Any]]]
"""The columns of a template, and its rows for whoever may change them."""


def _empty(names: Iterable[str]) -> list[Column[Any]]:
    return [Column(HEADINGS[name], lambda _row: None) for name in names]


def _shelves(session: Session, actor: Actor) -> Iterable[ShelfRow]:
    return shelf_rows(session, actor, words="", show="all")


TEMPLATES: dict[str, Template] = {
    "stock": ((*SHELF_COLUMNS, *_empty(("delta", "reason"))), _shelves),
    "batches": ((*SHELF_COLUMNS, *_empty(OWN_COLUMNS)), _shelves),
}
