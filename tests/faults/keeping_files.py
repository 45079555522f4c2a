"""A web server each of whose workers stops for good before it commits what it kept a file for.

`python -m tests.faults.keeping_files DATABASE_URL BROKER_URL FILES_URL` says its port, then at each such
moment the worker's process id.
"""

from __future__ import annotations

import os
import sys
import time

from flask import g, has_app_context
from sqlalchemy import Connection, event
from werkzeug.serving import make_server

from kernel.db import db
from kernel.files import FileStore
from storefront.app import create_app
from tests.conftest import make_config


def main() -> None:
    """Serve until somebody ends it."""
    app = create_app(make_config(*sys.argv[1:4]))
    put = FileStore.put

    def noted(store: FileStore, key: str, content: bytes) -> None:
        put(store, key, content)
        g.is_kept = True

    def stop(_connection: Connection) -> None:
        if has_app_context() and g.get("is_kept"):
            say(os.getpid())
            time.sleep(600)

    FileStore.put = noted  # type: ignore[assignment,method-assign]
    with app.app_context():
        event.listen(db.engine, "commit", stop)  # opens no connection: each worker has its own
    server = make_server("127.0.0.1", 0, app, processes=4)
    say(server.port)
    server.serve_forever()


def say(word: object) -> None:
    """A line for whoever started this process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
