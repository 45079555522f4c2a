"""Tables of production batches: their rows looked up, and noted one after the other, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.batch_file import BATCHES, batch_entry
from inventory.categories import FOOD_CATEGORIES
from inventory.errors import BatchRefused
from inventory.queries.imported import named_shelves, upts_of
from inventory.rules import BatchEntry, batch_code, check_batch
from inventory.services.batches import Shelf, put_batch
from inventory.services.table_rows import MAKE_SHELVES, Booking, Check, Kind, Wrong
from inventory.table_file import RowError, TableLine
from kernel.i18n import province_zone

Codes = dict[tuple[int, int], list[str]]
"""What the batches on each shelf are called, those of earlier rows included."""

_TELL_EVERY = 50


def begin_check(actor: Actor, at: datetime) -> Check:
    """How the rows of one table of batches are looked up."""
    codes: Codes = {}

    def check(session: Session, lines: Sequence[TableLine]) -> Iterator[tuple[TableLine, dict[str, Any]]]:
        found = named_shelves(session, lines, upts_of(actor, "batches"), with_codes=True)
        for place, line in enumerate(lines):
            shelf = found.get(place)
            if shelf is None and line.upt_code and line.sku:
                line.errors.append(("sku", "stock_not_found", {}))
            if shelf is None or line.errors:
                yield line, {}
                continue
            entry = batch_entry(line.says)
            line.errors += _errors(entry, shelf, codes, at)
            yield line, {"upt_id": shelf.upt_id, "variant_id": shelf.variant_id, "says": line.says}

    return check


def _errors(entry: BatchEntry, shelf: Any, codes: Codes, at: datetime) -> list[RowError]:
    """What is wrong with a batch for its shelf today; a right one adds its code to those known."""
    known = codes.setdefault((shelf.upt_id, shelf.variant_id), list(shelf.codes))
    day = at.astimezone(province_zone(shelf.province_code)).date()
    try:
        check_batch(entry, day=day, must_expire=shelf.category in FOOD_CATEGORIES)
        known.append(batch_code(entry.code, entry.made_on, known))
    except BatchRefused as refusal:
        told = {name: value for name, value in refusal.parameters.items() if name != "field"}
        return [(refusal.parameters["field"], refusal.code, told)]
    return []


def hold_shelves(session: Session, booking: Booking) -> Sequence[Wrong]:
    """Make and hold all shelves of a table, in the order of their ids; the rows that are wrong by now."""
    table = {"import_id": booking.import_id}
    session.execute(MAKE_SHELVES, table)
    session.execute(_HOLD, table)
    codes: Codes = {}
    rows = session.execute(_ROWS, table).all()
    checked = [(row.line, _errors(batch_entry(row.says), row, codes, booking.at)) for row in rows]
    return [(line, errors) for line, errors in checked if errors]


def book_rows(session: Session, booking: Booking) -> None:
    """Note every batch of a table, and one entry in the audit log for each UPT."""
    actor, at, table = booking.actor, booking.at, {"import_id": booking.import_id}
    totals = session.execute(_TOTALS, table).all()
    codes: Codes = {}
    good: dict[int, int] = {}
    for done, row in enumerate(session.execute(_ROWS, table).all(), start=1):
        entry, shelf = batch_entry(row.says), Shelf(row.stock_id, row.variant_id, row.upt_id)
        known = codes.setdefault((row.upt_id, row.variant_id), list(row.codes))
        code = batch_code(entry.code, entry.made_on, known)
        known.append(code)
        batch_key = uuid5(booking.key, str(row.line))
        pieces = put_batch(session, shelf, entry, code=code, key=batch_key, actor=actor, at=at)
        good[row.upt_id] = good.get(row.upt_id, 0) + pieces
        if done % _TELL_EVERY == 0:
            booking.tell(done)
    for total in totals:
        audit.record(
            session,
            actor,
            "stock.batches",
            "stock",
            total.upt_code,
            at=at,
            upt_id=total.upt_id,
            before={"on_hand": total.on_hand},
            after={
                "on_hand": total.on_hand + good[total.upt_id],
                "rows": total.rows,
                "table": str(booking.key),
            },
        )


_HOLD = text(
    """
    SELECT s.id FROM stocks s
    WHERE EXISTS (SELECT FROM sheet_import_rows r WHERE r.import_id = :import_id
                  AND r.variant_id = s.variant_id AND r.upt_id = s.upt_id)
    ORDER BY s.id FOR UPDATE
    """
)

_ROWS = text(
    """
    SELECT r.line, r.says, s.id AS stock_id, s.variant_id, s.upt_id, u.province_code, c.slug AS category,
           ARRAY(SELECT b.code FROM batches b WHERE b.stock_id = s.id) AS codes
    FROM sheet_import_rows r
    JOIN stocks s ON s.variant_id = r.variant_id AND s.upt_id = r.upt_id
    JOIN upts u ON u.id = r.upt_id
    JOIN variants v ON v.id = r.variant_id
    JOIN products p ON p.id = v.product_id
    JOIN categories c ON c.id = p.category_id
    WHERE r.import_id = :import_id ORDER BY r.line
    """
)

_TOTALS = text(
    """
    SELECT u.id AS upt_id, u.code AS upt_code,
           CAST(sum(s.on_hand) AS bigint) AS on_hand, CAST(sum(t.rows) AS bigint) AS rows FROM (
        SELECT upt_id, variant_id, count(*) AS rows FROM sheet_import_rows
        WHERE import_id = :import_id GROUP BY upt_id, variant_id
    ) t JOIN stocks s ON s.variant_id = t.variant_id AND s.upt_id = t.upt_id
    JOIN upts u ON u.id = t.upt_id GROUP BY u.id, u.code ORDER BY u.id
    """
)

BATCH_TABLE = Kind(BATCHES, begin_check, hold_shelves, book_rows)
"""A batch a row."""
