"""Tables that officers sent in as files to keep: which there were, and what is said of the rows of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response
from flask_babel import gettext, lazy_gettext

from accounts.web.guards import staff_page
from accounts.web.session import current_actor
from inventory.queries.drafts import category_names
from inventory.queries.imported import TableView, all_rows_of_table, table_of, table_rows
from inventory.web.import_rows import Change, Fault, ShownRow, shown_row, why_refused
from inventory.web.imports import ADDRESSES, OTHER_TABLES, STOCK, TABLES
from inventory.web.table_words import STATES
from kernel.clock import JAKARTA
from kernel.db import reading_session
from kernel.sheets import Column, sheet_answer

blueprint = Blueprint("import_files", __name__)


@dataclass(frozen=True, slots=True)
class _Said:
    """A row of a table with one thing that is said of it; a row of which nothing is has none."""

    row: ShownRow
    said: Change | Fault | None


@blueprint.get(f"{TABLES}/terkirim.<any(csv, xlsx):ending>", defaults=STOCK)
@blueprint.get(f"{OTHER_TABLES}/terkirim.<any(csv, xlsx):ending>")
@staff_page("stock.change")
def sent_before(word: str, ending: str) -> Response:
    """The tables of a kind that the page lists, all of them."""
    rows = table_rows(reading_session(), current_actor(), ADDRESSES[word])
    return sheet_answer(f"tabel-{word}", ending, _TABLE_COLUMNS, rows)


@blueprint.get(f"{TABLES}/<uuid:key>/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.change")
def rows(key: UUID, ending: str) -> Response:
    """The rows that the page of a table shows: what is wrong in them, or what they change."""
    table = table_of(reading_session(), current_actor(), key)
    columns = _FAULT_COLUMNS if table.error_count else _CHANGE_COLUMNS
    return sheet_answer("isi-tabel", ending, (*_ROW_COLUMNS, *columns), _rows(table))


def _rows(table: TableView) -> Iterator[_Said]:
    if table.state in ("reading", "applying"):
        return
    session = reading_session()
    categories, only_wrong = category_names(session), table.error_count > 0
    for found in all_rows_of_table(session, table.key, only_wrong=only_wrong):
        row = shown_row(table, found, categories)
        everything: tuple[Change | Fault | None, ...] = (*row.changes, *row.faults)
        for said in everything or (None,):
            yield _Said(row, said)


_TABLE_COLUMNS = (
    Column[TableView](lazy_gettext("File"), lambda row: row.file_name or gettext("Table")),
    Column[TableView](lazy_gettext("State"), lambda row: str(STATES[row.state])),
    Column[TableView](lazy_gettext("Rows"), lambda row: row.row_count),
    Column[TableView](lazy_gettext("Wrong rows"), lambda row: row.error_count),
    Column[TableView](lazy_gettext("What is wrong"), why_refused),
    Column[TableView](lazy_gettext("Sent"), lambda row: row.sent_at.astimezone(JAKARTA)),
    Column[TableView](
        lazy_gettext("Booked"), lambda row: row.applied_at and row.applied_at.astimezone(JAKARTA)
    ),
    Column[TableView](
        lazy_gettext("Takes a table back"), lambda row: gettext("Yes") if row.undoes else gettext("No")
    ),
)

_ROW_COLUMNS = (
    Column[_Said](lazy_gettext("Row"), lambda each: each.row.line),
    Column[_Said](lazy_gettext("UPT and SKU"), lambda each: each.row.code),
    Column[_Said](lazy_gettext("Product"), lambda each: each.row.name),
    Column[_Said](lazy_gettext("Variant"), lambda each: each.row.variant),
    Column[_Said](lazy_gettext("Column"), lambda each: each.said and each.said.label),
)

_FAULT_COLUMNS = (
    Column[_Said](lazy_gettext("What is written"), lambda each: getattr(each.said, "written", None)),
    Column[_Said](lazy_gettext("What is wrong"), lambda each: getattr(each.said, "said", None)),
)

_CHANGE_COLUMNS = (
    Column[_Said](lazy_gettext("Before"), lambda each: getattr(each.said, "before", None)),
    Column[_Said](lazy_gettext("After"), lambda each: getattr(each.said, "after", None)),
)
