"""The database: the one engine and session, the one place that commits, and names for constraints."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import psycopg
from flask import Flask, current_app, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Identity,
    MetaData,
    Select,
    Text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table. Strings are unbounded text, moments are UTC-aware, objects are JSON."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            str: Text(),
            int: BigInteger(),
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB(),
        },
    )


Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"""A surrogate key for joins inside the database; it never appears in a URL."""

db = SQLAlchemy(model_class=Base)

_READ_AT_ONCE = 2000
_MARKS = "marks"
_READS_ONLY = "reads_only"
_LISTENERS = "commit_listeners"
_READER = "reader"
_READS_AS_ANOTHER = "reads_as_another"


class NestedTransactionError(RuntimeError):
    """A transaction was opened inside another one: a service tried to be a door."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of a door: commit when the block ends, roll back when it raises.

    After the commit the listeners of the app hear which marks were set with `mark_changed`. This is the only
    code that commits. It needs an application context. Raises
    NestedTransactionError when one is already open.
    """
    session: Session = db.session()
    if session.info.get("transaction_open"):
        raise NestedTransactionError
    if session.info.pop(_READS_ONLY, False):
        session.close()
    session.info["transaction_open"] = True
    session.info.pop(_MARKS, None)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["transaction_open"] = False
    marks = frozenset(session.info.pop(_MARKS, ()))
    if marks:
        for listener in current_app.extensions.get(_LISTENERS, ()):
            listener(marks)


def reading_session() -> Session:
    """The session of a page that only reads: no transaction is opened, which saves two round trips a page.

    It also leaves the connection the statements it has prepared: the rollback that ends a transaction of mere
    reading makes the driver forget them all, and each would be parsed and planned anew. Each statement sees
    what is committed when it runs. What the request has begun already, a `transaction` above all, goes on as
    it is; one that follows begins anew.
    """
    session: Session = db.session()
    if not session.in_transaction() and not session.info.get("transaction_open"):
        connection = session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        session.info[_READS_ONLY] = True
        if _READER in g:
            _become(connection, *g.get(_READER))
    return session


def read_as(role: str, settings: Mapping[str, str]) -> None:
    """Let `reading_session` read as another role of the database until the request ends.

    What that role may see is decided by the database's row-level security, to which `settings` say who asks.
    A `transaction` is ours as ever. It costs a round trip, and the connection's next user another.
    """
    setattr(g, _READER, (role, settings))
    session: Session = db.session()
    if session.info.get(_READS_ONLY) and session.in_transaction():
        _become(session.connection(), role, settings)


def read_as_ourselves() -> None:
    """Let `reading_session` read as the role that owns the tables again."""
    if g.pop(_READER, None) is not None:
        session: Session = db.session()
        if session.info.pop(_READS_ONLY, False):
            session.close()


def _become(connection: Connection, role: str, settings: Mapping[str, str]) -> None:
    """Take on a role for as long as the connection is lent out; it reads without a transaction."""
    connection.connection.info[_READS_AS_ANOTHER] = True
    names = {"role": role, **settings}
    query = f"SELECT {', '.join(['set_config(%s, %s, false)'] * len(names))}"
    connection.exec_driver_sql(query, tuple(part for pair in names.items() for part in pair))


def _become_ourselves(connection: psycopg.Connection, record: ConnectionPoolEntry, *_pool: object) -> None:
    """Take off the role that the last user of a connection read as. Raises DisconnectionError."""
    if record.info.pop(_READS_AS_ANOTHER, False):
        try:
            connection.autocommit = True
            connection.execute("RESET ROLE; RESET ALL")
            connection.autocommit = False
        except psycopg.Error as error:
            raise DisconnectionError from error


def mark_changed(session: Session, mark: str) -> None:
    """Note in the caller's transaction what it changes; a transaction that is rolled back is not heard of."""
    session.info.setdefault(_MARKS, set()).add(mark)


def on_commit(app: Flask, listener: Callable[[frozenset[str]], None]) -> None:
    """Have `listener` called with the marks of each transaction this app commits. It must not raise."""
    app.extensions.setdefault(_LISTENERS, []).append(listener)


def engine_options(*, statement_seconds: int) -> dict[str, Any]:
    """How a process connects: UTC, and no statement, lock or idle transaction that lasts for ever."""
    limits = {
        "timezone": "UTC",
        "statement_timeout": f"{statement_seconds}s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "30s",
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {
        "pool_events": [(_refuse_closed, "checkout"), (_become_ourselves, "checkout")],
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 2,
        "connect_args": {"options": options, "connect_timeout": 3},
    }


def _refuse_closed(connection: psycopg.Connection, *_pool: object) -> None:
    """Have the pool replace a connection whose server has hung up: the server's last words wait to be read.

    It costs no round trip, unlike a ping: an idle connection has nothing to read. Raises DisconnectionError.
    """
    if connection.closed or _has_something_to_read(connection.fileno()):
        raise DisconnectionError


def _has_something_to_read(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def one_of(column: str, values: Iterable[str | int]) -> str:
    """The SQL condition that a column holds one of our own words, for a CHECK."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def in_portions(
    session: Session,
    query: Select[*tuple[Any, ...]],
    keys: tuple[Any, ...],
    *,
    is_falling: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query by its keys, which no two share: a portion goes on after the last keys."""
    asked = query.add_columns(*keys).order_by(*(key.desc() if is_falling else key.asc() for key in keys))
    last: tuple[Any, ...] | None = None
    while True:
        portion = asked.limit(_READ_AT_ONCE)
        if last is not None:
            portion = portion.where(tuple_(*keys) < last if is_falling else tuple_(*keys) > last)
        rows = session.execute(portion).all()
        for row in rows:
            yield tuple(row)[: -len(keys)]
        if len(rows) < _READ_AT_ONCE:
            return
        last = tuple(rows[-1])[-len(keys) :]
