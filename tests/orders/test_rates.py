"""Importing shipping rates: what comes in, that a second time changes nothing, and every refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.importing import ImportRefused, Tally
from orders.models import ShippingRate
from orders.services.rates import import_rates
from tests.inventory.catalogue_files import fingerprint

DEMO_RATES = Path(__file__).resolve().parents[2] / "data" / "rates.csv"

RATES = """\
origin_code,zone,courier,service,price_per_kg,minimum_g,round_up_above_g,volume_divisor,max_weight_g,days_from,days_until
32,city,JNE,REG,9000,1000,300,6000,50000,1,2
32.05,nation,JNE,REG,45000,1000,300,6000,50000,3,7
,nation,Kargo,Reguler,12000,10000,0,5000,200000,6,14
"""


def import_text(session: Session, folder: Path, rates: str, *, is_sample: bool = False) -> Tally:
    file = folder / "rates.csv"
    file.write_text(rates, encoding="utf-8")
    return import_rates(session, file, is_sample=is_sample)


class TestImportRates:
    def test_creates_and_then_changes_nothing(self, session: Session, tmp_path: Path) -> None:
        assert import_text(session, tmp_path, RATES) == Tally(created=3)
        before = fingerprint(session)
        assert import_text(session, tmp_path, RATES, is_sample=True) == Tally(unchanged=3)
        assert fingerprint(session) == before
        anywhere = session.scalars(select(ShippingRate).where(ShippingRate.origin_code == "")).one()
        assert (anywhere.courier, anywhere.price_per_kg, anywhere.is_sample) == ("Kargo", 12_000, False)

    def test_a_real_price_is_no_sample_any_more(self, session: Session, tmp_path: Path) -> None:
        import_text(session, tmp_path, RATES, is_sample=True)
        assert import_text(session, tmp_path, RATES.replace("9000", "9500")) == Tally(updated=1, unchanged=2)
        samples = session.scalars(select(ShippingRate.origin_code).where(ShippingRate.is_sample))
        assert sorted(samples) == ["", "32.05"]

    def test_the_demo_rates_reach_every_zone_of_every_province(self, session: Session) -> None:
        tally = import_rates(session, DEMO_RATES, is_sample=True)
        assert tally.created == 188
        jne = session.scalars(select(ShippingRate.origin_code).where(ShippingRate.courier == "JNE")).all()
        assert len(jne) == 38 * 4
        assert len(set(jne)) == 38


BAD = [
    ("unknown zone", RATES.replace("city", "moon"), ['2: zone: "moon" is none of: city, province']),
    ("unknown origin", RATES.replace("32.05", "32.99"), ["3: origin_code: 32.99 is the code of no province"]),
    (
        "malformed origin",
        RATES.replace("32.05", "Garut"),
        ['3: origin_code: "Garut" is not a code like 32 or 32.05, or empty for anywhere'],
    ),
    ("empty price", RATES.replace("9000", ""), ["2: price_per_kg: empty, but required"]),
    ("free", RATES.replace("9000", "0"), ["2: price_per_kg: 0 is not from 1 to"]),
    ("negative", RATES.replace("9000", "-1"), ['2: price_per_kg: "-1" is not a whole number']),
    ("rounding", RATES.replace(",300,", ",1000,", 1), ["2: round_up_above_g: 1000 is not from 0 to 999"]),
    (
        "limit below minimum",
        RATES.replace("50000", "500", 1),
        ["2: max_weight_g: 500 is less than minimum_g"],
    ),
    ("days", RATES.replace("6,14", "6,5"), ["4: days_until: 5 is less than days_from, 6"]),
    (
        "twice",
        RATES + RATES.splitlines()[1],
        ["5: service: this origin, zone, courier and service are already"],
    ),
    (
        "column",
        RATES.replace("zone,", "area,"),
        ["1: zone: the column is missing", "1: area: the column is not"],
    ),
    ("two rows", RATES.replace("9000", "x").replace("12000", "y"), ["2: price_per_kg", "4: price_per_kg"]),
]


class TestRefusals:
    @pytest.mark.parametrize(("rates", "expected"), [pytest.param(*case[1:], id=case[0]) for case in BAD])
    def test_a_bad_file_changes_nothing(
        self, session: Session, tmp_path: Path, rates: str, expected: list[str]
    ) -> None:
        import_text(session, tmp_path, RATES.replace("9000", "8000"))
        before = fingerprint(session)
        with pytest.raises(ImportRefused) as refused:
            import_text(session, tmp_path, rates)
        problems = [str(problem) for problem in refused.value.problems]
        assert len(problems) == len(expected), problems
        assert all(part in problem for problem, part in zip(problems, expected, strict=True)), problems
        assert fingerprint(session) == before
