"""Numbers that customers see: drawn at random, so that they neither collide nor tell how many there are."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letter that is read as another sign
_LENGTH = 10  # 50 random bits


def draw_number(prefix: str) -> str:
    """A number like LP-7K2M9QXZ4D: an order's LP, an enquiry's PM, a problem's MS."""
    return f"{prefix}-{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))}"
