from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.rules import is_given_up, wait_before


class TestWaitBefore:
    @pytest.mark.parametrize(
        ("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (9, 512), (10, 600), (300, 600)]
    )
    def test_doubles_its_bound_up_to_ten_minutes(self, attempts: int, seconds: int) -> None:
        assert wait_before(attempts, jitter=1.0) == timedelta(seconds=seconds)

    @given(st.integers(1, 400), st.floats(0, 1))
    def test_is_any_part_of_its_bound(self, attempts: int, jitter: float) -> None:
        assert timedelta(0) <= wait_before(attempts, jitter=jitter) <= wait_before(attempts, jitter=1.0)


class TestIsGivenUp:
    @pytest.mark.parametrize(("attempts", "given_up"), [(1, False), (4, False), (5, True), (6, True)])
    def test_our_own_fault_has_five_attempts(self, attempts: int, given_up: bool) -> None:
        assert is_given_up(attempts, timedelta(0), somebody_else=False) is given_up

    @pytest.mark.parametrize(
        ("attempts", "hours", "given_up"), [(5, 1, False), (12, 23, False), (11, 25, False), (12, 24, True)]
    )
    def test_somebody_elses_absence_is_borne_a_day_and_twelve_attempts(
        self, attempts: int, hours: int, given_up: bool
    ) -> None:
        assert is_given_up(attempts, timedelta(hours=hours), somebody_else=True) is given_up
