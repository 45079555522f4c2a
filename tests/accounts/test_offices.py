"""What is told of a UPT's office: only numbers and hours that make sense, and who said so."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import OfficeNumberInvalid, OfficeTextInvalid, OpeningHoursInvalid, UptNotFound
from accounts.models import AuditEntry
from accounts.rules import system_actor
from accounts.services.offices import describe_office, office_number
from kernel.errors import DomainError
from tests.factories.inventory import make_upt

ACTOR = system_actor("test")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0812-3456-7890", "6281234567890"),
        ("+62 22 1234567", "62221234567"),
        ("62 (262) 123 4567", "622621234567"),
        (" 0262.1234567 ", "622621234567"),
    ],
)
def test_a_number_is_kept_as_links_want_it(written: str, number: str) -> None:
    assert office_number(written) == number


@pytest.mark.parametrize(
    "written",
    ["", "0", "12345", "+1 202 555 0100", "08123abc456", "x" * 10_000, "081" + "2" * 40],
)
def test_what_is_no_number_of_indonesia_is_refused(written: str) -> None:
    with pytest.raises(OfficeNumberInvalid):
        office_number(written)


def test_what_is_told_is_no_sample_any_more_and_is_audited(session: Session, at: datetime) -> None:
    upt = make_upt(session, is_sample=True, address="Jalan Contoh No. 1", about_id="Contoh")
    told = {
        "address": " Jl. Raya 5 ",
        "whatsapp": "0262-1234567",
        "pickup_hours": "Mo-Fr 08:00-15:00",
        "about_id": "",
    }
    assert describe_office(session, upt.code, told, actor=ACTOR, at=at, is_open_for_pickup=True)
    assert (upt.address, upt.whatsapp, upt.about_id) == ("Jl. Raya 5", "622621234567", None)
    assert (upt.is_sample, upt.is_open_for_pickup) == (False, True)
    assert not describe_office(session, upt.code, told, actor=ACTOR, at=at, is_open_for_pickup=True)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "upt.describe")).one()
    assert entry.before["address"] == "Jalan Contoh No. 1"
    assert entry.after["whatsapp"] == "622621234567"


@pytest.mark.parametrize(
    ("texts", "refusal"),
    [
        ({"address": "Jl. Baru", "whatsapp": "1"}, OfficeNumberInvalid),
        ({"address": "Jl. Baru", "pickup_hours": "Fr-Mo 08:00-15:00"}, OpeningHoursInvalid),
        ({"address": "x" * 10_000}, OfficeTextInvalid),
        ({"about_en": "x" * 10_000}, OfficeTextInvalid),
    ],
)
def test_what_is_refused_changes_nothing(
    session: Session, at: datetime, texts: dict[str, str], refusal: type[DomainError]
) -> None:
    upt = make_upt(session, address="Jl. Lama")
    with pytest.raises(refusal):
        describe_office(session, upt.code, texts, actor=ACTOR, at=at)
    assert upt.address == "Jl. Lama"
    assert session.scalars(select(AuditEntry)).all() == []
    with pytest.raises(UptNotFound):
        describe_office(session, "NONE", {}, actor=ACTOR, at=at)
