"""The audit log: one row for each privileged change. The database chains the rows and keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, AuditHead
from accounts.rules import Actor
from kernel import log


def hold(session: Session) -> None:
    """Take the lock on the chain's head before anything else, which `record` takes otherwise.

    For what must not change a thing while somebody who has written an entry goes on to that thing.
    """
    session.execute(select(AuditHead.id).with_for_update())


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_key: str,
    *,
    at: datetime,
    upt_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry in the caller's transaction, so that change and entry stand or fall together.

    `action` is "<object>.<verb>", `object_key` what people call the object by; `before` and `after` hold the
    changed values as plain JSON. It takes the lock on the chain's head: call it last in a transaction.
    """
    session.execute(
        insert(AuditEntry).values(
            at=at,
            actor_user_id=actor.user_id,
            actor_label=actor.label,
            actor_roles=sorted(actor.roles),
            actor_upts=sorted(actor.upt_ids),
            action=action,
            object_kind=object_kind,
            object_key=object_key,
            upt_id=upt_id,
            request_id=log.request_id.get(),
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )
