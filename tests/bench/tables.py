"""How long a table of fifty thousand rows takes, and how much memory: `python -m tests.bench.tables`.

A part of `make bench`, in a process of its own because it is that one's memory; it fails above its limits.
"""

from __future__ import annotations

import io
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import click
import psutil
import xlsxwriter
from sqlalchemy import insert, literal, select

from accounts.queries import actor_of
from accounts.rules import Actor
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

_MOST_SECONDS, _MOST_MEGABYTES = 60, 256
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """A table that was sent in, and who sent it."""

    import_id: int
    key: UUID
    actor: Actor


@click.command()
@click.option(
    "--rows", default=MOST_IMPORTED, help="How many; as many as one may have is what the limits mean."
)
def main(*, rows: int) -> None:
    """Read and book a workbook as the worker does. Fails above a minute, or 256 MB in this process."""
    with (
        shared_servers() as (server, broker),
        database_copy(server, "tables") as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        config = replace(make_config(url, broker), files_url=folder)
        with create_context(config, FakeProvider()).app_context():
            seconds, megabytes = _measure(rows)
            db.session.remove()
            db.engine.dispose()
    click.echo(
        f"{seconds:.1f} s in all (limit: {_MOST_SECONDS}), {megabytes:.0f} MB at the most"
        f" (limit: {_MOST_MEGABYTES})"
    )
    if seconds > _MOST_SECONDS or megabytes > _MOST_MEGABYTES:
        raise SystemExit("A table of as many rows as one may have is beyond its limits.")


def _measure(rows: int) -> tuple[float, float]:
    """Seconds it took, and megabytes it needed at the most."""
    sent = send(rows)
    took = _timed("read", lambda: read(sent)) + _timed("booked", lambda: book(sent))
    state, done = db.session.execute(select(SheetImport.state, SheetImport.rows_done)).one()
    assert (state, done) == ("applied", rows)
    return took, _most_megabytes()


def _most_megabytes() -> float:
    """The most this process ever had resident. What getrusage says begins with that of whoever started it."""
    status = Path("/proc/self/status")
    if not status.exists():  # no Linux: what it has now
        return float(psutil.Process().memory_info().rss / _MEGABYTE)
    (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(peak) / 1024


def send(rows: int) -> Sent:
    """A UPT with so many shelves, and a workbook that takes a piece from each."""
    name = uuid4().hex[:6].upper()
    with transaction() as session:
        upt = make_upt(session, code=f"LPS-{name}")
        product, user = make_product(session, makers=(upt,)), make_officer(session, upt)
        values = [{"product_id": product.id, "sku": f"{name}-{n}", "name": f"{n}"} for n in range(rows)]
        session.execute(insert(Variant), values)
        stock = select(Variant.id, literal(upt.id), literal(10)).where(Variant.product_id == product.id)
        session.execute(insert(Stock).from_select(["variant_id", "upt_id", "on_hand"], stock))
        actor, upt_code = actor_of(session, user.id, user.name), upt.code
    content, key = _workbook(upt_code, name, rows), uuid4()
    click.echo(f"{rows} rows, {len(content) / 1e6:.1f} MB")
    files().put(f"tables/{key}", content)
    with transaction() as session:
        take_table(
            session, "stock", key=key, file_name="uji.xlsx", file_key=f"tables/{key}", actor=actor, at=now()
        )
        import_id = session.scalars(select(SheetImport.id).where(SheetImport.key == key)).one()
    return Sent(import_id, key, actor)


def read(sent: Sent) -> None:
    """Read and check it, and have it confirmed."""
    event = SheetSent(sent.import_id)
    with transaction() as session:
        reading = worker.ask_read(session, event)
    assert reading is not None
    found = worker.read_table(FakeProvider(), reading)
    with transaction() as session:
        worker.apply_read(session, event, found, at=now())
        confirm_table(session, sent.key, actor=sent.actor, at=now())


def book(sent: Sent) -> None:
    """Book all of it."""
    with transaction() as session:
        worker.apply_confirmed(session, SheetConfirmed(sent.import_id), at=now())


def _timed(what: str, do: Callable[[], None]) -> float:
    begun, busy = time.perf_counter(), time.process_time()
    do()
    rss = psutil.Process().memory_info().rss / _MEGABYTE
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    click.echo(f"{what} in {took:.1f} s, of which {busy:.1f} s of our own CPU; {rss:.0f} MB")
    return took


def _workbook(upt_code: str, name: str, rows: int) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Kode UPT", "SKU", "Produk", "Di rak", "Perubahan (+/−)", "Alasan"])
        for number in range(rows):
            sheet.write_row(number + 1, 0, [upt_code, f"{name}-{number}", "Jaring", 10, -1, "Rusak"])
    return content.getvalue()


if __name__ == "__main__":
    main()
