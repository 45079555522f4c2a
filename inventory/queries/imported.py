"""Tables that officers sent in: which there are, how far each is, and what its rows would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from accounts.models import Upt
from accounts.rules import Actor, Permission
from inventory.errors import TableNotFound
from inventory.models import Product, SheetImport, SheetImportRow, Stock, Variant
from inventory.table_file import TableLine
from kernel.db import in_portions

MOST_TABLES = 20
ROWS_SHOWN = 50
_EXPORTED_AT_ONCE = 1000

PERMISSIONS: Mapping[str, Permission] = {
    "stock": "stock.change",
    "batches": "stock.change",
    "prices": "product.work",
    "products": "product.work",
}
"""What whoever sends a table of a kind has to be allowed."""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table: its `kind` and `state`, how far the worker is, why it is refused.

    `undoes` is the key of what it takes back, `undone_by` that of the table that takes this one back.
    """

    key: UUID
    kind: str
    state: str
    file_name: str
    rows_done: int
    row_count: int
    error_count: int
    refusal: str | None
    parameters: dict[str, Any]
    sent_at: datetime
    applied_at: datetime | None
    undoes: UUID | None
    undone_by: UUID | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of it; `on_hand` are the pieces there now. Of a wrong row `written` is all that is known.

    `delta` and `reason` are those of a change of stock, `says` what a row of another kind says.
    """

    line: int
    written: dict[str, str]
    errors: list[tuple[str, str, dict[str, Any]]]
    upt_code: str | None
    sku: str | None
    product: str | None
    variant: str | None
    on_hand: int | None
    delta: int | None
    reason: str | None
    says: dict[str, Any] | None


def upts_of(actor: Actor, kind: str) -> frozenset[int]:
    """The UPTs for which the actor sends tables of a kind."""
    return actor.only(PERMISSIONS[kind]).upt_ids


def is_theirs(actor: Actor) -> ColumnElement[bool]:
    """Tables of no UPT but those."""
    return or_(
        *(
            and_(
                SheetImport.kind == kind,
                SheetImport.upt_ids.bool_op("<@")(cast(sorted(upts_of(actor, kind)), ARRAY(BigInteger))),
            )
            for kind in PERMISSIONS
        )
    )


def tables_of(session: Session, actor: Actor, kind: str) -> Sequence[TableView]:
    """The newest tables of a kind of the actor's UPTs."""
    query = _views().where(is_theirs(actor), SheetImport.kind == kind)
    rows = session.execute(
        query.order_by(SheetImport.sent_at.desc(), SheetImport.id.desc()).limit(MOST_TABLES)
    )
    return [TableView(*row) for row in rows]


def table_rows(session: Session, actor: Actor, kind: str) -> Iterator[TableView]:
    """All of them, in the same order."""
    query = _views().where(is_theirs(actor), SheetImport.kind == kind)
    for row in in_portions(session, query, (SheetImport.sent_at, SheetImport.id), is_falling=True):
        yield TableView(*row)


def table_of(session: Session, actor: Actor, key: UUID) -> TableView:
    """One table of the actor's UPTs. Raises TableNotFound."""
    row = session.execute(_views().where(SheetImport.key == key, is_theirs(actor))).one_or_none()
    if row is None:
        raise TableNotFound
    return TableView(*row)


def rows_of_table(
    session: Session, key: UUID, *, after: int, only_wrong: bool, most: int = ROWS_SHOWN
) -> tuple[Sequence[TableRow], bool]:
    """Rows of a table behind line `after`, and whether there are more; the caller has asked whose it is."""
    columns: tuple[Any, ...] = (SheetImportRow.line, SheetImportRow.written, SheetImportRow.errors)
    columns += (Upt.code, Variant.sku, Product.name, Variant.name, func.coalesce(Stock.on_hand, 0))
    columns += (SheetImportRow.delta, SheetImportRow.reason, SheetImportRow.says)
    query = (
        select(*columns)
        .join_from(SheetImportRow, SheetImport, SheetImport.id == SheetImportRow.import_id)
        .outerjoin(Upt, Upt.id == SheetImportRow.upt_id)
        .outerjoin(Variant, Variant.id == SheetImportRow.variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .outerjoin(Stock, and_(Stock.upt_id == Upt.id, Stock.variant_id == Variant.id))
        .where(SheetImport.key == key, SheetImportRow.line > after)
        .order_by(SheetImportRow.line)
        .limit(most + 1)
    )
    if only_wrong:
        query = query.where(SheetImportRow.errors != [])
    rows = [TableRow(*row) for row in session.execute(query)]
    return rows[:most], len(rows) > most


def all_rows_of_table(session: Session, key: UUID, *, only_wrong: bool) -> Iterator[TableRow]:
    """All of them, read a thousand at a time; the caller has asked whose the table is."""
    after, has_more = 0, True
    while has_more:
        rows, has_more = rows_of_table(
            session, key, after=after, only_wrong=only_wrong, most=_EXPORTED_AT_ONCE
        )
        yield from rows
        after = rows[-1].line if rows else after


def owned_tables(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to a table that is still to be read."""
    query = select(SheetImport.file_key).where(SheetImport.state == "reading", SheetImport.file_key.in_(keys))
    return set(session.scalars(query))


def _views() -> Any:
    undone, undoing = aliased(SheetImport), aliased(SheetImport)
    taken_back = and_(
        undoing.undoes_id == SheetImport.id, undoing.state.in_(("ready", "applying", "applied"))
    )
    return (
        select(
            *(SheetImport.key, SheetImport.kind, SheetImport.state, SheetImport.file_name),
            SheetImport.rows_done,
            *(SheetImport.row_count, SheetImport.error_count, SheetImport.refusal, SheetImport.parameters),
            *(SheetImport.sent_at, SheetImport.applied_at, undone.key, undoing.key),
        )
        .outerjoin(undone, undone.id == SheetImport.undoes_id)
        .outerjoin(undoing, taken_back)
    )


def named_shelves(
    session: Session, lines: Sequence[TableLine], upt_ids: frozenset[int], *, with_codes: bool = False
) -> dict[int, Any]:
    """The shelves of these UPTs that rows name, by the row's place; with their batches' codes if asked."""
    named = {
        "upt_codes": [line.upt_code for line in lines],
        "skus": [line.sku for line in lines],
        "upt_ids": sorted(upt_ids),
        "with_codes": with_codes,
    }
    return {row.place - 1: row for row in session.execute(_NAMED_SHELVES, named)}


_NAMED_SHELVES = text(
    """
    SELECT a.place, u.id AS upt_id, u.province_code, v.id AS variant_id, v.price, c.slug AS category,
           coalesce(s.available, 0) AS available,
           ARRAY(SELECT b.code FROM batches b WHERE :with_codes AND b.stock_id = s.id) AS codes
    FROM unnest(CAST(:upt_codes AS text[]), CAST(:skus AS text[])) WITH ORDINALITY a (upt_code, sku, place)
    JOIN upts u ON u.code = a.upt_code AND u.id = ANY (CAST(:upt_ids AS bigint[]))
    JOIN variants v ON v.sku = a.sku
    JOIN products p ON p.id = v.product_id
    JOIN categories c ON c.id = p.category_id
    LEFT JOIN stocks s ON s.variant_id = v.id AND s.upt_id = u.id
    WHERE s.id IS NOT NULL
       OR (p.kind = 'good' AND EXISTS (SELECT FROM makers m WHERE m.product_id = p.id AND m.upt_id = u.id))
    """
)
