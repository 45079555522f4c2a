"""Sessions: whose a key is, where somebody is signed in, and what is left of their recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from accounts.models import RecoveryCode, SecondFactor, Upt, User, UserSession


@dataclass(frozen=True, slots=True)
class StandIn:
    """The UPT for which a session's owner works, and until when."""

    upt_id: int
    kanwil_id: int
    upt_name: str
    province_code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and whose it is; `confirmed_at` is empty while a code is waited for."""

    id: UUID
    user_id: int
    email: str
    name: str
    is_sample: bool
    seen_at: datetime
    confirmed_at: datetime | None
    has_second_factor: bool
    stands_in: StandIn | None


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device as its owner sees it."""

    id: UUID
    device: str
    started_at: datetime
    seen_at: datetime


def session_of_key(session: Session, key_hash: bytes, *, at: datetime) -> SessionRow | None:
    """The session whose key has this hash, unless its time is over or its user is shut out; one query."""
    row = session.execute(
        select(
            UserSession.id,
            User.id,
            User.email,
            User.name,
            User.is_sample,
            UserSession.seen_at,
            UserSession.confirmed_at,
            SecondFactor.confirmed_at.is_not(None),
            *(Upt.id, Upt.kanwil_id, Upt.name, Upt.province_code, UserSession.acts_until),
        )
        .join(User, User.id == UserSession.user_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .outerjoin(Upt, and_(Upt.id == UserSession.acts_for_upt_id, UserSession.acts_until > at))
        .where(UserSession.key_hash == key_hash, UserSession.expires_at > at, User.is_active)
    ).one_or_none()
    if row is None:
        return None
    (own_id, user_id, email, name, is_sample, seen_at, confirmed_at, has_factor, upt_id, *place) = row
    stands_in = StandIn(upt_id, *place) if upt_id is not None else None
    return SessionRow(
        own_id, user_id, email, name, is_sample, seen_at, confirmed_at, has_factor, stands_in=stands_in
    )


def devices(session: Session, user_id: int, *, at: datetime) -> list[Device]:
    """Where a user is signed in, the device used last first."""
    rows = session.execute(
        select(UserSession.id, UserSession.device, UserSession.started_at, UserSession.seen_at)
        .where(
            UserSession.user_id == user_id, UserSession.expires_at > at, UserSession.confirmed_at.is_not(None)
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id)
    )
    return [Device(*row) for row in rows]


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes a user has not used."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalars(unused).one()
