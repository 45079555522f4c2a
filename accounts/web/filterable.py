"""Lists that officers filter: each says by which words of its address, and shows what its reader saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app, request

from accounts.queries.filters import SavedList, filters_of
from accounts.web.session import current_actor
from kernel.db import reading_session

View = TypeVar("View", bound=Callable[..., object])

LONGEST_CHOICE = 200


@dataclass(frozen=True, slots=True)
class Filterable:
    """What a list is called, and the words of its address that narrow or sort it."""

    title: object
    names: tuple[str, ...]

    def choices(self) -> dict[str, str]:
        """What the address at hand chooses of them."""
        asked = {name: request.args.get(name, "").strip()[:LONGEST_CHOICE] for name in self.names}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class SavedHere:
    """What the reader has saved of the list at hand, and what its address chooses now."""

    page: str
    rows: Sequence[SavedList]
    choices: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        """Whether something is chosen that is not saved yet."""
        return bool(self.choices) and all(row.choices != self.choices for row in self.rows)


def filterable(title: object, *names: str) -> Callable[[View], View]:
    """Mark the view of a list as one that may be saved with what its address says under these names.

    Leave out words in which customers are looked for: a name would be kept that its bearer knows nothing of.
    """

    def mark(view: View) -> View:
        view.filterable = Filterable(title, names)  # type: ignore[attr-defined]
        return view

    return mark


def filterable_lists() -> dict[str, Filterable]:
    """Every list that may be saved, by its endpoint."""
    marks = {name: getattr(view, "filterable", None) for name, view in current_app.view_functions.items()}
    return {name: mark for name, mark in marks.items() if mark is not None}


def saved_here() -> SavedHere:
    """What its reader has saved of the list at hand; nothing where it may not be saved. One statement."""
    page = request.endpoint or ""
    mark = filterable_lists().get(page)
    if mark is None:
        return SavedHere(page, (), {})
    return SavedHere(page, filters_of(reading_session(), current_actor(), page), mark.choices())
