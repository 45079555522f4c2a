"""The load: visitors on keep-alive connections who walk a flow again and again; a process of its own.

Bounded in time and in count, and it only ever talks to this machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from tests.bench.client import Answer, Connection, ConnectionBroken
from tests.bench.flows import FLOWS, Flow, FlowFailed
from tests.bench.protocol import Outcome, serve

_LONGEST_REHEARSAL = 20.0  # seconds


class Visit:
    """One walk through a flow, with the cookies it is given on the way."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._cookies: dict[str, str] = {}
        self._answer: Answer | None = None

    async def walk(self, connection: Connection, outcome: Outcome) -> bool:
        """Go on to the next pause (gives True) or to the end (False), noting how long each answer took.

        Raises FlowFailed.
        """
        while True:
            try:
                request = self._flow.send(self._answer)
            except StopIteration:
                return False
            self._answer = None
            if request is None:
                return True
            began = time.perf_counter()
            try:
                self._answer = await connection.ask(request.path, form=request.form, cookies=self._cookies)
            except (ConnectionBroken, OSError) as error:
                raise FlowFailed(f"{request.label}: {error!r}") from error
            outcome.add(request.label, time.perf_counter() - began)
            self._cookies |= self._answer.cookies


def prepare(job: dict[str, Any]) -> Callable[[], Outcome]:
    """Get ready for a job.

    `port`, `flow` with its `arguments`, `connections`, `seconds`, and `most`, the number of flows at which to
    stop. `rehearsed` flows are walked before, untimed: what is done once per process is done then. With
    `prepared`, `most` flows are walked to their pause now, and only what comes after it is timed.
    """
    runner = asyncio.Runner()
    connections = [Connection(job["port"]) for _ in range(job["connections"])]
    flows = (Visit(flow) for flow in FLOWS[job["flow"]](**job["arguments"]))
    runner.run(_timed(islice(flows, job["rehearsed"]), connections, _LONGEST_REHEARSAL))
    visits: Iterator[Visit] = islice(flows, job["most"])
    if job["prepared"]:
        visits = iter(runner.run(_to_the_pause(visits, connections)))

    def work() -> Outcome:
        outcome = runner.run(_timed(visits, connections, job["seconds"]))
        for connection in connections:
            connection.close()
        runner.close()
        return outcome

    return work


async def _to_the_pause(visits: Iterator[Visit], connections: list[Connection]) -> list[Visit]:
    paused: list[Visit] = []

    async def visitor(connection: Connection) -> None:
        for visit in visits:
            if await visit.walk(connection, Outcome()):
                paused.append(visit)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(visitor(connection))
    return paused


async def _timed(visits: Iterator[Visit], connections: list[Connection], seconds: float) -> Outcome:
    outcome = Outcome()
    began = time.perf_counter()

    async def visitor(connection: Connection) -> None:
        for visit in visits:
            start = time.perf_counter()
            if start - began > seconds:
                return
            try:
                while await visit.walk(connection, outcome):
                    pass
            except FlowFailed as failure:
                outcome.fail(str(failure))
            else:
                outcome.add("flow", time.perf_counter() - start)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(visitor(connection))
    outcome.seconds = time.perf_counter() - began
    return outcome


if __name__ == "__main__":
    serve(prepare)
