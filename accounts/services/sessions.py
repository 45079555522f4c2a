"""Sessions: one row a signed-in device, so that each can be ended by itself, and all at once."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from accounts.models import Membership, SignIn, UserSession

STAFF_SESSION = timedelta(hours=12)
CUSTOMER_SESSION = timedelta(days=30)
WAITING_SESSION = timedelta(minutes=10)
"""How long a session lasts: an officer's working day, a customer's month; or the wait for a code."""

_logger = logging.getLogger(__name__)


def hash_key(key: str) -> bytes:
    """What is kept of a secret of 128 bits or more: it needs no slow hash."""
    return hashlib.sha256(key.encode()).digest()


def open_session(
    session: Session, user_id: int, *, device: str, waits_for_code: bool = False, at: datetime
) -> str:
    """Begin a session of a user whose password was right; gives the key for the cookie, which only it has."""
    key = _new_key()
    lasts = WAITING_SESSION if waits_for_code else _lifetime(session, user_id)
    session.add(
        UserSession(
            user_id=user_id,
            key_hash=hash_key(key),
            device=device,
            started_at=at,
            seen_at=at,
            expires_at=at + lasts,
            confirmed_at=None if waits_for_code else at,
        )
    )
    session.flush()
    _logger.info("session opened", extra={"fields": {"user_id": user_id, "waits": waits_for_code}})
    return key


def note_sign_in(session: Session, user_id: int, outcome: str, *, device: str, at: datetime) -> None:
    """Write down what an officer's sign-in came to; of customers nothing is kept."""
    if session.scalar(select(exists().where(Membership.user_id == user_id))):
        session.add(SignIn(user_id=user_id, at=at, device=device, outcome=outcome))
        session.flush()


def confirm_session(session: Session, session_id: UUID, *, at: datetime) -> None:
    """Note that the person of a session has just proved again who they are."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(confirmed_at=at))


def touch_session(session: Session, session_id: UUID, *, at: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=at))


def close_session(session: Session, user_id: int, session_id: UUID) -> bool:
    """End one session of a user; says whether there was one."""
    mine = (UserSession.id == session_id, UserSession.user_id == user_id)
    return session.scalar(delete(UserSession).where(*mine).returning(UserSession.id)) is not None


def close_sessions(session: Session, user_id: int, *, keep: UUID | None = None) -> int:
    """End every session of a user but `keep`; gives how many."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    if keep is not None:
        statement = statement.where(UserSession.id != keep)
    ended = len(session.scalars(statement.returning(UserSession.id)).all())
    _logger.info("sessions ended", extra={"fields": {"user_id": user_id, "count": ended}})
    return ended


def _lifetime(session: Session, user_id: int) -> timedelta:
    is_staff = session.scalar(select(exists().where(Membership.user_id == user_id)))
    return STAFF_SESSION if is_staff else CUSTOMER_SESSION


def _new_key() -> str:
    return secrets.token_urlsafe(24)
