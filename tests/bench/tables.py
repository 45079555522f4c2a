"""How long a table of fifty thousand rows takes, and how much memory: `python -m tests.bench.tables`."""

from __future__ import annotations

import io
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

import click
import psutil
import xlsxwriter
from sqlalchemy import insert, literal, select

from accounts.queries import actor_of
from inventory.events import SheetConfirmed, SheetSent
from inventory.models import SheetImport, Stock, Variant
from inventory.rules import MOST_IMPORTED
from inventory.services.tables import confirm_table, take_table
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from tests.conftest import make_config
from tests.factories.accounts import make_officer
from tests.factories.inventory import make_product, make_upt
from tests.fakes import FakeProvider
from tests.servers import database_copy, shared_servers
from worker import tables as worker
from worker.app import create_context

_MEGABYTE = 1024 * 1024
T = TypeVar("T")


@click.command()
def main() -> None:
    """Read and book a workbook of as many rows as one may have, as the worker does."""
    with (
        shared_servers() as (server, broker),
        database_copy(server, "tables") as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        config = replace(make_config(url, broker), files_url=folder)
        with create_context(config, FakeProvider()).app_context():
            _measure()
            db.session.remove()
            db.engine.dispose()


def _measure() -> None:
    with transaction() as session:
        upt = make_upt(session, code="LPS-UJI")
        product, user = make_product(session, makers=(upt,)), make_officer(session, upt)
        rows = [{"product_id": product.id, "sku": f"B-{n}", "name": f"{n}"} for n in range(MOST_IMPORTED)]
        session.execute(insert(Variant), rows)
        stock = select(Variant.id, literal(upt.id), literal(10)).where(Variant.product_id == product.id)
        session.execute(insert(Stock).from_select(["variant_id", "upt_id", "on_hand"], stock))
        actor = actor_of(session, user.id, user.name)
    content, key = _workbook(), uuid4()
    click.echo(f"{MOST_IMPORTED} rows, {len(content) / 1e6:.1f} MB")
    files().put(f"tables/{key}", content)
    with transaction() as session:
        take_table(
            session, "stock", key=key, file_name="uji.xlsx", file_key=f"tables/{key}", actor=actor, at=now()
        )
        session.flush()
        import_id = session.scalars(select(SheetImport.id)).one()
    del content, rows
    event = SheetSent(import_id)
    with transaction() as session:
        reading = worker.ask_read(session, event)
    assert reading is not None
    read = _timed("read", lambda: worker.read_table(FakeProvider(), reading))
    with transaction() as session:
        worker.apply_read(session, event, read, at=now())
        confirm_table(session, key, actor=actor)

    def book() -> None:
        with transaction() as session:
            worker.apply_confirmed(session, SheetConfirmed(import_id), at=now())

    _timed("booked", book)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{db.session.scalars(select(SheetImport.state)).one()}; {most:.0f} MB at the most")


def _timed(what: str, do: Callable[[], T]) -> T:
    begun, busy = time.perf_counter(), time.process_time()
    done = do()
    rss = psutil.Process().memory_info().rss / _MEGABYTE
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    click.echo(f"{what} in {took:.1f} s, of which {busy:.1f} s of our own CPU; {rss:.0f} MB")
    return done


def _workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Kode UPT", "SKU", "Produk", "Di rak", "Perubahan (+/−)", "Alasan"])
        for number in range(MOST_IMPORTED):
            sheet.write_row(number + 1, 0, ["LPS-UJI", f"B-{number}", "Jaring", 10, -1, "Rusak"])
    return content.getvalue()


if __name__ == "__main__":
    main()
