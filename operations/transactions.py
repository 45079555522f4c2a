"""The command line's door to the database: one transaction for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from inventory.adapters.valkey import follow_catalogue
from kernel.config import Config
from kernel.db import db, transaction
from kernel.web import create_bare_app

_STATEMENT_SECONDS = 900


@contextmanager
def one_transaction(config: Config) -> Iterator[Session]:
    """A session that is committed when the block ends and rolled back when it raises.

    A statement may run for a quarter of an hour: commands do in one what pages never do.
    """
    app = create_bare_app(config, "lapak", statement_seconds=_STATEMENT_SECONDS)
    follow_catalogue(app, config.cache_url)
    with app.app_context():
        try:
            with transaction() as session:
                yield session
        finally:
            db.session.remove()
            db.engine.dispose()
