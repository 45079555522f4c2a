"""Whole rupiah are written as Indonesians write them, and divided without losing one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import divide, rupiah


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
