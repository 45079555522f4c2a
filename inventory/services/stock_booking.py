"""Tables of changes to stock: their rows looked up, and booked on their shelves, portion by portion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.categories import FOOD_CATEGORIES
from inventory.counting import SHEET_REASONS, needs_second
from inventory.events import BackInStock
from inventory.queries.imported import named_shelves, upts_of
from inventory.rules import CATALOGUE
from inventory.services.batch_moves import put_back, take_out, turn_around
from inventory.services.table_rows import MAKE_SHELVES, Booking, Check, Kind, Wrong
from inventory.stock_file import STOCK
from inventory.table_file import TableLine
from kernel.clock import jakarta_day
from kernel.db import mark_changed
from kernel.outbox import publish

Seen = dict[tuple[int, int], int]
"""The shelves that stood in earlier rows, and in which."""


def begin_check(actor: Actor, _at: datetime) -> Check:
    """How the rows of one table of changes are looked up."""
    seen: Seen = {}

    def check(session: Session, lines: Sequence[TableLine]) -> Iterator[tuple[TableLine, dict[str, Any]]]:
        found = named_shelves(session, lines, upts_of(actor, "stock"))
        for place, line in enumerate(lines):
            shelf = found.get(place)
            _check_line(line, shelf, seen)
            yield (
                line,
                {}
                if shelf is None
                else {
                    "upt_id": shelf.upt_id,
                    "variant_id": shelf.variant_id,
                    **line.says,
                },
            )

    return check


def _check_line(line: TableLine, shelf: Any, seen: Seen) -> None:
    if shelf is None:
        if line.upt_code and line.sku:
            line.errors.append(("sku", "stock_not_found", {}))
        return
    delta, reason = line.says["delta"], line.says["reason"]
    first = seen.setdefault((shelf.upt_id, shelf.variant_id), line.line)
    if first != line.line:
        line.errors.append(("sku", "table_twice", {"line": first}))
    if line.says["kind"] == "received" and shelf.category in FOOD_CATEGORIES:
        line.errors.append(("reason", "batch_needed", {}))
    if delta is not None and reason in SHEET_REASONS and needs_second(delta, shelf.price):
        line.errors.append(("delta", "count_on_sheet", {}))
    if delta is not None and shelf.available + delta < 0:
        line.errors.append(("delta", "stock_too_low", {"available": shelf.available}))


def cause_of(key: UUID) -> str:
    """What the ledger's lines of a table have as their cause: a shelf stands in a table once."""
    return f"table:{key}"


def hold_shelves(session: Session, booking: Booking) -> Sequence[Wrong]:
    """Make and hold all shelves of a table, in the order of their ids; the rows that take too much, with what
    is free on their shelf.
    """
    session.execute(MAKE_SHELVES, {"import_id": booking.import_id})
    return [
        (line, [("delta", "stock_too_low", {"available": available})])
        for line, available in session.execute(_HOLD_AND_CHECK, {"import_id": booking.import_id})
    ]


def book_rows(session: Session, booking: Booking) -> None:
    """Move the counters and write the ledger, row by row of a table whose shelves are held and suffice.

    One entry in the audit log for each UPT; the ledger names every piece.
    """
    actor, at, table = booking.actor, booking.at, {"import_id": booking.import_id}
    stock_ids = session.scalars(_STOCK_IDS, table).all()
    totals = session.execute(_TOTALS, table).all()
    undone = session.scalar(_UNDONE, table)
    cause, done = cause_of(booking.key), 0
    for begin in range(0, len(stock_ids), booking.at_once):
        portion = stock_ids[begin : begin + booking.at_once]
        values = {
            **table,
            "first": portion[0],
            "last": portion[-1],
            "cause": cause,
            "undone": undone and cause_of(undone),
            "user_id": actor.user_id,
            "label": actor.label,
            "at": at,
            "day": jakarta_day(at),
        }
        session.execute(_MOVE, values)
        session.execute(_WRITE, values)
        _move_batches(session, values)
        for variant_id in session.scalars(_BACK, values):
            publish(session, BackInStock(variant_id))
        done += len(portion)
        booking.tell(done)
    mark_changed(session, CATALOGUE)
    for total in totals:
        audit.record(
            session,
            actor,
            "stock.table",
            "stock",
            total.upt_code,
            at=at,
            upt_id=total.upt_id,
            before={"on_hand": int(total.on_hand)},
            after={
                "on_hand": int(total.on_hand + total.delta),
                "rows": total.rows,
                "table": str(booking.key),
            },
        )


