"""The file of UPTs: its columns, and its rows checked and resolved to region codes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from accounts.importing import Problem, Row, read_rows
from accounts.regions import Province, Regency, find_province, find_regencies, fold, join
from accounts.rules import UPT_KINDS

COLUMNS = ("code", "name", "type", "class", "kanwil", "province", "city", "source_url")

_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*", re.ASCII)
_CLASS = re.compile(r"I{1,3}[AB]?")
_KANWIL_PREFIX = re.compile(r"^kanwil-ditjenpas-")


@dataclass(frozen=True, slots=True)
class UptRow:
    """One institution as a file states it; `code` is its identity."""

    code: str
    name: str
    kind: str
    security_class: str
    kanwil_slug: str
    kanwil: str
    province_code: str
    province: str
    regency_code: str
    city: str
    source_url: str


@dataclass(slots=True)
class UptFile:
    """The good rows, which codes go by each joined name, and the names of bad rows.

    A product of such a name has no problem of its own.
    """

    rows: list[UptRow] = field(default_factory=list)
    codes_by_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    doubtful_names: set[str] = field(default_factory=set)


def slug_of(text: str) -> str:
    """The text for a URL: folded, words parted by single hyphens."""
    return fold(text).replace(" ", "-")


def read_upts(file: Path, problems: list[Problem]) -> UptFile:
    """Read the file; what is wrong is added to `problems`."""
    upts = UptFile()
    lines: dict[str, int] = {}
    kanwils: dict[str, str] = {}
    for row in read_rows(file, COLUMNS, problems):
        upt = _upt_of(row)
        if upt.code and upt.code in lines:
            row.reject("code", f'"{upt.code}" is already on line {lines[upt.code]}')
        lines.setdefault(upt.code, row.line)
        if kanwils.setdefault(upt.kanwil_slug, upt.kanwil) != upt.kanwil:
            row.reject("kanwil", f'also spelled "{kanwils[upt.kanwil_slug]}" in this file')
        if row.is_good:
            upts.rows.append(upt)
            upts.codes_by_name[join(upt.name)].add(upt.code)
        else:
            upts.doubtful_names.add(join(upt.name))
    return upts


def _upt_of(row: Row) -> UptRow:
    kanwil = _name_of(row, "kanwil")
    province, regency = _region_of(row)
    return UptRow(
        code=row.matching("code", _CODE, "a code of capitals, digits and single hyphens"),
        name=_name_of(row, "name"),
        kind=row.choice("type", UPT_KINDS),
        security_class=row.matching("class", _CLASS, "a class like I, IIA or III", required=False),
        kanwil_slug=_KANWIL_PREFIX.sub("", slug_of(kanwil)),
        kanwil=kanwil,
        province_code=province.code,
        province=province.name,
        regency_code=regency.code,
        city=regency.name,
        source_url=row.link("source_url"),
    )


def _name_of(row: Row, column: str) -> str:
    name = row.text(column)
    if name and not fold(name):
        row.reject(column, f'"{name}" has no letter or digit')
    return name


def _region_of(row: Row) -> tuple[Province, Regency]:
    province_name, city = row.text("province"), row.text("city")
    nowhere = Province("", ""), Regency("", "")
    if not province_name or not city:
        return nowhere
    province = find_province(province_name)
    if province is None:
        row.reject("province", f'"{province_name}" is not a province of Indonesia')
        return nowhere
    regencies = find_regencies(province.code, city)
    if not regencies:
        row.reject("city", f'"{city}" is not a kabupaten or kota of {province.name}')
        return nowhere
    if len(regencies) > 1:
        row.reject("city", f'"{city}" may be {" or ".join(regency.name for regency in regencies)}')
    return province, regencies[0]
