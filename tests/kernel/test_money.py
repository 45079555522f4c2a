"""Whole rupiah are written as Indonesians write them, and divided without losing one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import BIGGEST_AMOUNT, divide, parse_rupiah, rupiah


class TestRupiah:
    @pytest.mark.parametrize(
        ("amount", "text"),
        [(0, "Rp0"), (500, "Rp500"), (25_000, "Rp25.000"), (1_234_567, "Rp1.234.567"), (-9_500, "-Rp9.500")],
    )
    def test_writes_dots_and_no_space(self, amount: int, text: str) -> None:
        assert rupiah(amount) == text


class TestDivide:
    @given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
    def test_parts_add_up_and_none_is_a_rupiah_off_its_share(self, total: int, weights: list[int]) -> None:
        parts = divide(total, weights)
        assert sum(parts) == total
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * sum(weights) - total * weight) < sum(weights)

    def test_what_is_left_goes_to_the_largest_remainder_the_earlier_on_a_tie(self) -> None:
        assert divide(100, [1, 1, 1]) == [34, 33, 33]
        assert divide(10, [50, 15, 35]) == [5, 2, 3]

    @pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
    def test_refuses_weights_that_make_no_sense(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            divide(100, weights)


class TestParseRupiah:
    @pytest.mark.parametrize(
        "written",
        ["25000", "25.000", "25,000", "25 000", "Rp25.000", "rp. 25.000,-", "Rp 25.000,00", "25 rb"],
    )
    def test_reads_what_people_write(self, written: str) -> None:
        assert parse_rupiah(written) == 25_000

    @pytest.mark.parametrize(
        "written",
        ["", "Rp", "murah", "-25000", "25.00", "2.5000", "1.000,000", "1e5", "٢٥", "9" * 14, "9" * 10_000],
    )
    def test_reads_nothing_else(self, written: str) -> None:
        assert parse_rupiah(written) is None

    def test_knows_a_bound(self) -> None:
        assert parse_rupiah(str(BIGGEST_AMOUNT)) == BIGGEST_AMOUNT
        assert parse_rupiah(str(BIGGEST_AMOUNT + 1)) is None
