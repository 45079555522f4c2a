"""News mails: written once, sent in portions to those who consented, in the language they did it in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from accounts.errors import NewsIncomplete, NewsSentBefore
from accounts.events import NewsReleased
from accounts.models import Consent, News, User
from accounts.notices import NEWS
from accounts.rules import Actor
from kernel.outbox import publish

PORTION = 100
"""So many mails are written in one transaction."""

LONGEST_SUBJECT, LONGEST_BODY = 150, 10_000


@dataclass(frozen=True, slots=True)
class NewsText:
    """What a news mail says: subject and paragraphs (parted by empty lines) in both languages.

    `link_path` is a page of the shop ("/produk/roti"), empty for none.
    """

    subject_id: str
    body_id: str
    subject_en: str
    body_en: str
    link_path: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who consented to news, and the language in which they did."""

    user_id: int
    email: str
    name: str
    locale: str


def release_news(session: Session, news: NewsText, *, actor: Actor, at: datetime) -> int:
    """Send a news mail to everybody who consents to it now; gives how many these are.

    Raises NewsIncomplete, or NewsSentBefore for the same texts a second time.
    """
    _check(news)
    digest = hashlib.sha256(json.dumps(asdict(news), sort_keys=True).encode()).hexdigest()
    news_id: int | None = session.scalar(
        insert(News)
        .values(digest=digest, actor_label=actor.label, at=at, **asdict(news))
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(News.id)
    )
    if news_id is None:
        raise NewsSentBefore
    publish(session, NewsReleased(news_id, after_user_id=0))
    return reader_count(session)


def reader_count(session: Session) -> int:
    """How many people consent to news at this moment."""
    consenting = _readers().subquery()
    return session.scalar(select(func.count()).select_from(consenting)) or 0


def next_readers(session: Session, *, after_user_id: int, limit: int = PORTION) -> Sequence[Reader]:
    """The next portion of those who consent to news, by id."""
    query = _readers().where(User.id > after_user_id).order_by(User.id).limit(limit)
    return [Reader(*row) for row in session.execute(query)]


def _readers() -> Select[int, str, str, str]:
    newest = (
        select(Consent.user_id, Consent.is_given, Consent.locale)
        .where(Consent.purpose == NEWS)
        .ext(distinct_on(Consent.user_id))
        .order_by(Consent.user_id, Consent.id.desc())
        .subquery()
    )
    return (
        select(User.id, User.email, User.name, newest.c.locale)
        .join(newest, newest.c.user_id == User.id)
        .where(newest.c.is_given, User.is_active)
    )


def _check(news: NewsText) -> None:
    texts = (news.subject_id, news.body_id, news.subject_en, news.body_en)
    if not all(text.strip() for text in texts):
        raise NewsIncomplete
    if max(len(news.subject_id), len(news.subject_en)) > LONGEST_SUBJECT or "\n" in news.subject_id:
        raise NewsIncomplete
    if max(len(news.body_id), len(news.body_en)) > LONGEST_BODY or "\n" in news.subject_en:
        raise NewsIncomplete
    if news.link_path and not (news.link_path.startswith("/") and not news.link_path.startswith("//")):
        raise NewsIncomplete
