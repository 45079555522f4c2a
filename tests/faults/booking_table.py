"""A worker that stops for good after the first portion of a table: `python -m ... DATABASE_URL IMPORT_ID`."""

from __future__ import annotations

import sys
import time

from inventory.services.tables import apply_table
from kernel.clock import now
from kernel.db import transaction
from storefront.app import create_app
from tests.conftest import make_config


def main() -> None:
    """Book one row, say so, and never go on."""
    app = create_app(make_config(sys.argv[1], "redis://127.0.0.1:1"))

    def tell(done: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()
        time.sleep(600)

    with app.app_context(), transaction() as session:
        apply_table(session, int(sys.argv[2]), at=now(), tell=tell, at_once=1)


if __name__ == "__main__":
    main()
