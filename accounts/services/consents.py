"""Consents and notice choices: given and withdrawn by their person, and asked by whoever sends a mail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Consent, NoticeChoice, NoticeKey
from accounts.notices import CHANNELS, CHOSEN_KINDS, CONSENT_VERSIONS, NEWS, NOTICE_KINDS
from kernel.errors import NotFound
from kernel.mail import drop_mails

(_MAIL,) = CHANNELS


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a consent: the sentence that was shown and its language, where, and a hashed address."""

    wording: str
    locale: str
    channel: str
    ip_hash: str


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One entry of a person's consents."""

    purpose: str
    is_given: bool
    text_version: str
    wording: str
    at: datetime


def choices_of(session: Session, user_id: int) -> dict[str, bool]:
    """Which kinds of notices a person gets by mail."""
    rows = session.execute(
        select(NoticeChoice.kind, NoticeChoice.is_wanted).where(
            NoticeChoice.user_id == user_id, NoticeChoice.channel == _MAIL
        )
    )
    chosen: dict[str, bool] = dict(iter(rows))
    return {**{kind: chosen.get(kind, True) for kind in CHOSEN_KINDS}, NEWS: _has_consent(session, user_id)}


def history_of(session: Session, user_id: int) -> Sequence[ConsentRow]:
    """A person's consents and withdrawals, the newest first."""
    columns = (Consent.purpose, Consent.is_given, Consent.text_version, Consent.wording, Consent.at)
    rows = session.execute(select(*columns).where(Consent.user_id == user_id).order_by(Consent.id.desc()))
    return [ConsentRow(*row) for row in rows]


def choose(
    session: Session, user_id: int, wanted: Mapping[str, bool], evidence: Evidence, *, at: datetime
) -> bool:
    """Set which kinds a person wants; says whether anything changed.

    What is switched off is stopped at once, mails that wait to be sent included.
    """
    key = notice_key(session, user_id)
    _lock(session, key, for_change=True)
    before = choices_of(session, user_id)
    changed = {kind: is_wanted for kind, is_wanted in wanted.items() if before[kind] != is_wanted}
    for kind, is_wanted in changed.items():
        if kind == NEWS:
            _note_consent(session, user_id, is_given=is_wanted, evidence=evidence, at=at)
        else:
            _note_choice(session, user_id, kind, is_wanted=is_wanted, at=at)
        if not is_wanted:
            drop_mails(session, topic=kind, subscriber=key)
    return bool(changed)


def stop(session: Session, key: str, kind: str, evidence: Evidence, *, at: datetime) -> bool:
    """Stop a kind of notices for whoever has this key; False when it was off. Raises NotFound."""
    return choose(session, reader_of(session, key), {kind: False}, evidence, at=at)


def reader_of(session: Session, key: str) -> int:
    """The id of the person whom links with this key are about. Raises NotFound."""
    user_id = session.scalar(select(NoticeKey.user_id).where(NoticeKey.key == key))
    if user_id is None:
        raise NotFound
    return user_id


def notice_key(session: Session, user_id: int) -> str:
    """The word that links in mails to a person carry (128 bits); drawn when it is first asked for."""
    drawn = insert(NoticeKey).values(user_id=user_id, key=secrets.token_urlsafe(16))
    session.execute(drawn.on_conflict_do_nothing(index_elements=["user_id"]))
    return session.scalars(select(NoticeKey.key).where(NoticeKey.user_id == user_id)).one()


def wants(session: Session, user_id: int, kind: str) -> bool:
    """Whether a person is to be told of this kind, as things stand."""
    return choices_of(session, user_id)[kind]


def still_wants(session: Session, key: str, kind: str) -> bool:
    """The same for a mail that is about to be sent: a withdrawal waits for us, or we for the withdrawal.

    A reader who is no longer there wants nothing.
    """
    user_id = _lock(session, key, for_change=False)
    return user_id is not None and kind in NOTICE_KINDS and wants(session, user_id, kind)


def _lock(session: Session, key: str, *, for_change: bool) -> int | None:
    query = select(NoticeKey.user_id).where(NoticeKey.key == key)
    return session.scalar(query.with_for_update(read=not for_change))


def _has_consent(session: Session, user_id: int) -> bool:
    newest = (
        select(Consent.is_given)
        .where(Consent.user_id == user_id, Consent.purpose == NEWS)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return bool(session.scalar(newest))


def _note_consent(
    session: Session, user_id: int, *, is_given: bool, evidence: Evidence, at: datetime
) -> None:
    session.add(
        Consent(
            user_id=user_id,
            purpose=NEWS,
            is_given=is_given,
            text_version=CONSENT_VERSIONS[NEWS],
            wording=evidence.wording,
            locale=evidence.locale,
            channel=evidence.channel,
            ip_hash=evidence.ip_hash,
            at=at,
        )
    )
    session.flush()


def _note_choice(session: Session, user_id: int, kind: str, *, is_wanted: bool, at: datetime) -> None:
    row = insert(NoticeChoice).values(
        user_id=user_id, kind=kind, channel=_MAIL, is_wanted=is_wanted, changed_at=at
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["user_id", "kind", "channel"],
            set_={"is_wanted": is_wanted, "changed_at": at},
        )
    )
