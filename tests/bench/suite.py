"""What is measured: the operations, their aims, and the rounds in which they take turns with the floors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.goods import Good, leave_few, pieces_sold
from tests.bench.measuring import Measured, measure
from tests.bench.stage import Shop, Stage

_ENOUGH = 1_000_000  # flows: the time is over before
_REHEARSED = 16  # flows before the time begins: templates compiled, statements prepared


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: catalogue sizes, rounds, seconds a measurement, connections, writers.

    `prepared` is how many checkouts are walked to their last step before it is timed; `buyers` all want one
    of `pieces` at once.
    """

    sizes: tuple[int, ...]
    rounds: int
    seconds: float
    connections: int
    writer_processes: int
    writers: int
    prepared: int
    buyers: int
    pieces: int


FULL = Plan((1_000, 10_000, 100_000), 3, 1.5, 16, 2, 4, 240, 200, 50)
QUICK = Plan((60,), 1, 0.3, 4, 1, 2, 8, 6, 2)


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of work. `floor` is what its rate is divided by; aims are None where there is none.

    `least_ratio` is to the floor, `least_rate` a second, `most_cpu` milliseconds, `most_statements` SQL.
    """

    key: str
    title: str
    floor: str
    least_ratio: float | None = None
    least_rate: float | None = None
    most_cpu: float | None = None
    most_statements: int | None = None


PAGES = (
    Operation("listing_warm", "listing, kept", "hello", 0.60),
    Operation("listing", "listing, rendered", "hello", 0.15, most_cpu=6, most_statements=3),
    Operation("product_warm", "product page, kept", "hello", 0.60),
    Operation("product", "product page, rendered", "hello", 0.20, most_cpu=5, most_statements=4),
    Operation("search", "search, rendered", "hello", 0.10, most_cpu=8, most_statements=3),
)
BUYING = (
    Operation("cart", "add to cart", "hello", least_rate=198),
    Operation("checkout", "whole guest checkout", "hello", least_rate=30, most_statements=60),
    Operation("place", "the `POST` that places the order", "raw", 0.05),
    Operation("service", "`place_order` without HTTP", "raw", 0.15),
)
FLOORS = (
    Operation("hello", "floor: Flask hello world", "hello"),
    Operation("raw", "floor: raw SQL order", "raw"),
)


@dataclass
class Results:
    """Every measurement by operation and catalogue size, one a round, and what was counted beside them.

    `load_before` is how many processes wanted a core before the run: above `cores`, others slow it down.
    `worker_bytes` is a worker's own memory and its part of what it shares, `resident_bytes` with all of that.
    """

    plan: Plan
    cores: int
    load_before: float
    measured: dict[tuple[str, int], list[Measured]] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    worker_bytes: int = 0
    resident_bytes: int = 0
    start_seconds: float = 0.0
    pieces_sold: int = 0
    broken_invariants: list[str] = field(default_factory=list)

    def add(self, key: str, size: int, measured: Measured) -> None:
        """Note one measurement."""
        self.measured.setdefault((key, size), []).append(measured)


@dataclass(frozen=True, slots=True)
class Market:
    """One shop with its goods."""

    size: int
    shop: Shop
    goods: Sequence[Good]

    def paths(self, key: str) -> list[str]:
        """The addresses an operation visits."""
        match key.removesuffix("_warm"):
            case "listing":
                return ["/produk"]
            case "product":
                return [f"/produk/{good.slug}" for good in self.goods[:200]]
            case _:
                return [f"/cari?q={good.name.split()[0]}+{good.name.split()[-2]}" for good in self.goods]

    def goods_as_values(self) -> list[dict[str, Any]]:
        """The goods as a job carries them."""
        return [asdict(good) for good in self.goods]


class Suite:
    """The measurements of one run, round by round, so that a noisy minute meets all of them alike."""

    def __init__(self, stage: Stage, hello: Shop, markets: Sequence[Market], results: Results) -> None:
        self._stage = stage
        self._hello = hello
        self._markets = markets
        self._results = results
        self._plan = results.plan

    def run(self, say: Callable[[str], None]) -> None:
        """All rounds. Raises LoadFailed."""
        for number in range(1, self._plan.rounds + 1):
            for operation in PAGES:
                hello = self._measure_hello()
                say(_line(number, "hello", 0, hello))
                for market in self._markets:
                    measured = self._measure_pages(operation.key, market)
                    say(_line(number, operation.title, market.size, measured))
            for operation, measured in self._measure_buying(self._markets[0]):
                say(_line(number, operation.title, self._markets[0].size, measured))

    def _measure_hello(self) -> Measured:
        measured = self._load(self._hello, "pages", {"paths": ["/"]}, "page")
        self._results.add("hello", 0, measured)
        return measured

    def _measure_pages(self, key: str, market: Market) -> Measured:
        flow = "pages" if key.endswith("_warm") else "fresh_pages"
        paths = market.paths(key)
        rehearsed = max(len(paths), _REHEARSED) if key.endswith("_warm") else _REHEARSED
        measured = self._load(market.shop, flow, {"paths": paths}, "page", rehearsed=rehearsed)
        self._results.add(key, market.size, measured)
        return measured

    def _measure_buying(self, market: Market) -> Iterator[tuple[Operation, Measured]]:
        goods = {"goods": market.goods_as_values()}
        raw, service = self._writing("raw", market), self._writing("service", market)
        cart = self._load(market.shop, "carts", goods, "add")
        checkout = self._load(market.shop, "checkouts", goods, "flow")
        place = self._load(market.shop, "checkouts", goods, "place", prepared=self._plan.prepared)
        found = {"raw": raw, "service": service, "cart": cart, "checkout": checkout, "place": place}
        for operation in (*FLOORS, *BUYING):
            if operation.key in found:
                self._results.add(operation.key, market.size, found[operation.key])
                yield operation, found[operation.key]

    def rush(self) -> None:
        """Let more buyers than there are pieces order at the same moment, each on their own connection."""
        market, plan = self._markets[0], self._plan
        good = leave_few(market.shop.config, plan.pieces)
        self._load(
            market.shop,
            "rush",
            {"good": asdict(good)},
            "order",
            rehearsed=0,
            prepared=plan.buyers,
            connections=plan.buyers,
        )
        self._results.pieces_sold = pieces_sold(market.shop.config, good)

    def _load(
        self,
        shop: Shop,
        flow: str,
        arguments: Mapping[str, Any],
        label: str,
        *,
        rehearsed: int = _REHEARSED,
        prepared: int = 0,
        connections: int = 0,
    ) -> Measured:
        job = {
            "port": shop.config.port,
            "flow": flow,
            "arguments": arguments,
            "connections": connections or self._plan.connections,
            "seconds": self._plan.seconds,
            "rehearsed": rehearsed,
            "most": prepared or _ENOUGH,
            "prepared": bool(prepared),
        }
        assert shop.process.pid is not None
        return measure([("tests.bench.load", job)], label, [*self._stage.server_pids, shop.process.pid])

    def _writing(self, kind: str, market: Market) -> Measured:
        job = {
            "kind": kind,
            "database_url": market.shop.config.database_url,
            "writers": self._plan.writers,
            "seconds": self._plan.seconds,
            "variant_ids": [good.variant_id for good in market.goods],
        }
        jobs = [("tests.bench.writers", job)] * self._plan.writer_processes
        return measure(jobs, "order", self._stage.server_pids, load_counts=True)


def _line(number: int, title: str, size: int, measured: Measured) -> str:
    return (
        f"round {number}  {title:34} {size:>7,} goods {measured.rate:8,.0f}/s  p50 {measured.p50:7.1f} ms"
        f"  p99 {measured.p99:7.1f} ms  CPU {measured.cpu:6.2f} ms"
    )
