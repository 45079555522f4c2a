"""The second factor: an authenticator app's codes (TOTP, RFC 6238), and recovery codes for its loss."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp
from cryptography.fernet import Fernet
from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import CodeWrong, FirstCodeWrong, SecondFactorRequired, SecondFactorSetUp
from accounts.events import AccountChanged, Change
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.rules import Actor
from accounts.services.changing import note_change
from accounts.services.sessions import hash_key
from kernel.outbox import publish

RECOVERY_CODES = 10
STEP_SECONDS = 30
SET_UP_WITHIN = timedelta(minutes=15)
"""How long a secret that was shown waits for the first code of its app; then there is another one."""

_ISSUER = "Lapak"
_DRIFT = (0, -1, 1)  # steps a phone's clock may be off
_RECOVERY_BYTES = 10  # 80 bits: sixteen letters and digits


class Sealer:
    """Seals the secrets of second factors under SECRET_KEY, so that a copy of the table is not enough."""

    def __init__(self, secret_key: str) -> None:
        digest = hashlib.sha256(b"lapak.second-factor:" + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def seal(self, secret: str) -> bytes:
        """What is stored of a secret."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret again. Raises cryptography's InvalidToken when it was sealed under another key."""
        return self._fernet.decrypt(sealed).decode()


def new_secret() -> str:
    """A secret for an app, in its own spelling (base32, 160 bits)."""
    return pyotp.random_base32()


def app_address(secret: str, email: str) -> str:
    """What an authenticator app reads out of the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def step_at(at: datetime) -> int:
    """The number of the half minute that `at` lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """What the app shows during a step."""
    return pyotp.TOTP(secret).at(step * STEP_SECONDS)


def has_second_factor(session: Session, user_id: int) -> bool:
    """Whether a code is asked for at this user's sign-in."""
    counts = exists().where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return bool(session.scalar(select(counts)))


def begin_second_factor(session: Session, user_id: int, *, sealer: Sealer, at: datetime) -> str:
    """The secret for the user's app: the one shown some minutes ago, if there is one, else a new one.

    So a phone may load the page again while its app takes the secret in, and who saw one that was never
    confirmed knows nothing of a later one. Raises SecondFactorSetUp.
    """
    drawn = insert(SecondFactor).values(
        user_id=user_id, sealed_secret=sealer.seal(new_secret()), created_at=at
    )
    is_over = SecondFactor.confirmed_at.is_(None) & (SecondFactor.created_at <= at - SET_UP_WITHIN)
    anew = {"sealed_secret": drawn.excluded.sealed_secret, "created_at": drawn.excluded.created_at}
    session.execute(drawn.on_conflict_do_update(index_elements=["user_id"], set_=anew, where=is_over))
    found = session.get_one(SecondFactor, user_id, with_for_update=True, populate_existing=True)
    if found.confirmed_at is not None:
        raise SecondFactorSetUp
    return sealer.open(found.sealed_secret)


def confirm_second_factor(
    session: Session, user_id: int, code: str, *, sealer: Sealer, actor: Actor, at: datetime
) -> list[str]:
    """Let the factor count once the app shows the right code; gives the recovery codes, shown only now.

    Raises FirstCodeWrong, SecondFactorSetUp.
    """
    factor = session.get(SecondFactor, user_id, with_for_update=True)
    if factor is not None and factor.confirmed_at is not None:
        raise SecondFactorSetUp
    if factor is None or factor.created_at <= at - SET_UP_WITHIN:
        raise FirstCodeWrong
    try:
        _take_step(session, factor, code, sealer=sealer, at=at)
    except CodeWrong as error:
        raise FirstCodeWrong from error
    factor.confirmed_at = at
    _told(session, user_id, "second_factor_on", actor=actor, at=at)
    return _draw_recovery_codes(session, user_id)


