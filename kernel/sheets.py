"""Tables for spreadsheets: CSV that they read as UTF-8, with no cell that a program would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

DANGEROUS_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""What stands before the first line of a file, so that spreadsheets read it as UTF-8."""


def neutral(cell: object) -> object:
    """A cell as a spreadsheet shows it and never runs it: text that would begin a formula gets an apostrophe.

    `restored` takes it off again; numbers stay numbers.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith((*DANGEROUS_BEGINNINGS, "'")) else text


def restored(cell: str) -> str:
    """The text that was written by `neutral`."""
    return cell.removeprefix("'")


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as lines of CSV, each cell neutral; moments, lists and mappings are written out."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([neutral(_plain(cell)) for cell in row] for row in rows)
    return lines.getvalue()


def _plain(cell: object) -> object:
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell if cell is None or isinstance(cell, int | str) else str(cell)
