"""Which UPTs serve an order: fewest parcels, then nearest, then least busy, over all lines at once."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.allocation import NotEnough, Share, Shortage, Standing, Wish, allocate

NEAR, FAR = Standing(0, 10, 0), Standing(3, 900, 0)
GARUT, CIAMIS, LAHAT = 1, 2, 3
NET, BREAD, SOAP = 11, 12, 13


class TestAllocate:
    def test_one_parcel_from_afar_beats_two_from_nearby(self) -> None:
        shares = allocate(
            [Wish(1, NET, 1), Wish(2, BREAD, 1)],
            {(NET, GARUT): 5, (BREAD, CIAMIS): 5, (NET, LAHAT): 5, (BREAD, LAHAT): 5},
            {GARUT: NEAR, CIAMIS: NEAR, LAHAT: FAR},
        )
        assert shares == (Share(1, NET, LAHAT, 1), Share(2, BREAD, LAHAT, 1))

    def test_of_single_parcels_the_nearest_wins(self) -> None:
        available = {(NET, GARUT): 5, (NET, LAHAT): 5}
        assert allocate([Wish(1, NET, 2)], available, {GARUT: FAR, LAHAT: NEAR})[0].upt_id == LAHAT
        assert allocate([Wish(1, NET, 2)], available, {GARUT: NEAR, LAHAT: FAR})[0].upt_id == GARUT

    def test_at_equal_distance_the_least_busy_wins(self) -> None:
        standings = {GARUT: Standing(1, 50, 7), CIAMIS: Standing(1, 50, 2)}
        shares = allocate([Wish(1, NET, 1)], {(NET, GARUT): 5, (NET, CIAMIS): 5}, standings)
        assert [share.upt_id for share in shares] == [CIAMIS]

    def test_splits_a_line_when_no_upt_has_enough(self) -> None:
        shares = allocate(
            [Wish(1, NET, 7)],
            {(NET, GARUT): 4, (NET, CIAMIS): 2, (NET, LAHAT): 3},
            {GARUT: NEAR, CIAMIS: NEAR, LAHAT: FAR},
        )
        assert shares == (Share(1, NET, GARUT, 4), Share(1, NET, LAHAT, 3))

    def test_a_named_upt_is_kept_and_used_for_the_rest(self) -> None:
        shares = allocate(
            [Wish(1, NET, 1, LAHAT), Wish(2, BREAD, 1)],
            {(NET, LAHAT): 1, (BREAD, LAHAT): 1, (BREAD, GARUT): 9},
            {GARUT: NEAR, LAHAT: FAR},
        )
        assert {share.upt_id for share in shares} == {LAHAT}

    def test_a_named_line_is_served_before_an_open_one_that_stands_above_it(self) -> None:
        shares = allocate(
            [Wish(1, NET, 2), Wish(2, NET, 2, GARUT)],
            {(NET, GARUT): 2, (NET, LAHAT): 2},
            {GARUT: NEAR, LAHAT: FAR},
        )
        assert shares == (Share(1, NET, LAHAT, 2), Share(2, NET, GARUT, 2))

    def test_says_what_is_left_and_where_for_each_short_line(self) -> None:
        with pytest.raises(NotEnough) as refusal:
            allocate(
                [Wish(1, NET, 9), Wish(2, BREAD, 1), Wish(3, SOAP, 2, GARUT)],
                {(NET, GARUT): 4, (NET, LAHAT): 3, (BREAD, GARUT): 1, (SOAP, LAHAT): 5},
                {GARUT: NEAR, LAHAT: FAR},
            )
        assert refusal.value.shortages == (
            Shortage(1, 9, 7, {GARUT: 4, LAHAT: 3}),
            Shortage(3, 2, 0, {}),
        )

    def test_two_lines_of_one_variant_do_not_count_the_same_pieces_twice(self) -> None:
        with pytest.raises(NotEnough) as refusal:
            allocate([Wish(1, NET, 2, GARUT), Wish(2, NET, 2)], {(NET, GARUT): 3}, {GARUT: NEAR})
        assert refusal.value.shortages == (Shortage(2, 2, 1, {GARUT: 1}),)

    def test_many_upts_are_still_answered(self) -> None:
        available = {(NET, upt_id): 1 for upt_id in range(1, 101)}
        standings = {upt_id: Standing(1, upt_id, 0) for upt_id in range(1, 101)}
        shares = allocate([Wish(1, NET, 40)], available, standings)
        assert [share.upt_id for share in shares] == list(range(1, 41))


pieces = st.integers(0, 4)
stocks = st.dictionaries(st.tuples(st.sampled_from([NET, BREAD, SOAP]), st.integers(1, 5)), pieces)
wishes = st.lists(
    st.tuples(st.sampled_from([NET, BREAD, SOAP]), st.integers(1, 5), st.none() | st.integers(1, 5)),
    min_size=1,
    max_size=4,
).map(lambda rows: [Wish(line, *row) for line, row in enumerate(rows, start=1)])
standings = st.fixed_dictionaries(
    {
        upt_id: st.builds(Standing, st.integers(0, 3), st.integers(0, 99), st.integers(0, 9))
        for upt_id in range(1, 6)
    }
)


class TestAllocateProperties:
    @given(wishes, stocks, standings)
    def test_serves_every_line_in_full_from_what_there_is_or_refuses(
        self, wishes: list[Wish], available: dict[tuple[int, int], int], standings: dict[int, Standing]
    ) -> None:
        try:
            shares = allocate(wishes, available, standings)
        except NotEnough as refusal:
            shortages = refusal.shortages
            shares = ()
        else:
            shortages = ()
        assert bool(shares) != bool(shortages)
        assert bool(shares) == _is_possible(wishes, available, range(1, 6))
        assert all(shortage.left < shortage.wanted for shortage in shortages)
        if not shares:
            return
        for wish in wishes:
            mine = [share for share in shares if share.line == wish.line]
            assert sum(share.quantity for share in mine) == wish.quantity
            assert all(share.quantity > 0 and share.variant_id == wish.variant_id for share in mine)
            assert wish.upt_id is None or {share.upt_id for share in mine} == {wish.upt_id}
        for key, there in available.items():
            assert sum(s.quantity for s in shares if (s.variant_id, s.upt_id) == key) <= there

    @given(wishes, stocks, standings)
    def test_no_smaller_set_of_upts_would_do(
        self, wishes: list[Wish], available: dict[tuple[int, int], int], standings: dict[int, Standing]
    ) -> None:
        try:
            shares = allocate(wishes, available, standings)
        except NotEnough:
            return
        used = {share.upt_id for share in shares}
        for group in combinations(range(1, 6), len(used) - 1):
            assert not _is_possible(wishes, available, group)


def _is_possible(wishes: list[Wish], available: dict[tuple[int, int], int], upt_ids: object) -> bool:
    """Whether these UPTs alone could serve everything, counted in the plainest way."""
    allowed = set(upt_ids)  # type: ignore[call-overload]
    free = {key: there for key, there in available.items() if key[1] in allowed}
    for wish in wishes:
        if wish.upt_id is not None:
            key = (wish.variant_id, wish.upt_id)
            free[key] = free.get(key, 0) - wish.quantity
            if free[key] < 0:
                return False
    for variant_id in (NET, BREAD, SOAP):
        wanted = sum(w.quantity for w in wishes if w.variant_id == variant_id and w.upt_id is None)
        if wanted > sum(there for key, there in free.items() if key[0] == variant_id):
            return False
    return True