def check_code(session: Session, user_id: int, code: str, *, sealer: Sealer, at: datetime) -> None:
    """Take the app's present code or a recovery code; each works once. Raises CodeWrong."""
    factor = session.get(SecondFactor, user_id, with_for_update=True)
    if factor is None or factor.confirmed_at is None:
        raise CodeWrong
    if code.strip().replace(" ", "").isdecimal():
        _take_step(session, factor, code, sealer=sealer, at=at)
    else:
        _take_recovery_code(session, user_id, code, at=at)


def renew_recovery_codes(session: Session, user_id: int, *, actor: Actor, at: datetime) -> list[str]:
    """New recovery codes in place of the old ones. Raises CodeWrong when there is no second factor."""
    if not has_second_factor(session, user_id):
        raise CodeWrong
    _told(session, user_id, "recovery_codes", actor=actor, at=at)
    return _draw_recovery_codes(session, user_id)


def remove_second_factor(session: Session, user_id: int, *, actor: Actor, at: datetime) -> None:
    """Do without the second factor from now on. Raises SecondFactorRequired: officers may not."""
    if actor.is_staff:
        raise SecondFactorRequired
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    _told(session, user_id, "second_factor_off", actor=actor, at=at)


def give_sample_factors(session: Session, *, sealer: Sealer, at: datetime) -> int:
    """Give each sample officer without a second factor one nobody has to scan; gives how many these were."""
    without = select(User.id).where(User.is_sample, ~exists().where(SecondFactor.user_id == User.id))
    found = session.scalars(without).all()
    for user_id in found:
        session.add(
            SecondFactor(
                user_id=user_id, sealed_secret=sealer.seal(new_secret()), created_at=at, confirmed_at=at
            )
        )
    session.flush()
    return len(found)


@dataclass(frozen=True, slots=True)
class SampleCode:
    """What a sample account's app would show; no code when both that may be used now are used up."""

    email: str
    code: str | None


def sample_codes(session: Session, *, sealer: Sealer, at: datetime) -> list[SampleCode]:
    """The first unused code of each sample account, by address."""
    rows = session.execute(
        select(User.email, SecondFactor.sealed_secret, SecondFactor.last_step)
        .join(SecondFactor, SecondFactor.user_id == User.id)
        .where(User.is_sample, SecondFactor.confirmed_at.is_not(None))
        .order_by(User.email)
    )
    found = []
    for email, sealed, last_step in rows:
        step = max(step_at(at), last_step + 1)
        usable = step <= step_at(at) + max(_DRIFT)
        found.append(SampleCode(email, code_of(sealer.open(sealed), step) if usable else None))
    return found


def normal_code(code: str) -> str:
    """A recovery code without what people write between its letters."""
    return "".join(character for character in code.lower() if character.isalnum())


def _take_step(session: Session, factor: SecondFactor, code: str, *, sealer: Sealer, at: datetime) -> None:
    given, secret = code.strip().replace(" ", ""), sealer.open(factor.sealed_secret)
    if not given.isascii():
        raise CodeWrong
    for drift in _DRIFT:
        step = step_at(at) + drift
        if compare_digest(code_of(secret, step), given):
            taken = (
                update(SecondFactor)
                .where(SecondFactor.user_id == factor.user_id, SecondFactor.last_step < step)
                .values(last_step=step)
                .returning(SecondFactor.user_id)
            )
            if session.scalar(taken) is None:
                break
            return
    raise CodeWrong


def _take_recovery_code(session: Session, user_id: int, code: str, *, at: datetime) -> None:
    taken = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == hash_key(normal_code(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    )
    if session.scalar(taken) is None:
        raise CodeWrong


def _draw_recovery_codes(session: Session, user_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)
    ]
    session.execute(
        insert(RecoveryCode), [{"user_id": user_id, "code_hash": hash_key(code)} for code in codes]
    )
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def _told(session: Session, user_id: int, what: Change, *, actor: Actor, at: datetime) -> None:
    publish(session, AccountChanged(user_id=user_id, what=what))
    note_change(session, session.get_one(User, user_id), f"user.{what}", actor=actor, at=at)
