"""How many SQL statements a visit costs: the same flows, walked inside this process and listened to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from kernel.db import db
from tests.bench.client import Answer
from tests.bench.flows import Flow


def count_statements(app: Flask, flow: Flow) -> Counter[str]:
    """Walk the flow with a browser of its own; gives the statements that reached the database by label.

    BEGIN and COMMIT are not among them; savepoints are.
    """
    browser = app.test_client()
    counts: Counter[str] = Counter()
    with app.app_context():
        engine = db.engine
    answer: Answer | None = None
    with _listening(engine) as statements:
        while True:
            try:
                request = flow.send(answer)
            except StopIteration:
                return counts
            answer = None
            if request is None:
                continue
            statements.clear()
            response = browser.open(
                request.path,
                method="GET" if request.form is None else "POST",
                data=request.form,
                headers={"Sec-Fetch-Site": "same-origin"},
            )
            counts[request.label] += len(statements)
            answer = Answer(response.status_code, response.location or "", {}, False, response.data)


@contextmanager
def _listening(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
