"""Tests of running the tests beside each other: what one worker keeps to itself, and how many there are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.servers import broker_beside
from tests.workers import LOOKING, MOST_WORKERS, group_of, processors, pytest_xdist_auto_num_workers


def test_what_measures_seconds_never_runs_beside_its_like() -> None:
    heavy = (
        "tests/faults/test_broker.py",
        "tests/operations/test_boot.py",
        "tests/bench/test_bench.py",
    )
    assert len({group_of(file) for file in heavy}) == 1


def test_journeys_that_look_are_a_group_of_their_own() -> None:
    assert {group_of(file) for file in LOOKING} == {"looking"}
    assert all(Path(file).is_file() for file in LOOKING)


def test_the_tests_of_a_file_stay_together_and_files_do_not() -> None:
    assert group_of("tests/orders/test_placing.py") == "tests/orders/test_placing.py"
    assert group_of("tests/sandbox/test_api.py") == group_of("tests/sandbox/test_inbox.py")


@pytest.mark.parametrize(
    ("limit", "count"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("1600000 100000", 8)]
)
def test_a_container_may_have_fewer_processors_than_its_machine(
    limit: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert processors(tmp_path) == 8
    (tmp_path / "cpu.max").write_text(limit + "\n")
    assert processors(tmp_path) == count


@pytest.mark.parametrize(("count", "workers"), [(1, 0), (2, 2), (64, MOST_WORKERS)])
def test_there_are_as_many_workers_as_help(count: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.workers.processors", lambda: count)
    assert pytest_xdist_auto_num_workers() == workers


def test_each_worker_has_a_numbered_database_of_its_own() -> None:
    addresses = {
        broker_beside("redis://:secret@127.0.0.1:6379/245", number) for number in range(MOST_WORKERS)
    }
    assert addresses == {f"redis://:secret@127.0.0.1:6379/{number}" for number in range(245, 249)}
    assert broker_beside("redis://127.0.0.1:6379", 3) == "redis://127.0.0.1:6379/3"
