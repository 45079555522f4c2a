"""Which UPTs serve an order: fewest parcels first, then the nearest, then those with fewest open parcels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

_MOST_SETS_TRIED = 5_000


@dataclass(frozen=True, slots=True)
class Wish:
    """One line of what is wanted, in pieces; `upt_id` when it must come from that UPT."""

    line: int
    variant_id: int
    quantity: int
    upt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for or against a UPT: its distance to the customer (zone rank, km) and its open parcels."""

    zone: int
    km: int
    open_parcels: int


@dataclass(frozen=True, slots=True)
class Share:
    """So many pieces of one line, supplied by one UPT."""

    line: int
    variant_id: int
    upt_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that cannot be served: what is left for it, and where (pieces by UPT id)."""

    line: int
    wanted: int
    left: int
    where: Mapping[int, int]


class NotEnough(Exception):
    """The total does not suffice for some lines; `shortages` tells each of them."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__(f"{len(self.shortages)} lines cannot be served")


Available = Mapping[tuple[int, int], int]
"""Free pieces by (variant id, UPT id)."""


def allocate(
    wishes: Sequence[Wish], available: Available, standings: Mapping[int, Standing]
) -> tuple[Share, ...]:
    """Say which UPT supplies how many pieces of each line, looking at all lines at once.

    Lines that name their UPT are served there first. The others go to the smallest set of UPTs that has
    enough of everything; of equally small sets the nearest to the customer wins, then the least busy, then
    the lowest ids, so that the answer is always the same. Raises NotEnough.
    """
    free = Counter({key: pieces for key, pieces in available.items() if pieces > 0})
    _refuse_shortages(wishes, free)
    shares = []
    for wish in wishes:
        if wish.upt_id is not None:
            free[wish.variant_id, wish.upt_id] -= wish.quantity
            shares.append(Share(wish.line, wish.variant_id, wish.upt_id, wish.quantity))
    open_wishes = [wish for wish in wishes if wish.upt_id is None]
    named = frozenset(share.upt_id for share in shares)
    chosen = named | _fewest_upts(_demand(open_wishes), free, named, standings)
    order = sorted(chosen, key=lambda upt_id: (*_badness([upt_id], standings), upt_id))
    for wish in open_wishes:
        shares.extend(_draw(wish, free, order))
    return tuple(sorted(shares, key=lambda share: (share.line, share.upt_id)))


def _demand(wishes: Iterable[Wish]) -> Counter[int]:
    demand: Counter[int] = Counter()
    for wish in wishes:
        demand[wish.variant_id] += wish.quantity
    return demand


def _refuse_shortages(wishes: Sequence[Wish], available: Counter[tuple[int, int]]) -> None:
    """Count every line against what the lines before it leave; lines that name a UPT come first."""
    free = Counter(available)
    shortages = []
    for wish in sorted(wishes, key=lambda wish: wish.upt_id is None):
        where = {
            upt_id: pieces
            for (variant_id, upt_id), pieces in sorted(free.items())
            if variant_id == wish.variant_id and pieces > 0 and wish.upt_id in (None, upt_id)
        }
        left = sum(where.values())
        if left < wish.quantity:
            shortages.append(Shortage(wish.line, wish.quantity, left, where))
            continue
        needed = wish.quantity
        for upt_id, pieces in where.items():
            taken = min(pieces, needed)
            free[wish.variant_id, upt_id] -= taken
            needed -= taken
    if shortages:
        raise NotEnough(sorted(shortages, key=lambda shortage: shortage.line))


def _fewest_upts(
    demand: Counter[int],
    free: Counter[tuple[int, int]],
    named: frozenset[int],
    standings: Mapping[int, Standing],
) -> frozenset[int]:
    """The best smallest set of further UPTs that, with the named ones, has enough of everything."""
    supply: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for (variant_id, upt_id), pieces in free.items():
        if variant_id in demand and pieces > 0:
            supply[upt_id][variant_id] = min(pieces, demand[variant_id])
    missing = Counter(demand)
    for upt_id in named:
        missing -= supply.pop(upt_id, Counter())
    candidates = sorted(supply)
    for size in range(len(candidates) + 1):
        if comb(len(candidates), size) > _MOST_SETS_TRIED:
            break
        enough = [group for group in combinations(candidates, size) if _covers(group, supply, missing)]
        if enough:
            return frozenset(min(enough, key=lambda group: (*_badness(group, standings), group)))
    return _greedy(missing, supply, standings)


def _covers(group: Iterable[int], supply: Mapping[int, Counter[int]], missing: Counter[int]) -> bool:
    return all(
        sum(supply[upt_id][variant_id] for upt_id in group) >= pieces
        for variant_id, pieces in missing.items()
    )


def _badness(group: Iterable[int], standings: Mapping[int, Standing]) -> tuple[int, int, int]:
    members = [standings[upt_id] for upt_id in group]
    return (
        sum(member.zone for member in members),
        sum(member.km for member in members),
        sum(member.open_parcels for member in members),
    )


def _greedy(
    missing: Counter[int], supply: Mapping[int, Counter[int]], standings: Mapping[int, Standing]
) -> frozenset[int]:
    """Where there are too many sets to try: always the UPT that covers most of what is still missing."""
    chosen: set[int] = set()
    while missing:
        best = min(
            supply.keys() - chosen,
            key=lambda upt_id: (-(missing & supply[upt_id]).total(), *_badness([upt_id], standings), upt_id),
        )
        chosen.add(best)
        missing -= supply[best]
    return frozenset(chosen)


def _draw(wish: Wish, free: Counter[tuple[int, int]], order: Sequence[int]) -> list[Share]:
    """Take a line's pieces from the chosen UPTs: all from one if one has them, else in order."""
    whole = [upt_id for upt_id in order if free[wish.variant_id, upt_id] >= wish.quantity]
    shares = []
    needed = wish.quantity
    for upt_id in whole[:1] or order:
        pieces = min(free[wish.variant_id, upt_id], needed)
        if pieces > 0:
            free[wish.variant_id, upt_id] -= pieces
            needed -= pieces
            shares.append(Share(wish.line, wish.variant_id, upt_id, pieces))
    return shares
