"""The unguessable link of a request to be told when something is back."""

from __future__ import annotations

from uuid import UUID

from kernel.i18n import PREFIXES
from kernel.web import check_signature, sign

_PURPOSE = "restock"
_LIFE_DAYS = 365


def restock_url(base_url: str, key: UUID, *, secret_key: str, locale: str) -> str:
    """The absolute address where a request is confirmed and stopped, in a language, for mails."""
    return f"{base_url}{PREFIXES[locale]}{restock_path(key, secret_key=secret_key)}"


def restock_path(key: UUID, *, secret_key: str) -> str:
    """The address on this site where a request is confirmed and stopped."""
    return f"/kabari/{sign(_PURPOSE, str(key), secret_key=secret_key)}"


def restock_key_of(token: str, *, secret_key: str) -> UUID:
    """The key of the request a link is about. Raises NotFound, LinkExpired."""
    return UUID(check_signature(_PURPOSE, token, secret_key=secret_key, max_age_days=_LIFE_DAYS))
