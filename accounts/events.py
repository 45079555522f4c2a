"""What happens to accounts: past tense, ids and plain values. worker/subscriptions.py says who listens."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class NewsReleased(Event):
    """A news mail is to be written to the next portion of those who consented, after this user."""

    news_id: int
    after_user_id: int
