"""News mails to those who consented, a portion at a time."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.events import NewsReleased
from accounts.models import News
from accounts.notices import NEWS
from accounts.services.news import PORTION, Reader, next_readers
from kernel.i18n import PREFIXES
from kernel.outbox import publish
from kernel.web import config
from worker.notifications.writing import Content, Notice, post


def mail_news(session: Session, event: NewsReleased, *, at: datetime) -> None:
    """Write to the next portion of readers, and have the one after it written to."""
    news = session.get_one(News, event.news_id)
    readers = next_readers(session, after_user_id=event.after_user_id)
    for reader in readers:
        _write_to(session, news, reader, at=at)
    if len(readers) == PORTION:
        publish(session, NewsReleased(event.news_id, readers[-1].user_id))


def _write_to(session: Session, news: News, reader: Reader, *, at: datetime) -> None:
    is_indonesian = reader.locale == "id"
    subject = news.subject_id if is_indonesian else news.subject_en
    body = news.body_id if is_indonesian else news.body_en

    def write() -> Content:
        prefix = config().base_url + PREFIXES[reader.locale]
        return Content(
            subject=subject,
            opening=tuple(
                " ".join(paragraph.split()) for paragraph in body.split("\n\n") if paragraph.strip()
            ),
            link=(prefix + news.link_path, _("See it in the shop")) if news.link_path else None,
            reason=_("You receive this mail because you agreed to get news from Lapak."),
        )

    post(
        session,
        write,
        recipient=reader.email,
        locale=reader.locale,
        cause=f"news:{news.id}:{reader.user_id}",
        at=at,
        notice=Notice(NEWS, reader.user_id),
    )
