"""The unguessable links that open an order or an enquiry without an account."""

from __future__ import annotations

from kernel.i18n import DEFAULT_LOCALE, PREFIXES
from kernel.web import LinkExpired, check_signature, sign
from orders.errors import EnquiryLinkExpired
from orders.rules.enquiries import LINK_LIFE_DAYS

OWNERS_WORD = "akun"
"""Stands in an order's address where a link has its token: the order of whoever is signed in."""

_PURPOSE = "order"
_ENQUIRY = "enquiry"
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


def enquiry_url(
    base_url: str, number: str, link_key: str, *, secret_key: str, locale: str = DEFAULT_LOCALE
) -> str:
    """The absolute address of an enquiry's thread in a language, for mails."""
    return f"{base_url}{PREFIXES[locale]}{enquiry_path(number, link_key, secret_key=secret_key)}"


def enquiry_path(number: str, link_key: str, *, secret_key: str) -> str:
    """The address of an enquiry's thread on this site; void once the enquiry has another `link_key`."""
    return f"/permintaan/{number}/{sign(_ENQUIRY, f'{number}:{link_key}', secret_key=secret_key)}"


def enquiry_of_token(token: str, *, secret_key: str) -> tuple[str, str]:
    """The number and link key a token was made for. Raises NotFound; EnquiryLinkExpired for an old one."""
    try:
        value = check_signature(_ENQUIRY, token, secret_key=secret_key, max_age_days=LINK_LIFE_DAYS)
    except LinkExpired as error:
        raise EnquiryLinkExpired from error
    number, _, link_key = value.partition(":")
    return number, link_key
