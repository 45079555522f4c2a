"""Tables that people send are read to their end, whatever they say of themselves, or refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter
from billiard.exceptions import SoftTimeLimitExceeded
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from kernel.sheet_reading import SheetUnreadable, sheet_rows


def book(rows: dict[int, Sequence[Any]]) -> bytes:
    """A workbook with rows at these places."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in rows.items():
            sheet.write_row(number, 0, row)
    return content.getvalue()


def with_sheet(content: bytes, pattern: bytes, replacement: bytes) -> bytes:
    """The workbook with something else in its first sheet."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data, found = re.subn(pattern, replacement, data)
                assert found == 1
            new.writestr(part.filename, data)
    return changed.getvalue()


def test_rows_and_columns_behind_the_size_a_workbook_claims_are_read() -> None:
    content = book({0: ["SKU", "A", "B", "C", "D", "E", "F"], 1: range(7), 2: range(7), 3: range(7)})
    content = with_sheet(content, rb'<dimension ref="A1:G4"/>', b'<dimension ref="A1:F2"/>')
    rows = list(sheet_rows(content, most=10))
    assert [number for number, _ in rows] == [1, 2, 3, 4]
    assert list(rows[3][1][:7]) == list(range(7))


def test_a_row_behind_very_many_empty_ones_is_read() -> None:
    rows = list(sheet_rows(book({0: ["SKU"], 100_010: ["akhir"]}), most=10))
    assert [(number, cells[0]) for number, cells in rows] == [(1, "SKU"), (100_011, "akhir")]


def test_a_row_where_no_spreadsheet_has_one_is_refused() -> None:
    content = with_sheet(book({0: ["SKU"], 1: ["x"]}), rb'<row r="2"', b'<row r="99999999999"')
    with pytest.raises(SheetUnreadable) as refused:
        list(sheet_rows(content, most=10))
    assert refused.value.code == "sheet_broken"


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded, MemoryError])
def test_what_befalls_the_worker_is_not_the_files_fault(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def befall(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ReadOnlyWorksheet, "_get_row", befall)
    with pytest.raises(error):
        list(sheet_rows(book({0: ["SKU"]}), most=10))
