"""Whole numbers and days as people write them in spreadsheets; what can be read in two ways is none."""

from datetime import date, datetime

import pytest

from kernel.written import day_written, whole_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *((50, 50), (50.0, 50), ("1.234", 1234), ("1 234", 1234), ("1.234,0", 1234), ("5,00", 5)),
        *(("-5", -5), ("−5", -5), ("+5", 5), ("12345", 12345)),
        *(
            (written, None)
            for written in ("1,000", "-1,000", "12,000", "1.234,000", "1,5", "", "1.23", True, 1.5)
        ),
    ],
)
def test_a_cell_holds_a_whole_number_or_none(written: object, number: int | None) -> None:
    assert whole_number(written) == number


@pytest.mark.parametrize(
    ("written", "day"),
    [
        *((each, date(2026, 11, 3)) for each in (date(2026, 11, 3), datetime(2026, 11, 3, 5))),  # noqa: DTZ001
        *((each, date(2026, 11, 3)) for each in ("2026-11-03", "3/11/2026", "03-11-2026", "3.11.2026")),
        *((each, date(2026, 11, 3)) for each in ("3 November 2026", " 3  Nop 2026 ", "03-Nov-2026")),
        *(("17 Agustus 2026", date(2026, 8, 17)), ("1 May 2026", date(2026, 5, 1))),
        *((each, None) for each in ("", None, "31/2/2026", "13/31/2026", "3/11/26", "3 Foo 2026", 5)),
        ("2026-13-01", None),
    ],
)
def test_a_cell_holds_a_day_or_none(written: object, day: date | None) -> None:
    assert day_written(written) == day
