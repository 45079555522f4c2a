"""The figures as a table, for the terminal and for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.bench.measuring import Measured
from tests.bench.suite import BUYING, FLOORS, PAGES, Operation, Results

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"

_HEAD = (
    "| operation | goods | a second | p50 ms | p99 ms | CPU ms | SQL | ratio to its floor | aim |",
    "|---|--:|--:|--:|--:|--:|--:|--:|---|",
)
_STEPS = ("product", "add", "cart", "form", "address", "place")
_MOST_GROWTH = 1.5


def report(results: Results) -> str:
    """All figures as Markdown."""
    parts = [
        _machine(results),
        "",
        _HEAD_OF_OPERATIONS,
        *_rows(results),
        "",
        *_growth(results),
        "",
        *_steps(results),
        "",
        _rush(results),
        "",
        _process(results),
        "",
        "Invariants broken after the load: " + (", ".join(results.broken_invariants) or "none") + ".",
    ]
    return "\n".join(parts)


def _machine(results: Results) -> str:
    return (
        f"Measured on {results.cores} cores, with {results.load_before:.1f} other processes wanting one when "
        "the run began."
    )


def _rush(results: Results) -> str:
    plan = results.plan
    return (
        f"{plan.buyers} buyers at once for {plan.pieces} pieces of one product: {results.pieces_sold} orders "
        f"accepted, {plan.buyers - results.pieces_sold} clean refusals (aim: {plan.pieces} accepted)."
    )


def _process(results: Results) -> str:
    own, resident = results.worker_bytes / 1e6, results.resident_bytes / 1e6
    return (
        f"After all of this a web worker takes {own:.0f} MB, its part of what the workers share included "
        f"({resident:.0f} MB resident; aim: at most 100), and the web server answers "
        f"{results.start_seconds:.1f} s after its start (aim: 1.5)."
    )


def write(results: Results, page: Path) -> None:
    """Put the figures between their marks in the page; the words around them stay."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{report(results)}\n\n{END}{after}", encoding="utf-8")


_HEAD_OF_OPERATIONS = "\n".join(_HEAD)


def _rows(results: Results) -> list[str]:
    rows = []
    for operation in (*FLOORS, *PAGES, *BUYING):
        sizes = sorted(size for key, size in results.measured if key == operation.key)
        rows += [_row(results, operation, size) for size in sizes]
    return rows


def _row(results: Results, operation: Operation, size: int) -> str:
    rounds = results.measured[operation.key, size]
    is_first = size in (0, results.plan.sizes[0])
    statements = results.statements.get(operation.key) if is_first else None
    found = ratio(results, operation, size)
    cells = (
        operation.title,
        f"{size:,}" if size else "",
        f"{_median(rounds, 'rate'):,.0f}",
        f"{_median(rounds, 'p50'):.1f}",
        f"{_median(rounds, 'p99'):.1f}",
        f"{least_cpu(rounds):.2f}",
        "" if statements is None else str(statements),
        f"{found:.3f}" if operation.floor != operation.key else "",
        _aim(results, operation, size, found) if is_first else "",
    )
    return "| " + " | ".join(cells) + " |"


def ratio(results: Results, operation: Operation, size: int) -> float:
    """The median over the rounds of the rate divided by the floor's in the same round."""
    rates = [measured.rate for measured in results.measured[operation.key, size]]
    floor_size = 0 if operation.floor == "hello" else size
    floors = results.measured[operation.floor, floor_size]
    a_round = len(floors) // len(rates)
    by_round = [floors[number * a_round : (number + 1) * a_round] for number in range(len(rates))]
    return median(rate / _median(floor, "rate") for rate, floor in zip(rates, by_round, strict=True))


def least_cpu(rounds: Sequence[Measured]) -> float:
    """The servers' CPU milliseconds in the best round: what is more is the neighbours' doing."""
    return min(measured.cpu for measured in rounds)


def _median(rounds: Sequence[Measured], name: str) -> float:
    return float(median(getattr(measured, name) for measured in rounds))


def _aim(results: Results, operation: Operation, size: int, found: float) -> str:
    rounds = results.measured[operation.key, size]
    statements = results.statements.get(operation.key)
    checks = []
    if operation.least_ratio is not None:
        checks.append((f"ratio {operation.least_ratio:.2f}", found >= operation.least_ratio))
    if operation.least_rate is not None:
        is_met = _median(rounds, "rate") >= operation.least_rate
        checks.append((f"{operation.least_rate:.0f} a second", is_met))
    if operation.most_cpu is not None:
        checks.append((f"CPU {operation.most_cpu:.0f} ms", least_cpu(rounds) <= operation.most_cpu))
    if operation.most_statements is not None and statements is not None:
        checks.append((f"{operation.most_statements} SQL", statements <= operation.most_statements))
    return ", ".join(f"{text}: {'met' if is_met else 'MISSED'}" for text, is_met in checks)


def _growth(results: Results) -> list[str]:
    """How much more CPU an operation takes in the largest catalogue than in the smallest."""
    smallest, largest = results.plan.sizes[0], results.plan.sizes[-1]
    rows = [
        f"| from {smallest:,} to {largest:,} goods | CPU | time a request | aim |",
        "|---|--:|--:|---|",
    ]
    for operation in PAGES:
        small, large = (results.measured[operation.key, size] for size in (smallest, largest))
        cpu = least_cpu(large) / least_cpu(small)
        slower = median(one.rate / two.rate for one, two in zip(small, large, strict=True))
        verdict = "met" if cpu <= _MOST_GROWTH else "MISSED"
        rows.append(f"| {operation.title} | x {cpu:.2f} | x {slower:.2f} | x {_MOST_GROWTH}: {verdict} |")
    return rows


def _steps(results: Results) -> list[str]:
    rounds = results.measured["checkout", results.plan.sizes[0]]
    rows = ["| a step of the checkout | p50 ms | p99 ms |", "|---|--:|--:|"]
    for step in _STEPS:
        p50, p99 = (median(measured.steps[step][index] for measured in rounds) for index in (0, 1))
        rows.append(f"| {step} | {p50:.1f} | {p99:.1f} |")
    return rows
