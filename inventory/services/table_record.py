"""What officers do with a table, in the audit log: it is sent, confirmed, put aside, taken back.

What its rows change is told of by those who book them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services import audit
from inventory.models import SheetImport


def tell_of_table(
    session: Session,
    table: SheetImport,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Leave an entry in the audit log of each UPT the table is of.

    Whoever changes a table and tells of it holds the log's head first: the worker that books one has it when
    it comes to the table again.
    """
    session.flush()
    said = {"state": table.state, "kind": table.kind, **(after or {})}
    for upt_id in sorted(table.upt_ids):
        audit.record(
            session, actor, action, "table", str(table.key), at=at, upt_id=upt_id, before=before, after=said
        )
