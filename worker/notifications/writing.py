"""From what a mail has to say to a queued mail: both its parts, in the language of its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from kernel.mail import Letter, queue_mail


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


def post(
    session: Session,
    write: Callable[[], Content],
    *,
    recipient: str,
    locale: str,
    cause: str,
    at: datetime,
) -> None:
    """Queue what `write` says in `locale`; the same `cause` is queued once, however often it is posted."""
    with force_locale(locale):
        content = write()
        letter = Letter(
            recipient=recipient,
            subject=content.subject,
            text=_single_spaced(render_template("email/notice.txt", content=content)),
            html=render_template("email/notice.html", content=content),
            locale=locale,
        )
    queue_mail(session, letter, cause=cause, at=at)


def _single_spaced(text: str) -> str:
    """At most one blank line in a row, however many the parts of a template left between them."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
