"""What a UPT's page tells of its office: where it is, when orders can be fetched, how to reach it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import OfficeNumberInvalid, OfficeTextInvalid, OpeningHoursInvalid, UptNotFound
from accounts.importing import LONGEST_DESCRIPTION, LONGEST_TEXT
from accounts.models import Upt
from accounts.opening_hours import read_opening_hours
from accounts.rules import OFFICE_NUMBER, Actor
from accounts.services import audit

LONGEST: Mapping[str, int] = {
    "address": LONGEST_TEXT,
    "about_id": LONGEST_DESCRIPTION,
    "about_en": LONGEST_DESCRIPTION,
}
"""How many characters each text may have."""

_TEXTS = ("address", "about_id", "about_en", "whatsapp", "pickup_hours")
_SEPARATORS = re.compile(r"[\s().-]+")
_NATIONAL = re.compile(r"^(\+?62|0)")


def office_number(written: str) -> str:
    """A number as WhatsApp's links take it, from how people write it: "0812-3456-7890", "+62 22 1234567".

    It must be of Indonesia. Raises OfficeNumberInvalid.
    """
    number = _NATIONAL.sub("62", _SEPARATORS.sub("", written), count=1)
    if not re.fullmatch(OFFICE_NUMBER, number):
        raise OfficeNumberInvalid
    return number


def describe_office(
    session: Session,
    upt_code: str,
    texts: Mapping[str, str],
    *,
    actor: Actor,
    at: datetime,
    is_open_for_pickup: bool | None = None,
) -> bool:
    """Set what is given: texts by column (address, about_id, about_en, whatsapp, pickup_hours; empty takes it
    away) and whether orders can be fetched. Says whether anything changed.

    Audited. Where samples stood they all go, so that none passes for a fact beside what is stated. Raises
    UptNotFound, OfficeNumberInvalid, OpeningHoursInvalid, OfficeTextInvalid; then nothing is changed.
    """
    upt = session.scalar(select(Upt).where(Upt.code == upt_code).with_for_update())
    if upt is None:
        raise UptNotFound(upt_code=upt_code)
    wanted: dict[str, str | bool | None] = {name: _checked(name, text) for name, text in texts.items()}
    if upt.is_sample:
        wanted = dict.fromkeys(_TEXTS) | wanted
    if is_open_for_pickup is not None:
        wanted["is_open_for_pickup"] = is_open_for_pickup
    before = {name: getattr(upt, name) for name in wanted}
    if before == wanted:
        return False
    for name, value in wanted.items():
        setattr(upt, name, value)
    upt.is_sample = False
    session.flush()
    audit.record(
        session, actor, "upt.describe", "upt", upt_code, at=at, upt_id=upt.id, before=before, after=wanted
    )
    return True


def _checked(name: str, text: str) -> str | None:
    text = text.strip()
    if not text:
        return None
    if name == "whatsapp":
        return office_number(text)
    if name == "pickup_hours":
        try:
            read_opening_hours(text)
        except ValueError as error:
            raise OpeningHoursInvalid from error
        return text
    if len(text) > LONGEST[name]:
        raise OfficeTextInvalid(most=LONGEST[name])
    return text
