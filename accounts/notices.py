"""What customers are told of: kinds of notices, the channels there are, the link that stops a kind."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from kernel.errors import NotFound
from kernel.i18n import PREFIXES
from kernel.web import check_signature, sign

ORDER: Final = "order"
BACK_IN_STOCK: Final = "back_in_stock"
NEWS: Final = "news"

NOTICE_KINDS = (ORDER, BACK_IN_STOCK, NEWS)
"""Only `NEWS` is advertising, sent by consent alone; the others are on until they are switched off."""

CHOSEN_KINDS = (ORDER, BACK_IN_STOCK)

CHANNELS = ("mail",)
"""The ways there are. A way that does not exist yet is not offered."""

PURPOSES = (NEWS,)
"""What consent is asked for, each by itself."""

CONSENT_VERSIONS = {NEWS: "news-1"}
"""The version of the sentence a consent is given to; another sentence is another version."""

_PURPOSE = "stop-notices"
_FOR_EVER = 365 * 100


def stop_url(base_url: str, kind: str, key: str, *, secret_key: str, locale: str) -> str:
    """The absolute address that stops a kind of notices, for mails and their List-Unsubscribe header.

    It never expires: who reads an old mail may stop the next one too.
    """
    return f"{base_url}{PREFIXES[locale]}{stop_path(kind, key, secret_key=secret_key)}"


def stop_path(kind: str, key: str, *, secret_key: str) -> str:
    """The address on this site that stops a kind of notices."""
    return f"/berhenti/{sign(_PURPOSE, f'{kind}:{key}', secret_key=secret_key)}"


def stopped_by(token: str, *, secret_key: str) -> tuple[str, str]:
    """The kind and the reader's key that a link is about. Raises NotFound for a foreign one."""
    value = check_signature(_PURPOSE, token, secret_key=secret_key, max_age_days=_FOR_EVER)
    kind, _, key = value.partition(":")
    if kind not in NOTICE_KINDS:
        raise NotFound
    return kind, key


def hashed_address(address: str, *, secret_key: str) -> str:
    """What is kept of a network address as a proof: it can be compared, and not read."""
    return hmac.new(secret_key.encode(), f"consent:{address}".encode(), hashlib.sha256).hexdigest()
