"""Taking a table of stock back by another one, which is looked at and booked like any other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.errors import TableMoved
from inventory.models import SheetImport
from inventory.rules import UNDONE
from inventory.services.stock_booking import cause_of
from inventory.services.table_record import tell_of_table
from inventory.services.tables import own_table, refuse_stand_in


def undo_table(session: Session, key: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Make the table that takes an applied one back, ready to be looked at; gives its key.

    It is made of what the ledger says was booked. Raises TableNotFound, TableMoved, TableNotForStandIn.
    """
    refuse_stand_in(actor)
    audit.hold(session)
    table = own_table(session, key, actor=actor)
    taken_back = select(SheetImport.id).where(
        SheetImport.undoes_id == table.id, SheetImport.state.in_(("ready", "applying", "applied"))
    )
    is_stock = table.kind == "stock" and table.undoes_id is None
    if table.state != "applied" or not is_stock or session.scalar(taken_back) is not None:
        raise TableMoved
    counter = SheetImport(
        key=uuid4(),
        kind=table.kind,
        state="ready",
        user_id=actor.user_id,
        user_label=actor.label,
        upt_ids=table.upt_ids,
        file_name=table.file_name,
        file_key="",
        row_count=table.row_count,
        rows_done=table.row_count,
        sent_at=at,
        undoes_id=table.id,
    )
    session.add(counter)
    session.flush()
    values = {"counter": counter.id, "cause": cause_of(table.key), "reason": UNDONE, "import_id": table.id}
    session.execute(_COUNTER_ROWS, values)
    after = {"takes_back": str(table.key), "rows": table.row_count}
    tell_of_table(session, counter, "table.take_back", after=after, actor=actor, at=at)
    return counter.key


_COUNTER_ROWS = text(
    """
    INSERT INTO sheet_import_rows (import_id, line, written, upt_id, variant_id, kind, delta, reason)
    SELECT :counter, r.line, r.written, r.upt_id, r.variant_id, 'adjusted', -l.delta, :reason
    FROM sheet_import_rows r
    JOIN stocks s ON s.upt_id = r.upt_id AND s.variant_id = r.variant_id
    JOIN ledger_entries l ON l.stock_id = s.id AND l.kind = r.kind AND l.cause = :cause
    WHERE r.import_id = :import_id
    """
)
