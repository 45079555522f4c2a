"""What an office does for the UPTs it looks after: it tells them something, and steps in where nobody is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.errors import HandoverTooLong, ReasonMissing, UptNotFound
from accounts.models import Handover, Upt, User, UserSession
from accounts.queries import actor_of
from accounts.queries.oversight import looked_after
from accounts.rules import LONGEST_HANDOVER, LONGEST_REASON, Actor
from accounts.services import audit

STANDS_IN_FOR = timedelta(hours=2)


def step_in(
    session: Session, session_id: UUID, upt_code: str, reason: str, *, actor: Actor, at: datetime
) -> datetime:
    """Let one device of somebody work for a UPT of theirs for a while; gives when that ends.

    It may do there what keeps orders going, and nothing that the office above has to decide on. Audited with
    the reason, and so is each thing that is done. Raises UptNotFound, ReasonMissing.
    """
    upt = looked_after(session, _as_of_now(session, actor), upt_code)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ReasonMissing(most=LONGEST_REASON)
    until = at + STANDS_IN_FOR
    device = update(UserSession).where(UserSession.id == session_id, UserSession.user_id == actor.user_id)
    session.execute(device.values(acts_for_upt_id=upt.id, acts_until=until))
    after = {"reason": reason, "until": until.isoformat()}
    audit.record(session, actor, "upt.step_in", "upt", upt.code, at=at, upt_id=upt.id, after=after)
    return until


def step_out(session: Session, session_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Let a device work in its owner's own name again; says whether it still worked for a UPT. Audited then.

    What has ended by itself needs no entry: that of stepping in says until when.
    """
    device = select(UserSession).where(UserSession.id == session_id).with_for_update()
    signed_in = session.scalars(device).one_or_none()
    if signed_in is None or signed_in.acts_for_upt_id is None or signed_in.acts_until is None:
        return False
    upt, until = session.get_one(Upt, signed_in.acts_for_upt_id), signed_in.acts_until
    signed_in.acts_for_upt_id = signed_in.acts_until = None
    session.flush()
    if until <= at:
        return False
    audit.record(session, actor, "upt.step_out", "upt", upt.code, at=at, upt_id=upt.id)
    return True


def tell_upt(session: Session, upt_code: str, body: str, *, key: UUID, actor: Actor, at: datetime) -> bool:
    """Leave a message on the first page of a UPT's officers, until one of them has seen to it.

    `key` is that of the form: sent twice, it counts once. Audited without its words, which are forgotten with
    it. Says whether it was new. Raises UptNotFound, HandoverTooLong.
    """
    upt = looked_after(session, _as_of_now(session, actor), upt_code)
    body = body.strip().replace("\r\n", "\n")
    if not 0 < len(body) <= LONGEST_HANDOVER:
        raise HandoverTooLong(most=LONGEST_HANDOVER)
    if session.scalar(select(Handover.id).where(Handover.key == key)) is not None:
        return False
    session.add(
        Handover(key=key, kind="message", upt_id=upt.id, about="", body=body, written_by=actor.label, at=at)
    )
    session.flush()
    audit.record(
        session, actor, "upt.told", "upt", upt.code, at=at, upt_id=upt.id, after={"length": len(body)}
    )
    return True


def _as_of_now(session: Session, actor: Actor) -> Actor:
    """The actor with the roles they have once they are locked. Raises UptNotFound for who has none left."""
    person = select(User.is_active).where(User.id == actor.user_id).with_for_update()
    if actor.user_id is None or not session.scalar(person):
        raise UptNotFound(upt_code="")
    return actor_of(session, actor.user_id, actor.label)
