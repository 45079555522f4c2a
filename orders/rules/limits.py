"""How many pieces one person may have within a period, and who counts as one person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_NOT_A_DIGIT = re.compile(r"[^0-9]")
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer as limits know them: whoever shares the folded address or number is the same one."""

    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Bought:
    """So many pieces bought at one moment (UTC)."""

    at: datetime
    pieces: int


def person(email: str, phone: str) -> Person:
    """The buyer behind a contact: "Sari.A+toko@Gmail.com" is "saria@gmail.com", "0812-3" is "628123".

    A tag behind "+" and, at Gmail, dots are other spellings of the same mailbox.
    """
    return Person(_folded_email(email), _folded_phone(phone))


def allowance(bought: Sequence[Bought], *, most: int, days: int, at: datetime) -> int:
    """The pieces that may still be had at `at`, with what was bought within `days` before it."""
    return max(most - sum(each.pieces for each in _counted(bought, days, at)), 0)


def _counted(bought: Sequence[Bought], days: int, at: datetime) -> list[Bought]:
    return [each for each in bought if each.at > at - timedelta(days=days)]


def _folded_email(email: str) -> str:
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _folded_phone(phone: str) -> str:
    digits = _NOT_A_DIGIT.sub("", phone)
    if digits.startswith("00"):
        digits = digits[2:]
    if digits.startswith("620"):
        return "62" + digits[3:]
    return "62" + digits[1:] if digits.startswith("0") else digits
