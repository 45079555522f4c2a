"""The rows of a table that was sent in, as its page shows them: what each changes, or what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from inventory.batch_file import DAYS, OWN_COLUMNS
from inventory.product_sheet import part_of
from inventory.queries.imported import TableRow, TableView
from inventory.services import tables as service
from inventory.web.product_words import FIELD_NAMES, Categories, value_words
from inventory.web.stock import REASONS
from inventory.web.table_words import HEADINGS
from kernel.i18n import long_date
from kernel.web import sentence

_UNSAID: tuple[object, ...] = (None, "", [])
_LONGEST_SHOWN = 200  # characters of a text that changes


@dataclass(frozen=True, slots=True)
class Change:
    """What will stand there, and what stood there where that is told: values as they are read."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: in which column, what was written there, what is said of it, where to do it instead."""

    label: str
    written: str
    said: str
    instead: str | None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row: what it is about, with the address of its page where there is one."""

    line: int
    name: str | None
    variant: str | None
    code: str
    address: str | None
    changes: list[Change]
    faults: list[Fault]


def shown_row(table: TableView, row: TableRow, categories: Categories) -> ShownRow:
    """A row of this table as its page shows it."""
    if row.says is not None and table.kind in ("prices", "products"):
        return _writing(row, row.says, categories)
    changes: Iterable[Change] = ()
    if not row.errors:
        changes = _batch(row) if table.kind == "batches" else _stock(row, is_done=table.state != "ready")
    address = url_for("stock.stock", upt_code=row.upt_code, sku=row.sku) if row.upt_code and row.sku else None
    return ShownRow(
        line=row.line,
        name=row.product,
        variant=row.variant,
        code=" ".join((row.upt_code or row.written.get("upt", ""), row.sku or row.written.get("sku", ""))),
        address=address,
        changes=list(changes),
        faults=[_fault(row, *error) for error in row.errors],
    )


def why_refused(table: TableView) -> str:
    """Why a table is refused as a whole, columns by the names they have in the reader's language; or ''."""
    if not table.refusal:
        return ""
    missing = [str(HEADINGS[name]) for name in table.parameters.get("missing", ())]
    return sentence(service.refused(table.refusal, {**table.parameters, "columns": ", ".join(missing)}))


def _writing(row: TableRow, says: Mapping[str, Any], categories: Categories) -> ShownRow:
    """A row about a product: each field before and after, in the order of the form."""
    places = {name: place for place, name in enumerate(FIELD_NAMES)}
    changes = []
    for field in sorted(says["fields"], key=lambda field: places[part_of(field)[1]]):
        before, after = says["seen"].get(field), says["fields"][field]
        if before != after and not (before in _UNSAID and after in _UNSAID):
            told = None if before in _UNSAID else value_words(field, before, categories)
            words = value_words(field, after, categories)
            changes.append(Change(str(HEADINGS[part_of(field)[1]]), told and _short(told), _short(words)))
    return ShownRow(
        line=row.line,
        name=says["product"],
        variant=says["variant"],
        code=row.written.get("sku", ""),
        address=url_for("products.product", slug=says["slug"]) if says["slug"] else None,
        changes=changes,
        faults=[_fault(row, *error) for error in row.errors],
    )


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN].rstrip()} …"


def _fault(row: TableRow, column: str, code: str, parameters: dict[str, object]) -> Fault:
    instead = url_for("counts.counts") if code == "count_on_sheet" else None
    said = sentence(service.refused(code, parameters))
    return Fault(str(HEADINGS[column]), row.written.get(column, ""), said, instead)


def _stock(row: TableRow, *, is_done: bool) -> Iterable[Change]:
    delta, on_hand, reason = row.delta or 0, row.on_hand or 0, str(row.reason)
    yield Change(str(HEADINGS["delta"]), None, f"{delta:+d}".replace("-", "−"))
    if not is_done:
        yield Change(str(HEADINGS["on_hand"]), str(on_hand), str(on_hand + delta))
    yield Change(str(HEADINGS["reason"]), None, str(REASONS.get(reason, reason)))


def _batch(row: TableRow) -> Iterable[Change]:
    says = row.says or {}
    for name in OWN_COLUMNS:
        value = says.get(name)
        if value not in (None, ""):
            words = long_date(date.fromisoformat(value)) if name in DAYS else str(value)
            yield Change(str(HEADINGS[name]), None, words)
