"""Tables for spreadsheets, as CSV and XLSX, with no cell that a program would run; written in bounded memory.

CSV has semicolons: a spreadsheet that speaks Indonesian writes its decimals with commas and puts a line with
commas into one cell.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import IO, Any, Generic, TypeVar

import xlsxwriter
from flask import Response, send_file
from xlsxwriter.exceptions import FileCreateError

from kernel.errors import Invalid

DANGEROUS_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""What stands before the first line of a file, so that spreadsheets read it as UTF-8."""

SEPARATOR = ";"

SHEET_ENDINGS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The endings of the files there are, with their media types."""

MOST_LINES = 100_000
"""An XLSX of more lines takes a phone's memory and a web server's minute; CSV has no end."""

# where a cell begins only for a program with other separators than ours, and whether a formula does;
# quotation marks are doubled when they are written, so they may stand between
_INSIDE = re.compile(r"""([,;\t\r\n][,;"\s]*)('*)([=+\-@]?)""")

_IN_MEMORY = 1024 * 1024
_LONGEST_CELL = 32_767  # of any spreadsheet
_WIDEST = 40
_DAY_AND_MOMENT = ("dd/mm/yyyy", "dd/mm/yyyy hh:mm")

Row = TypeVar("Row")


class SheetTooLong(Invalid):
    """An XLSX would have too many lines. Parameters: most."""

    code = "sheet_too_long"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a list: its heading, and what stands in it; days and moments stay what they are."""

    heading: object
    cell: Callable[[Row], object]


def neutral(cell: object) -> object:
    """A cell as a spreadsheet shows it and never runs it: text that would begin a formula gets an apostrophe,
    also behind what parts cells for a spreadsheet of other ways.

    `restored` takes it off again; numbers stay numbers.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "\N{REPLACEMENT CHARACTER}")
    text = _INSIDE.sub(lambda found: f"{found[1]}'{found[2]}{found[3]}" if found[3] else found[0], text)
    return f"'{text}" if text.startswith((*DANGEROUS_BEGINNINGS, "'")) else text


def restored(cell: str) -> str:
    """The text that was written by `neutral`."""
    return _INSIDE.sub(
        lambda found: f"{found[1]}{found[2][1:]}{found[3]}" if found[3] else found[0], cell.removeprefix("'")
    )


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as lines of CSV, each cell neutral; moments, lists and mappings are written out."""
    lines = io.StringIO(newline="")
    csv.writer(lines, delimiter=SEPARATOR).writerows([neutral(_plain(cell)) for cell in row] for row in rows)
    return lines.getvalue()


def sheet_answer(name: str, ending: str, columns: Iterable[Column[Row]], rows: Iterable[Row]) -> Response:
    """A list as a file to keep, `ending` one of SHEET_ENDINGS; the rows are read as they are written.

    Raises SheetTooLong, and OSError when the disk it waits on is full.
    """
    columns = tuple(columns)
    table = ([column.cell(row) for column in columns] for row in rows)
    headings = [str(column.heading) for column in columns]
    spooled = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    try:
        _WRITERS[ending](spooled, headings, table)
    except FileCreateError as error:
        spooled.close()
        raise OSError(*error.args[0].args) from error
    except BaseException:
        spooled.close()
        raise
    spooled.seek(0)
    return send_file(
        spooled, mimetype=SHEET_ENDINGS[ending], as_attachment=True, download_name=f"lapak-{name}.{ending}"
    )


def write_csv(file: IO[bytes], headings: list[str], rows: Iterable[list[object]]) -> None:
    """A table as CSV; it may be of any length."""
    file.write((BEGINNING + csv_lines([headings])).encode())
    for row in rows:
        file.write(csv_lines([row]).encode())


def write_xlsx(file: IO[bytes], headings: list[str], rows: Iterable[list[object]]) -> None:
    """A table as a workbook of one sheet; texts are typed as texts, so none is a formula.

    Raises SheetTooLong.
    """
    # row by row: what is written lies in a file of the folder, not in memory
    with (
        TemporaryDirectory(prefix="lapak-") as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        sheet = book.add_worksheet("Lapak")
        bold = book.add_format({"bold": True})
        day, moment = (book.add_format({"num_format": form}) for form in _DAY_AND_MOMENT)
        sheet.freeze_panes(1, 0)
        for place, heading in enumerate(headings):
            sheet.set_column(place, place, min(max(len(heading) + 2, 12), _WIDEST))
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows, start=1):
            if number > MOST_LINES:
                raise SheetTooLong(most=MOST_LINES)
            for place, cell in enumerate(row):
                _write_cell(sheet, number, place, cell, day=day, moment=moment)


_WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def _write_cell(sheet: Any, number: int, place: int, cell: object, *, day: Any, moment: Any) -> None:
    cell = _plain(cell) if isinstance(cell, dict | list) else cell
    if isinstance(cell, datetime):
        # a spreadsheet's moments have no zone: it is the clock of the place where it happened
        sheet.write_datetime(number, place, cell.replace(tzinfo=None), moment)
    elif isinstance(cell, date):
        sheet.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
    elif isinstance(cell, int):
        sheet.write_number(number, place, cell)
    elif cell is not None and cell != "":
        sheet.write_string(number, place, str(cell)[:_LONGEST_CELL])


def _plain(cell: object) -> object:
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell if cell is None or isinstance(cell, int | str) else str(cell)
