"""The unguessable link that opens an order without an account."""

from __future__ import annotations

from kernel.i18n import DEFAULT_LOCALE, PREFIXES
from kernel.web import check_signature, sign

_PURPOSE = "order"
_LIFE_DAYS = 180


def order_token(number: str, *, secret_key: str) -> str:
    """A token for one order's page, good for half a year."""
    return sign(_PURPOSE, number, secret_key=secret_key)


def order_url(base_url: str, number: str, *, secret_key: str, locale: str = DEFAULT_LOCALE) -> str:
    """The absolute address of an order's page in a language, for mails and the payment provider."""
    return f"{base_url}{PREFIXES[locale]}/pesanan/{number}/{order_token(number, secret_key=secret_key)}"


def number_of(token: str, *, secret_key: str) -> str:
    """The order a token opens. Raises NotFound for a foreign token, LinkExpired for an old one."""
    return check_signature(_PURPOSE, token, secret_key=secret_key, max_age_days=_LIFE_DAYS)
