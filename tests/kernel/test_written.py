"""Whole numbers as people write them in spreadsheets; what can be read in two ways is none."""

import pytest

from kernel.written import whole_number


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
