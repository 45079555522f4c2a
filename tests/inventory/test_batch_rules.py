"""What a production batch may be, what it is called, and which pieces go out first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from inventory.errors import BatchRefused
from inventory.rules import MOST_PIECES_AT_ONCE, Lot, batch_code, check_batch, first_expired_first_out
from tests.factories.batches import entry

TODAY = date(2026, 11, 21)


def later(days: int) -> date:
    return TODAY + timedelta(days=days)


class TestFirstExpiredFirstOut:
    soon, late = Lot(1, 3, later(-9), later(2)), Lot(2, 3, later(-1), later(30))
    undated, older, loose = Lot(3, 3, later(-5)), Lot(4, 3, later(-50)), Lot(None, 3)

    def test_dates_first_then_what_is_loose_then_the_oldest(self) -> None:
        lots = [self.undated, self.loose, self.late, self.older, self.soon]
        taken = first_expired_first_out(lots, 15, good_until=None)
        assert taken == [(1, 3), (2, 3), (None, 3), (4, 3), (3, 3)]

    def test_takes_no_more_than_is_wanted(self) -> None:
        assert first_expired_first_out([self.soon, self.late], 4, good_until=None) == [(1, 3), (2, 1)]

    @pytest.mark.parametrize(("days", "taken"), [(2, [(1, 3), (2, 1)]), (3, [(2, 3)])])
    def test_passes_over_what_does_not_keep_so_long(self, days: int, taken: list[tuple[int, int]]) -> None:
        found = first_expired_first_out([self.soon, self.late], 4, good_until=later(days))
        assert found == taken

    def test_of_one_day_the_first_made_goes_first(self) -> None:
        twin = Lot(9, 1, later(-10), later(2))
        assert first_expired_first_out([self.soon, twin], 1, good_until=None) == [(9, 1)]


class TestCheckBatch:
    @pytest.mark.parametrize(
        ("values", "code", "field"),
        [
            ({"passed": 0}, "batch_empty", "passed"),
            ({"passed": -1}, "batch_pieces", "passed"),
            ({"failed": MOST_PIECES_AT_ONCE + 1}, "batch_pieces", "failed"),
            ({"passed": MOST_PIECES_AT_ONCE, "reworked": 1}, "batch_too_many", "passed"),
            ({"made_on": later(1)}, "batch_in_future", "made_on"),
            ({"made_on": date(1, 1, 1)}, "batch_long_ago", "made_on"),
            ({"expires_on": None}, "batch_needs_expiry", "expires_on"),
            ({"expires_on": later(-1)}, "batch_expired", "expires_on"),
            ({"expires_on": date(9999, 12, 31)}, "batch_keeps_too_long", "expires_on"),
            ({"people": 0}, "batch_work", "people"),
            ({"hours": 10_001}, "batch_work", "hours"),
        ],
    )
    def test_refuses_what_cannot_be(self, values: dict[str, Any], code: str, field: str) -> None:
        with pytest.raises(BatchRefused) as refusal:
            check_batch(entry(**{"expires_on": later(9), **values}), day=TODAY, must_expire=True)
        assert (refusal.value.code, refusal.value.parameters["field"]) == (code, field)

    @pytest.mark.parametrize(
        "values",
        [{"made_on": TODAY, "expires_on": TODAY}, {"passed": 0, "failed": 3}, {"people": 1, "hours": 1}],
    )
    def test_takes_what_may_be(self, values: dict[str, Any]) -> None:
        check_batch(entry(**{"expires_on": later(9), **values}), day=TODAY, must_expire=True)

    def test_only_food_must_expire(self) -> None:
        check_batch(entry(), day=TODAY, must_expire=False)


class TestBatchCode:
    @pytest.mark.parametrize(
        ("written", "known", "code"),
        [
            (" roti  7/a ", (), "ROTI 7/A"),
            ("", (), "261121"),
            ("", ("261121",), "261121-2"),
            (" ", ("261121", "261121-2"), "261121-3"),
        ],
    )
    def test_as_written_or_by_its_day(self, written: str, known: tuple[str, ...], code: str) -> None:
        assert batch_code(written, TODAY, known) == code

    @pytest.mark.parametrize(
        ("written", "code"),
        [("x" * 31, "batch_code"), ("=1+1", "batch_code"), ("A<B", "batch_code"), ("b1", "batch_code_taken")],
    )
    def test_refuses(self, written: str, code: str) -> None:
        with pytest.raises(BatchRefused) as refusal:
            batch_code(written, TODAY, ("B1",))
        assert refusal.value.code == code
