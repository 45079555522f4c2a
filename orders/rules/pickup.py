"""The code by which a customer fetches a parcel: six digits that only their order's page and mails show.

No column has it: it follows from the parcel, its round and the shop's secret. The mail that brings it lies in
the queue until it is sent, and is deleted then; mails that stay hold the order's link, which leads to the
code. After a few wrong ones the round is over and a new code is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re

CODE_DIGITS = 6
MOST_MISSES = 5
"""So many wrong codes are looked at; then a new one is needed, which the customer is told of."""

_CODE = re.compile(f"[0-9]{{{CODE_DIGITS}}}")


def pickup_code(number: str, code_round: int, *, secret_key: str) -> str:
    """The code of a parcel in a round."""
    said = f"pickup:{number}:{code_round}".encode()
    digest = hmac.new(secret_key.encode(), said, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def bare_code(written: str) -> str | None:
    """The digits of a code as they were typed, with spaces and hyphens or without; None for anything else."""
    code = "".join(written.split()).replace("-", "")
    return code if _CODE.fullmatch(code) else None


def is_pickup_code(written: str, number: str, code_round: int, *, secret_key: str) -> bool:
    """Whether somebody shows the right code; each answer takes as long."""
    code = (bare_code(written) or "").encode()
    return hmac.compare_digest(code, pickup_code(number, code_round, secret_key=secret_key).encode())


def spoken(code: str) -> str:
    """A code as people read it to each other: in two halves."""
    return f"{code[: CODE_DIGITS // 2]} {code[CODE_DIGITS // 2 :]}"
