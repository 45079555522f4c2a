"""Tables that people send: CSV and XLSX read row by row, whatever is in the file, in bounded memory."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice

from billiard.exceptions import SoftTimeLimitExceeded

from kernel.errors import Invalid
from kernel.sheets import restored

MOST_SENT = 5_000_000
"""Bytes of a file; fifty thousand rows of a shelf take two and a half million."""

_MOST_UNPACKED = 64_000_000
_MOST_PARTS = 200
_MOST_COLUMNS = 64
_LAST_ROW = 1_048_576  # no spreadsheet has more
_SEPARATORS = (";", "\t", ",")

SheetRow = tuple[int, Sequence[object]]
"""The number of a row as the spreadsheet shows it, and its cells; texts are as they were before `neutral`."""


class SheetUnreadable(Invalid):
    """A file that is no table, or not a whole one; the code says why.

    Parameters by code: sheet_too_heavy megabytes, sheet_too_many_rows most.
    """

    code = "sheet_broken"


def sheet_rows(content: bytes, *, most: int) -> Iterator[SheetRow]:
    """The rows of a file that hold anything, the headings first, then `most` at most. Raises SheetUnreadable.

    Of a workbook the first sheet is read, with the values its formulas had when it was saved.
    """
    if not content.strip():
        raise SheetUnreadable("sheet_empty")
    if len(content) > MOST_SENT:
        raise SheetUnreadable("sheet_too_heavy", megabytes=MOST_SENT // 1_000_000)
    rows = _rows_of_book(content) if content.startswith(b"PK") else _rows_of_csv(content)
    filled = ((number, cells) for number, cells in rows if any(cell not in (None, "") for cell in cells))
    found = None
    for place, found in enumerate(filled):
        if place > most:
            raise SheetUnreadable("sheet_too_many_rows", most=most)
        yield found
    if found is None:
        raise SheetUnreadable("sheet_empty")


def _rows_of_csv(content: bytes) -> Iterator[SheetRow]:
    text = _text(content)
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    width, last = 0, None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            width, last = width or len(cells), cells
            yield number, [restored(cell.strip()) for cell in cells[:_MOST_COLUMNS]]
    except csv.Error as error:  # a quotation that nobody closed
        raise SheetUnreadable("sheet_cut") from error
    if last is not None and len(last) < width and not text.endswith(("\n", "\r")):
        raise SheetUnreadable("sheet_cut")


def _text(content: bytes) -> str:
    """What a spreadsheet wrote: UTF-8, UTF-16 with its mark, or the code page of western Windows."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if has_mark else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(sign < " " and sign not in "\t\r\n" for sign in set(text)):
            return text
    raise SheetUnreadable("sheet_kind")


def _rows_of_book(content: bytes) -> Iterator[SheetRow]:
    import openpyxl  # noqa: PLC0415 -- five megabytes that only a worker with a workbook needs

    _check_archive(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that are not ours to see to
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its size is no promise: rows behind it count too
            for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS), start=1):
                if number > _LAST_ROW:
                    raise SheetUnreadable("sheet_broken")
                if any(cell not in (None, "") for cell in cells):
                    yield number, [cell.strip() if isinstance(cell, str) else cell for cell in cells]
    except (SheetUnreadable, GeneratorExit, SoftTimeLimitExceeded, MemoryError):
        raise  # of the last two the file may be innocent: whoever reads it tries again
    except Exception as error:  # a file that strangers made breaks its reader anywhere
        raise SheetUnreadable("sheet_broken") from error


def _check_archive(content: bytes) -> None:
    """Nothing is unpacked beyond what its list of parts says, and that says not too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = list(islice(archive.infolist(), _MOST_PARTS + 1))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetUnreadable("sheet_cut") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise SheetUnreadable("sheet_kind")
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise SheetUnreadable("sheet_unpacks_too_much")
