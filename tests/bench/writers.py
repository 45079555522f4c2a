"""Writers without HTTP: the raw SQL order that is the floor, and the shop's own `place_order`.

Threads in a process of its own, each with its own connection; both kinds are run the same way.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from kernel.clock import now
from kernel.db import engine_options
from kernel.errors import DomainError
from orders.rules.allocation import Wish
from orders.services.placing import PlaceOrder, place_order
from tests.bench.protocol import Outcome, serve
from tests.factories.placing import make_command, with_seen_total

Write = Callable[[], object]
"""Write one order and commit it."""

RAW_TABLES = """
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;
CREATE TABLE floor.stocks (id bigint PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0,
                           CHECK (0 <= reserved AND reserved <= on_hand));
CREATE TABLE floor.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL UNIQUE,
                           name text NOT NULL, total bigint NOT NULL, placed_at timestamptz NOT NULL);
CREATE TABLE floor.lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                          order_id bigint NOT NULL REFERENCES floor.orders, stock_id bigint NOT NULL,
                          quantity bigint NOT NULL, total bigint NOT NULL);
CREATE TABLE floor.outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
                           payload jsonb NOT NULL);
INSERT INTO floor.stocks (id, on_hand) SELECT number, 1000000000 FROM generate_series(1, 1000) AS number;
"""

_RESERVE = "UPDATE floor.stocks SET reserved = reserved + %s WHERE id = %s AND on_hand - reserved >= %s"
_ORDER = "INSERT INTO floor.orders (number, name, total, placed_at) VALUES (%s, %s, %s, %s) RETURNING id"
_LINE = "INSERT INTO floor.lines (order_id, stock_id, quantity, total) VALUES (%s, %s, %s, %s)"
_OUTBOX = "INSERT INTO floor.outbox (name, payload) VALUES (%s, %s)"

_DRAWN = 64  # different baskets a writer of the service goes through
_MOST_PIECES = 2


@contextmanager
def _raw(job: dict[str, Any]) -> Iterator[Write]:
    """One conditional stock update, an order, two lines and an outbox row, prepared, in one transaction."""
    address = make_url(job["database_url"]).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), prepare_threshold=0) as connection:

        def write() -> None:
            stock_id = random.randint(1, 1000)
            with connection.cursor() as cursor:
                if cursor.execute(_RESERVE, (1, stock_id, 1)).rowcount != 1:
                    raise AssertionError("the floor has stock for everybody")
                row = cursor.execute(_ORDER, (secrets.token_hex(8), "Sari", 180_000, now())).fetchone()
                assert row is not None
                cursor.execute(_LINE, (row[0], stock_id, 1, 90_000))
                cursor.execute(_LINE, (row[0], stock_id, 1, 90_000))
                cursor.execute(_OUTBOX, ("OrderPlaced", Jsonb({"order_id": row[0]})))
            connection.commit()

        yield write


@contextmanager
def _service(job: dict[str, Any]) -> Iterator[Write]:
    """The use-case as the checkout calls it, two lines an order, on a session as the web server has it."""
    engine = create_engine(job["database_url"], **engine_options(statement_seconds=5))
    commands = _commands(Session(engine), job["variant_ids"])

    def write() -> None:
        command = replace(random.choice(commands), idempotency_key=secrets.token_hex(16))
        with Session(engine) as session, session.begin():
            place_order(session, command, actor=CUSTOMER, at=now())

    try:
        yield write
    finally:
        engine.dispose()


def _commands(session: Session, variant_ids: Sequence[int]) -> list[PlaceOrder]:
    """Baskets of two variants, with the total a buyer would have seen."""
    commands = []
    with session.begin():
        for _ in range(_DRAWN):
            pair = random.sample(variant_ids, 2)
            wishes = [
                Wish(line, variant_id, random.randint(1, _MOST_PIECES))
                for line, variant_id in enumerate(pair, 1)
            ]
            commands.append(with_seen_total(session, make_command(*wishes), at=now()))
    return commands


KINDS: dict[str, Callable[[dict[str, Any]], AbstractContextManager[Write]]] = {
    "raw": _raw,
    "service": _service,
}
"""What a writer can write."""


def prepare(job: dict[str, Any]) -> Callable[[], Outcome]:
    """Get ready for a job: `kind`, `database_url`, `writers` and `seconds`; `variant_ids` to be bought."""

    def writer() -> Iterator[Outcome]:
        """Connect and write once, pause, then write until the time is over."""
        outcome = Outcome()
        with KINDS[job["kind"]](job) as write:
            write()
            yield outcome
            began = time.perf_counter()
            while (start := time.perf_counter()) - began < job["seconds"]:
                try:
                    write()
                except DomainError as refusal:
                    outcome.fail(repr(refusal))
                else:
                    outcome.add("order", time.perf_counter() - start)
            outcome.seconds = time.perf_counter() - began

    writers = [writer() for _ in range(job["writers"])]
    pool = ThreadPoolExecutor(job["writers"])
    outcomes = list(pool.map(next, writers))

    def work() -> Outcome:
        whole = Outcome()
        list(pool.map(list, writers))
        for outcome in outcomes:
            whole.merge(outcome)
        return whole

    return work


if __name__ == "__main__":
    serve(prepare)