def _move_batches(session: Session, values: dict[str, Any]) -> None:
    """Of shelves that know batches, the pieces leave them and come back as with any correction; those of a
    table that is taken back, the way they went.
    """
    for row in session.execute(_WITH_BATCHES, values).all():
        if row.turned is not None:
            turn_around(
                session, row.stock_id, row.delta, entry_id=row.id, of_entry=row.turned, left=row.on_hand
            )
        elif row.delta < 0:
            take_out(session, row.stock_id, -row.delta, entry_id=row.id, left=row.on_hand)
        elif row.kind == "adjusted":
            put_back(session, row.stock_id, row.delta, entry_id=row.id)


_HOLD_AND_CHECK = text(
    """
    WITH held AS (
        SELECT r.line, r.delta, s.available
        FROM sheet_import_rows r JOIN stocks s ON s.variant_id = r.variant_id AND s.upt_id = r.upt_id
        WHERE r.import_id = :import_id ORDER BY s.id FOR UPDATE OF s
    )
    SELECT line, available FROM held WHERE available + delta < 0 ORDER BY line
    """
)

_ROWS = """
    FROM sheet_import_rows r JOIN stocks s ON s.variant_id = r.variant_id AND s.upt_id = r.upt_id
    WHERE r.import_id = :import_id
"""

_PORTION = f"{_ROWS} AND s.id BETWEEN :first AND :last"

_STOCK_IDS = text(f"SELECT s.id {_ROWS} ORDER BY s.id")

_TOTALS = text(
    f"""
    SELECT u.id AS upt_id, u.code AS upt_code, t.on_hand, t.delta, t.rows FROM (
        SELECT r.upt_id, sum(s.on_hand) AS on_hand, sum(r.delta) AS delta, count(*) AS rows {_ROWS}
        GROUP BY r.upt_id
    ) t JOIN upts u ON u.id = t.upt_id ORDER BY u.id
    """  # noqa: S608 -- of our own words, for bound values
)

_MOVE = text(
    f"""
    UPDATE stocks SET on_hand = stocks.on_hand + moved.delta
    FROM (SELECT s.id, r.delta {_PORTION}) moved WHERE stocks.id = moved.id
    """  # noqa: S608 -- of our own words, for bound values
)

_WRITE = text(
    f"""
    INSERT INTO ledger_entries (stock_id, kind, delta, reason, cause, actor_user_id, actor_label, at)
    SELECT s.id, r.kind, r.delta, r.reason, :cause, CAST(:user_id AS bigint), :label, CAST(:at AS timestamptz)
    {_PORTION} ORDER BY r.line
    """
)

_UNDONE = text(
    "SELECT u.key FROM sheet_imports i JOIN sheet_imports u ON u.id = i.undoes_id WHERE i.id = :import_id"
)

_WITH_BATCHES = text(
    """
    SELECT l.id, l.stock_id, l.kind, l.delta, s.on_hand, turned.id AS turned
    FROM ledger_entries l JOIN stocks s ON s.id = l.stock_id
    LEFT JOIN ledger_entries turned ON turned.stock_id = l.stock_id AND turned.cause = CAST(:undone AS text)
                                   AND turned.kind IN ('received', 'adjusted')
    WHERE l.stock_id BETWEEN :first AND :last AND l.cause = :cause
      AND EXISTS (SELECT FROM batches b WHERE b.stock_id = l.stock_id)
    ORDER BY l.stock_id
    """
)

# who waits is told when the free pieces rose from none, those past their date apart (services.stock)
_BACK = text(
    f"""
    SELECT DISTINCT back.variant_id FROM (
        SELECT s.variant_id, r.delta, s.available - coalesce((
            SELECT sum(b.remaining) FROM batches b
            WHERE b.stock_id = s.id AND b.remaining > 0 AND b.expires_on < :day), 0) AS fresh
        {_PORTION} AND r.delta > 0
          AND EXISTS (SELECT FROM restock_requests q WHERE q.variant_id = s.variant_id
                      AND q.ended_at IS NULL AND q.confirmed_at IS NOT NULL)
    ) back WHERE 0 < back.fresh AND back.fresh <= back.delta
    """  # noqa: S608 -- of our own words, for bound values
)

STOCK_TABLE = Kind(STOCK, begin_check, hold_shelves, book_rows)
"""Plus or minus beside each shelf."""
