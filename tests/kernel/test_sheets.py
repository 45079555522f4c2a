"""Tables for spreadsheets: what is in a cell is shown, never run, and can be read back."""

import csv
import itertools
from datetime import UTC, datetime

import pytest

from kernel.sheets import csv_lines, neutral, restored


@pytest.mark.parametrize(
    "cell", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "biasa", ""]
)
def test_no_cell_is_a_formula_and_each_can_be_read_back(cell: str) -> None:
    written = str(neutral(cell))
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert restored(written) == cell


INSIDE = [
    "Budi,=cmd|'/C calc'!A0,x",
    "Budi;\t @SUM(A1)",
    "Budi\t+62",
    "Budi\r\n-1",
    'Budi,"=1"',
    ',"" =1',
    "Budi,'=1",
]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_no_formula_begins_for_a_program_with_other_separators(separator: str) -> None:
    rows: list[list[object]] = [
        [*pair, "x"] for pair in itertools.product(["a", "1,", '"', *INSIDE], repeat=2)
    ]
    written = csv_lines(rows)
    cells = [
        cell for row in csv.reader(written.splitlines(keepends=True), delimiter=separator) for cell in row
    ]
    assert [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))] == []
    read = [
        [restored(cell) for cell in row]
        for row in csv.reader(written.splitlines(keepends=True), delimiter=";")
    ]
    assert read == rows


def test_whatever_is_in_a_cell_is_read_back() -> None:
    for length in range(6):
        for signs in itertools.product(",\t\"' =a", repeat=length):
            assert restored(str(neutral("".join(signs)))) == "".join(signs)


def test_a_null_sign_is_shown_as_missing() -> None:
    assert neutral("\0=1") == "\N{REPLACEMENT CHARACTER}=1"
    assert neutral(-5) == -5


def test_lines_hold_texts_numbers_moments_and_whole_mappings() -> None:
    moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    lines = csv_lines([["a", 1, None, moment], ["=x; y", {"n": "ü"}, [1], "two\nlines"]])
    assert list(csv.reader(lines.splitlines(keepends=True), delimiter=";")) == [
        ["a", "1", "", "2026-11-21 03:00:00+00:00"],
        ["'=x; y", '{"n": "ü"}', "[1]", "two\nlines"],
    ]
