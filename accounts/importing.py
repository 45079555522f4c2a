"""What every import of a CSV file shares: strict rows, problems with their place, and counts of changes."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Conflict, Invalid

LONGEST_TEXT = 200
LONGEST_DESCRIPTION = 5_000

_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_LINK = re.compile(r"https?://[^\s\"'<>]+")
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be imported: the line (from 1) and column where it is wrong, if it is in one."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of one kind an import created, updated and found as they should be."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    @property
    def changed_anything(self) -> bool:
        """Whether a row was created or updated."""
        return bool(self.created or self.updated)


class ImportRefused(Invalid):
    """The files have problems, so nothing was imported. Parameters: problems."""

    code = "import_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems=problems)
        self.problems = problems


class ImportRunning(Conflict):
    """Another import is at work."""

    code = "import_running"


class Row:
    """One row of a file. Reading a field checks it; what is wrong is noted and the row is no longer good."""

    __slots__ = ("_fields", "_file", "_problems", "is_good", "line")

    def __init__(self, file: str, line: int, fields: dict[str, str], problems: list[Problem]) -> None:
        self._file = file
        self._fields = fields
        self._problems = problems
        self.line = line
        self.is_good = True

    def reject(self, column: str, reason: str) -> None:
        """Note that the row is bad because of this column."""
        self.is_good = False
        self._problems.append(Problem(self._file, self.line, column, reason))

    def text(self, column: str, *, required: bool = True, longest: int = LONGEST_TEXT) -> str:
        """The field with its spaces put in order."""
        raw = self._fields[column]
        if _UNDECODABLE.search(raw):
            self.reject(column, "not UTF-8: save the file in that encoding")
            return ""
        if _CONTROL.search(raw):
            self.reject(column, "holds a control character")
            return ""
        value = " ".join(raw.split())
        if required and not value:
            self.reject(column, "empty, but required")
        if len(value) > longest:
            self.reject(column, f"{len(value)} characters long; {longest} is the most")
        return value

    def choice(self, column: str, choices: Collection[str]) -> str:
        """The field, which must be one of `choices`."""
        value = self.text(column)
        if value and value not in choices:
            self.reject(column, f'"{value}" is none of: {", ".join(choices)}')
        return value

    def matching(self, column: str, pattern: re.Pattern[str], shape: str, *, required: bool = True) -> str:
        """The field, which must match the whole `pattern`; `shape` says so in words."""
        value = self.text(column, required=required)
        if value and not pattern.fullmatch(value):
            self.reject(column, f'"{value}" is not {shape}')
        return value

    def link(self, column: str) -> str:
        """The field, which must be empty or a web address."""
        value = self.text(column, required=False, longest=1_000)
        if value and not _LINK.fullmatch(value):
            self.reject(column, "not a web address that begins with http:// or https://")
        return value

    def listing(self, column: str) -> list[str]:
        """The field's parts between semicolons; empty when the field is."""
        parts = (part.strip() for part in self.text(column, required=False, longest=1_000).split(";"))
        return [part for part in parts if part]

    def number(self, column: str, *, least: int, most: int) -> int:
        """The field, which must be a whole number."""
        value = self.optional_number(column, least=least, most=most)
        if value is None and not self._fields[column].strip():
            self.reject(column, "empty, but required")
        return value if value is not None else least

    def optional_number(self, column: str, *, least: int, most: int) -> int | None:
        """The field, which must be empty or a whole number."""
        value = self.text(column, required=False)
        if not value:
            return None
        if not _DIGITS.fullmatch(value):
            self.reject(column, f'"{value[:40]}" is not a whole number: digits only, no dots or signs')
            return None
        if not least <= int(value) <= most:
            self.reject(column, f"{value} is not from {least} to {most}")
            return None
        return int(value)


def read_rows(file: Path, columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    """Read a file row by row; what is wrong with the file or with a row's shape is added to `problems`.

    The file must have exactly these columns, in any order. A row of the wrong shape is not given.
    """
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as source:
        reader = csv.reader(source, strict=True)
        lines = _lines(reader, file.name, problems)
        header = next(lines, None)
        if header is None:
            problems.append(
                Problem(file.name, 1, "", "the file is empty; a line of column names comes first")
            )
            return
        names = [name.strip() for name in header[1]]
        faults = _header_faults(file.name, names, columns)
        problems.extend(faults)
        if faults:
            return
        for line, values in lines:
            if len(values) == len(names):
                yield Row(file.name, line, dict(zip(names, values, strict=True)), problems)
            else:
                reason = f"{len(values)} fields instead of {len(names)}"
                problems.append(Problem(file.name, line, "", reason))


def _lines(
    reader: Iterator[list[str]], file: str, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; blank lines are passed over."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]  # csv's reader counts them
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(Problem(file, line, "", f"not CSV: {error}"))
            continue
        if values:
            yield line, values


def _header_faults(file: str, names: Sequence[str], columns: Sequence[str]) -> list[Problem]:
    shown = [_UNDECODABLE.sub("?", name) for name in names]
    missing = [(name, "the column is missing") for name in columns if name not in names]
    extra = [(name, "the column is not one of the file's") for name in shown if name not in columns]
    twice = [(name, "the column comes twice") for name in columns if names.count(name) > 1]
    return [Problem(file, 1, name, reason) for name, reason in missing + extra + twice]
