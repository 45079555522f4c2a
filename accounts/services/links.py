"""Links in mails: asked for, minted when the mail is written, opened once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.errors import LinkGone
from accounts.events import LinkAsked
from accounts.models import AccountLink
from accounts.services.sessions import hash_key
from kernel.outbox import publish

LIFETIMES = {
    "register": timedelta(hours=24),
    "reset": timedelta(minutes=30),
    "change_email": timedelta(hours=24),
    "take_back": timedelta(days=7),
    "invite": timedelta(days=3),
}
"""How long each kind of link works, from the writing of its mail."""


def ask_link(
    session: Session,
    purpose: str,
    *,
    email: str,
    user_id: int | None,
    locale: str,
    details: dict[str, Any] | None = None,
    at: datetime,
) -> AccountLink:
    """Note that a link is wanted and have the mail written; the same work whoever the address belongs to."""
    link = AccountLink(
        purpose=purpose,
        user_id=user_id,
        email=email,
        locale=locale,
        details=details or {},
        created_at=at,
        expires_at=at + LIFETIMES[purpose],
    )
    session.add(link)
    session.flush()
    publish(session, LinkAsked(link_id=link.id))
    return link


def mint(session: Session, link: AccountLink, *, at: datetime) -> str:
    """Draw the secret of a link that is about to be mailed (256 bits); its time begins now."""
    token = secrets.token_urlsafe(32)
    link.token_hash = hash_key(token)
    link.expires_at = at + LIFETIMES[link.purpose]
    session.flush()
    return token


def find_link(session: Session, purpose: str, token: str, *, at: datetime, lock: bool = False) -> AccountLink:
    """The link this secret opens, as of `at`; `lock` keeps a second use out. Raises LinkGone."""
    query = select(AccountLink).where(
        AccountLink.purpose == purpose,
        AccountLink.token_hash == hash_key(token),
        AccountLink.used_at.is_(None),
        AccountLink.expires_at > at,
    )
    link = session.scalar(query.with_for_update() if lock else query)
    if link is None:
        raise LinkGone
    return link


def void_links(session: Session, user_id: int, *, at: datetime) -> None:
    """Close every link of an account: what was asked for before a new password is not to be trusted.

    What takes an account back stays open, or whoever moved it would close it by a new password. So does an
    invitation: who has forgotten the password sets a new one to accept it, and it asks for that one.
    """
    stays = AccountLink.purpose.in_(("take_back", "invite"))
    session.execute(
        update(AccountLink)
        .where(AccountLink.user_id == user_id, AccountLink.used_at.is_(None), ~stays)
        .values(used_at=at, details={})
    )


def use_up(session: Session, link: AccountLink, *, at: datetime) -> None:
    """Close a link that was opened, and every other one of its kind to the same address or account."""
    same_address = AccountLink.email == link.email
    whose = same_address if link.user_id is None else same_address | (AccountLink.user_id == link.user_id)
    session.execute(
        update(AccountLink)
        .where(AccountLink.purpose == link.purpose, whose, AccountLink.used_at.is_(None))
        .values(used_at=at, details={})
    )
