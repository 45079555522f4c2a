"""The code by which a customer fetches a parcel: six digits that only their order's page and mails show.

It is kept nowhere: it follows from the parcel, its round and the shop's secret, so whoever reads the database
cannot hand a parcel to themselves. After a few wrong ones the round is over and a new code is sent.
"""

from __future__ import annotations

import hashlib
import hmac

CODE_DIGITS = 6
MOST_MISSES = 5
"""So many wrong codes are looked at; then a new one is needed, which the customer is told of."""


def pickup_code(number: str, code_round: int, *, secret_key: str) -> str:
    """The code of a parcel in a round."""
    said = f"pickup:{number}:{code_round}".encode()
    digest = hmac.new(secret_key.encode(), said, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_pickup_code(written: str, number: str, code_round: int, *, secret_key: str) -> bool:
    """Whether somebody shows the right code; spaces do not matter, and each answer takes as long."""
    code = "".join(written.split()).encode()
    return hmac.compare_digest(code, pickup_code(number, code_round, secret_key=secret_key).encode())


def spoken(code: str) -> str:
    """A code as people read it to each other: in two halves."""
    return f"{code[: CODE_DIGITS // 2]} {code[CODE_DIGITS // 2 :]}"
