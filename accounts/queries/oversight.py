"""The UPTs an office looks after: one of them by its code, and what it was told that nobody has seen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import UptNotFound
from accounts.models import Handover, Kanwil, Upt
from accounts.queries.people import in_scope
from accounts.rules import Actor


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """A UPT as the offices above it see it."""

    id: int
    code: str
    name: str
    kanwil_id: int
    kanwil: str
    province_code: str


def looked_after(session: Session, actor: Actor, upt_code: str) -> LookedAfter:
    """The UPT of this code, if the actor's office looks after it. Raises UptNotFound."""
    query = (
        select(Upt.id, Upt.code, Upt.name, Upt.kanwil_id, Kanwil.name, Upt.province_code)
        .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        .where(Upt.code == upt_code, in_scope(actor.only("upt.oversee")))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise UptNotFound(upt_code=upt_code)
    return LookedAfter(*row)


def told_to(session: Session, upt: LookedAfter) -> Sequence[Handover]:
    """The messages to a UPT that nobody there has seen to, the oldest first."""
    waiting = (Handover.upt_id == upt.id, Handover.kind == "message", Handover.done_at.is_(None))
    return session.scalars(select(Handover).where(*waiting).order_by(Handover.at, Handover.id)).all()
