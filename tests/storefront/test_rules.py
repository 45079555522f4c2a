"""What a quantity is, and what is left for each line of a cart."""

from __future__ import annotations

import pytest

from inventory.errors import QuantityInvalid
from storefront.rules import MOST_PIECES, Wanted, left_for_each, quantity_of


class TestQuantity:
    @pytest.mark.parametrize(
        ("typed", "quantity"), [("1", 1), (" 12 ", 12), ("007", 7), ("9999", MOST_PIECES)]
    )
    def test_takes_whole_numbers(self, typed: str, quantity: int) -> None:
        assert quantity_of([typed]) == quantity

    @pytest.mark.parametrize(
        "typed",
        [
            [],
            [""],
            ["0"],
            ["-1"],
            ["+1"],
            ["1.5"],
            ["1,5"],
            ["1e3"],
            ["NaN"],
            ["inf"],
            ["0x10"],
            ["١٢"],
            ["１２"],
            ["²"],
            ["1_000"],
            ["1 000"],
            ["10000"],
            ["9" * 5_000],
            ["1\n"],
            ["\x00"],
            ["1", "2"],
            ["['1']"],
        ],
    )
    def test_refuses_anything_else(self, typed: list[str]) -> None:
        with pytest.raises(QuantityInvalid) as refusal:
            quantity_of(typed)
        assert refusal.value.parameters == {"most": MOST_PIECES}


class TestLeftForEach:
    def test_adds_up_the_upts(self) -> None:
        assert left_for_each([Wanted(1, 2, None)], {1: {7: 3, 8: 4}}) == [7]

    def test_a_bound_line_has_only_its_upt(self) -> None:
        assert left_for_each([Wanted(1, 9, 8)], {1: {7: 3, 8: 4}}) == [4]
        assert left_for_each([Wanted(1, 9, 9)], {1: {7: 3, 8: 4}}) == [0]

    def test_bound_lines_come_first_and_take_from_the_others(self) -> None:
        lines = [Wanted(1, 6, None), Wanted(1, 3, 8), Wanted(2, 1, None)]
        assert left_for_each(lines, {1: {7: 3, 8: 4}}) == [4, 4, 0]
