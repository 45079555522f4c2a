"""One measurement: load processes at work for some seconds, and what that cost the servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from tests.bench.protocol import LoadProcess, Outcome
from tests.bench.stage import cpu_seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: operations a second, milliseconds, and the servers' CPU milliseconds an operation.

    `steps` has median and 99th percentile in milliseconds of every kind of request in it.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    steps: Mapping[str, tuple[float, float]]


class LoadFailed(Exception):
    """Visitors met answers they should not have met: the figures would say nothing."""


def measure(
    jobs: Sequence[tuple[str, dict[str, Any]]],
    label: str,
    server_pids: Iterable[int],
    *,
    load_counts: bool = False,
) -> Measured:
    """Run the jobs (module, job) at the same time and count what is noted under `label`.

    With `load_counts` the load's own CPU is counted too: it is the one that does the work. Raises LoadFailed.
    """
    pids = list(server_pids)
    loads = [LoadProcess(module, job) for module, job in jobs]
    before = cpu_seconds(pids)
    for load in loads:
        load.go()
    outcome = Outcome()
    for load in loads:
        outcome.merge(load.outcome())
    used = cpu_seconds(pids) - before + (outcome.cpu_seconds if load_counts else 0.0)
    if outcome.failures or not outcome.milliseconds.get(label):
        raise LoadFailed(f"{outcome.failures} visits failed, the first one with {outcome.first_failure!r}")
    times = outcome.milliseconds[label]
    p50, p99 = _percentiles(times)
    return Measured(
        rate=len(times) / outcome.seconds,
        p50=p50,
        p99=p99,
        cpu=used * 1000 / len(times),
        steps={step: _percentiles(values) for step, values in outcome.milliseconds.items()},
    )


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    return median(values), quantiles(values, n=100, method="inclusive")[98]
