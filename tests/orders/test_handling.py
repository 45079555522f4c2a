"""How a tracking number is written."""

import pytest

from orders.errors import TrackingNumberInvalid
from orders.rules.handling import bare_tracking_number, normal_tracking_number


class TestNormalTrackingNumber:
    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("JNE0012345678", "JNE0012345678"),
            (" jne 0012 345678\n", "JNE0012345678"),
            ("jp-1234-56", "JP-1234-56"),
            ("123456", "123456"),
            ("A" * 30, "A" * 30),
        ],
    )
    def test_is_written_as_couriers_print_it(self, written: str, number: str) -> None:
        assert normal_tracking_number(written) == number

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "     ",
            "12345",
            "A" * 31,
            "-123456",
            "123456-",
            "12_3456",
            "12345<b>6",
            "=1+12345",
            "١٢٣٤٥٦٧",
            "ａｂｃ１２３４",
            "12345\x006",
            "ß12345",
        ],
    )
    def test_refuses_anything_else(self, written: str) -> None:
        with pytest.raises(TrackingNumberInvalid):
            normal_tracking_number(written)

    def test_is_compared_without_hyphens_and_spaces(self) -> None:
        written = ("JP-1234-56", "jp 123456", "JP123456")
        assert {bare_tracking_number(each) for each in written} == {"JP123456"}
