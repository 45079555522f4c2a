"""The tests beside each other (`pytest -n auto`): how many processes, what stays together, whose servers.

The process that hands out the tests owns the servers, so that they are there until the last worker has
ended. Each worker has databases and a numbered Valkey database of its own.
"""

from __future__ import annotations

import math
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import broker_beside, shared_servers

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

MOST_WORKERS = 4  # more would wait for the one that has the longest group

HEAVY = ("tests/faults/", "tests/operations/", "tests/bench/")
"""They start servers, and some measure seconds: never two of them beside each other."""

JOURNEYS = "tests/journeys/"

LOOKING = tuple(
    f"tests/journeys/test_{name}.py"
    for name in (
        "every_staff_page",
        "every_window",
        "filtering",
        "finding",
        "places",
        "product_page",
        "wrong_requests",
    )
)
"""Journeys that measure nothing and mostly look: whoever is through with the light tests takes them last."""

ONE_SHOP = ("tests/sandbox/", "tests/storefront/test_look")
"""Folders and files whose tests share processes that take a while to start."""

_CGROUP = Path("/sys/fs/cgroup")
_servers = pytest.StashKey[tuple[str, str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A worker for each processor there is; none where there is only one."""
    workers = min(processors(), MOST_WORKERS)
    return workers if workers > 1 else 0


def processors(cgroup: Path = _CGROUP) -> int:
    """How many processors this process may use: those of the machine, or of its container if that is less."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except OSError:
        return ours
    return ours if quota == "max" else min(ours, math.ceil(int(quota) / int(period)))


def group_of(file: str) -> str:
    """The group of tests that a file belongs to: one worker runs a whole group, one test after another."""
    if file in LOOKING:
        return "looking"
    if file.startswith(JOURNEYS):
        return "journeys"
    if file.startswith(HEAVY):
        return "heavy"
    return next((begins for begins in ONE_SHOP if file.startswith(begins)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Hand out whole groups, the longest first."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid.partition("::")[0])

    config.option.loadscopereorder = False  # not by how many tests a group has
    return ByGroup(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Beside each other, the heavy tests begin first, for they take longest; those that look come last."""
    if hasattr(config, "workerinput"):
        turns = {"journeys": 0, "heavy": 1, "looking": 3}
        items.sort(key=lambda item: turns.get(group_of(item.nodeid.partition("::")[0]), 2))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker where the servers are and which Valkey database is its own."""
    config = node.config
    if _servers not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_servers] = stack.enter_context(shared_servers())
    database, broker = config.stash[_servers]
    number = int(node.gateway.id.removeprefix("gw"))
    node.workerinput["servers"] = (database, broker_beside(broker, number))
