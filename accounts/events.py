"""What happens to accounts: past tense, ids and plain values. worker/subscriptions.py says who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kernel.outbox import Event

Change = Literal["password", "second_factor_on", "second_factor_off", "recovery_codes"]


@dataclass(frozen=True, slots=True)
class LinkAsked(Event):
    """Somebody asked for a link; its secret is drawn when the mail is written, so it never lies here."""

    link_id: int


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """Something that guards an account was changed; its owner is told, in case it was not them."""

    user_id: int
    what: Change


@dataclass(frozen=True, slots=True)
class AccountTakenBack(Event):
    """An account went back to the address of this link, which knows the address that lost it."""

    link_id: int


@dataclass(frozen=True, slots=True)
class NewsReleased(Event):
    """A news mail is to be written to the next portion of those who consented, after this user."""

    news_id: int
    after_user_id: int
