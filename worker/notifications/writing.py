"""From what a mail has to say to a queued mail: both its parts, in the language of its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from sqlalchemy.orm import Session

from accounts.notices import stop_url
from accounts.services.consents import notice_key, wants
from kernel.i18n import locale_code, speaking
from kernel.mail import Letter, queue_mail
from kernel.web import config


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of goods; `total` is the whole line in rupiah, `own_text` what is written on each piece.

    `picture` is the address of a small PNG, empty for none.
    """

    name: str
    variant: str
    quantity: int
    total: int
    own_text: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Lines of goods under a heading."""

    heading: str
    lines: tuple[Goods, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, in its reader's language: sentences, the one thing to do, goods, sums and facts.

    `total` and the amounts of `sums` are rupiah; `reason` says why the mail was sent, empty for an order's.
    """

    subject: str
    opening: tuple[str, ...]
    link: tuple[str, str] | None = None
    parcels: tuple[Parcel, ...] = ()
    sums: tuple[tuple[str, int], ...] = ()
    total: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What makes a mail one that its reader can stop: its kind (accounts.notices) and whose choice it is."""

    kind: str
    user_id: int


def post(
    session: Session,
    write: Callable[[], Content],
    *,
    recipient: str,
    locale: str,
    cause: str,
    at: datetime,
    notice: Notice | None = None,
    leaves_no_trace: bool = False,
) -> None:
    """Queue what `write` says in `locale`; the same `cause` is queued once, however often it is posted.

    With a `notice` it is queued only for who wants that kind, asked again before it is sent, and says how it
    is stopped. What `leaves_no_trace` is deleted once it is sent. Who was forgotten has no address any more,
    and gets nothing.
    """
    if not recipient:
        return
    if notice and not wants(session, notice.user_id, notice.kind):
        return
    key = notice_key(session, notice.user_id) if notice else ""
    with speaking(locale):
        content = write()
        stop = _stop_url(notice.kind, key) if notice else ""
        letter = Letter(
            recipient=recipient,
            subject=content.subject,
            text=_single_spaced(render_template("email/notice.txt", content=content, stop=stop)),
            html=render_template("email/notice.html", content=content, stop=stop),
            locale=locale,
            topic=notice.kind if notice else "",
            subscriber=key,
        )
    queue_mail(session, letter, cause=cause, at=at, leaves_no_trace=leaves_no_trace)


def _stop_url(kind: str, key: str) -> str:
    settings = config()
    return stop_url(settings.base_url, kind, key, secret_key=settings.secret_key, locale=locale_code())


def _single_spaced(text: str) -> str:
    """At most one blank line in a row, however many the parts of a template left between them."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
