"""Tables that officers send in: what the columns of a kind are called, and what its rows say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inventory.errors import TableRefused
from kernel.sheet_reading import SheetRow

RowError = tuple[str, str, dict[str, Any]]
"""Column, code and parameters of what is wrong."""

Cells = Mapping[str, object]
"""What stands in a row, by our names of the columns."""

_LONGEST_WRITTEN = 100


@dataclass(frozen=True, slots=True)
class Words:
    """What headings and, by column, choices are called in each language, folded; each leads to our word."""

    headings: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class TableLine:
    """A row: its cells as `written`, the UPT and SKU it names, and what it `says` as far as that is right."""

    line: int
    written: dict[str, str]
    upt_code: str
    sku: str
    says: dict[str, Any] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind of table, and which of them have to be there; others may stand beside them.

    `read` fills in what a row says, and gives False for one that says nothing; of those that say something
    there may be `most_rows`.
    """

    columns: tuple[str, ...]
    needed: frozenset[str]
    most_rows: int
    read: Callable[[TableLine, Cells, Words], bool]


def fold(written: object) -> str:
    """A heading or choice without case, signs and spaces too many: "Perubahan (+/−)" is "perubahan"."""
    return " ".join(re.sub(r"[\W_]+", " ", str(written or "").lower()).split())


def table_lines(
    rows: Iterator[SheetRow], layout: Layout, words: Words, *, only_upt: str | None
) -> Iterator[TableLine]:
    """What the rows say, the headings first; rows that say nothing are left out.

    `only_upt` is the UPT of rows that name none. Raises TableRefused for a table of other columns.
    """
    _, headings = next(rows)
    places = _places(headings, layout, words, needs_upt=only_upt is None)
    for number, found in rows:
        cells = {name: found[place] if place < len(found) else None for name, place in places.items()}
        written = {name: as_text(cell)[:_LONGEST_WRITTEN] for name, cell in cells.items()}
        line = TableLine(number, written, written.get("upt") or only_upt or "", written.get("sku", ""))
        if layout.read(line, cells, words):
            yield line


def as_text(cell: object) -> str:
    """A cell as its writer sees it: a workbook holds the whole number 5 as 5.0."""
    if cell is None:
        return ""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def refuse_empty(line: TableLine, **values: str) -> None:
    """Note which of these columns hold nothing."""
    line.errors += [(column, "table_cell_empty", {}) for column, value in values.items() if not value]


def _places(headings: Sequence[object], layout: Layout, words: Words, *, needs_upt: bool) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = words.headings.get(fold(heading))
        if name is not None:
            if name in places:
                raise TableRefused("table_column_twice", heading=str(heading)[:_LONGEST_WRITTEN])
            places[name] = place
    needed = layout.needed if needs_upt else layout.needed - {"upt"}
    missing = [name for name in layout.columns if name in needed and name not in places]
    if missing:
        raise TableRefused("table_columns", missing=missing)
    return places
