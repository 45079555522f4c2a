"""Run migrations: one connection, and never a long wait for a lock."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import Connection

import orders.models
import storefront.models
import worker.models
from kernel.config import sqlalchemy_url
from kernel.db import Base
from kernel.mail import Mail
from kernel.outbox import OutboxEvent

# every table hangs on one of these: importing them is what registers the rooms' tables with Base
REGISTERED = (orders.models.Order, storefront.models.Cart, worker.models.JobRun, Mail, OutboxEvent)


def run(connection: Connection) -> None:
    """Migrate over one connection; a lock that does not come within a second fails the run, to be repeated."""
    connection.execute(text("SET lock_timeout = '1s'"))
    connection.execute(text("SET statement_timeout = '15min'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


supplied = context.config.attributes.get("connection")
if supplied is not None:
    run(supplied)
else:
    url = context.config.get_main_option("sqlalchemy.url") or sqlalchemy_url(os.environ["DATABASE_URL"])
    with create_engine(url, poolclass=NullPool).connect() as opened:
        run(opened)
