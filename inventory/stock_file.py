"""The table of changes to stock that officers send in: its columns, and what one row of it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inventory.errors import TableRefused
from inventory.rules import ADJUSTMENT_REASONS, MOST_PIECES_AT_ONCE, RECEIPT_REASONS
from kernel.written import whole_number

COLUMNS = ("upt", "sku", "delta", "reason")
"""Of what UPT, what, how many pieces more or fewer, and why; others may stand beside them."""

RowError = tuple[str, str, dict[str, Any]]
"""Column, code and parameters of what is wrong."""

_LONGEST_WRITTEN = 100


@dataclass(frozen=True, slots=True)
class Words:
    """What headings and reasons are called, in every language, folded: each leads to our own word."""

    headings: Mapping[str, str]
    reasons: Mapping[str, str]


@dataclass(slots=True)
class StockLine:
    """A row: the shelf it names, the ledger's kind, `delta` in pieces, the reason; None where wrong."""

    line: int
    written: dict[str, str]
    upt_code: str
    sku: str
    kind: str | None = None
    delta: int | None = None
    reason: str | None = None
    errors: list[RowError] = field(default_factory=list)


def fold(written: object) -> str:
    """A heading or reason without case, signs and spaces too many: "Perubahan (+/−)" is "perubahan"."""
    return " ".join(re.sub(r"[\W_]+", " ", str(written or "").lower()).split())


def stock_lines(
    rows: Iterator[tuple[int, Sequence[object]]], words: Words, *, only_upt: str | None
) -> Iterator[StockLine]:
    """What the rows say, the headings first; a row without a change, or one of 0, is left out.

    `only_upt` is the UPT of rows that name none. Raises TableRefused for a table of other columns.
    """
    _, headings = next(rows)
    places = _places(headings, words, needs_upt=only_upt is None)
    for number, cells in rows:
        written = {name: _written(cells, place) for name, place in places.items()}
        change = _cell(cells, places["delta"])
        if written["delta"] and whole_number(change) != 0:
            yield _line(number, written, change, words, only_upt or "")


def _places(headings: Sequence[object], words: Words, *, needs_upt: bool) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = words.headings.get(fold(heading))
        if name is not None:
            if name in places:
                raise TableRefused("table_column_twice", heading=str(heading)[:_LONGEST_WRITTEN])
            places[name] = place
    missing = [name for name in COLUMNS if name not in places and (needs_upt or name != "upt")]
    if missing:
        raise TableRefused("table_columns", missing=missing)
    return places


def _cell(cells: Sequence[object], place: int) -> object:
    return cells[place] if place < len(cells) else None


def _written(cells: Sequence[object], place: int) -> str:
    cell = _cell(cells, place)
    whole = isinstance(cell, float) and cell.is_integer()
    return (
        ""
        if cell is None
        else str(int(cell) if whole and isinstance(cell, float) else cell)[:_LONGEST_WRITTEN]
    )


def _line(line: int, written: dict[str, str], change: object, words: Words, only_upt: str) -> StockLine:
    found = StockLine(line, written, written.get("upt") or only_upt, written["sku"])
    for column, value in (("upt", found.upt_code), ("sku", found.sku)):
        if not value:
            found.errors.append((column, "table_cell_empty", {}))
    delta, reason = whole_number(change), words.reasons.get(fold(written["reason"]))
    if delta is None or not 0 < abs(delta) <= MOST_PIECES_AT_ONCE:
        found.errors.append(("delta", "table_delta", {"most": MOST_PIECES_AT_ONCE}))
        delta = None
    if reason is None:
        found.errors.append(("reason", "reason_missing", {}))
    elif reason in ADJUSTMENT_REASONS:
        found.kind = "adjusted"
    elif reason in RECEIPT_REASONS:
        found.kind = "received"
        if delta is not None and delta < 0:
            found.errors.append(("reason", "table_reason_comes", {}))
    found.delta, found.reason = delta, reason
    return found
