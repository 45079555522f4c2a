"""`make bench`: start everything, measure it in rounds, print the figures and write them down."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click
import psycopg
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.db import db
from operations.schema import PROJECT
from reporting.invariants import violations
from storefront.app import create_app
from tests.bench.counting import count_statements
from tests.bench.flows import carts, checkouts, fresh_pages, pages
from tests.bench.goods import load_goods, sample_goods
from tests.bench.payments import stub_payments
from tests.bench.report import report, write
from tests.bench.stage import Stage
from tests.bench.suite import FULL, QUICK, Market, Plan, Results, Suite
from tests.bench.writers import RAW_TABLES

_GOODS_VISITED = 500
_FOLDER = PROJECT / "var" / "bench"
_PAGE = PROJECT / "docs" / "performance.md"


@click.command()
@click.option("--quick", is_flag=True, help="A few tenths of a second each, to see that all of it works.")
def main(*, quick: bool) -> None:
    """Measure speed against the floors of the same run and write docs/performance.md.

    Ends with a table of fifty thousand rows, and fails when that is beyond its limits.
    """
    began = time.monotonic()
    results = run(QUICK if quick else FULL, _FOLDER)
    click.echo(report(results))
    if not quick:
        write(results, _PAGE)
        click.echo(f"\nWritten to {_PAGE} after {(time.monotonic() - began) / 60:.1f} minutes.")
    click.echo("\nA table as long as one may be:" if not quick else "\nA table of two thousand rows:")
    sys.stdout.flush()
    rows = ("--rows", "2000") if quick else ()
    done = subprocess.run([sys.executable, "-m", "tests.bench.tables", *rows], cwd=PROJECT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def run(plan: Plan, folder: Path, servers: tuple[str, str] | None = None) -> Results:
    """Everything that is measured, with data and logs in `folder`, on servers of its own or on `servers`.

    Raises LoadFailed, OperationsError.
    """
    results = Results(plan, cores=os.cpu_count() or 1, load_before=os.getloadavg()[0])
    with Stage(folder, servers) as stage:
        hello = stage.start_hello()
        markets = [_open_market(stage, size, number, folder) for number, size in enumerate(plan.sizes, 2)]
        results.start_seconds = min(market.shop.start_seconds for market in markets)
        _count(markets[0], results)
        suite = Suite(stage, hello, markets, results)
        suite.run(click.echo)
        suite.rush()
        workers = [worker.memory_full_info() for worker in markets[0].shop.workers]
        results.worker_bytes = max(getattr(memory, "pss", memory.rss) for memory in workers)
        results.resident_bytes = max(memory.rss for memory in workers)
        results.broken_invariants = _broken_invariants(markets[0])
    return results


def _open_market(stage: Stage, size: int, number: int, folder: Path) -> Market:
    """A shop with so many goods; the first one's database also has the floor's tables."""
    name = f"goods_{size}"
    database_url = stage.new_database(name)
    config, full = stage.config(name, database_url, number)
    load_goods(config, size, folder / "files")
    if number == 2:
        address = make_url(database_url).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
            connection.execute(RAW_TABLES)
    return Market(size, stage.start_shop(name, config, full), sample_goods(config, _GOODS_VISITED))


def _count(market: Market, results: Results) -> None:
    """Count the SQL statements of each operation, once, before the load."""
    app = create_app(market.shop.config)
    stub_payments(app, market.shop.config)
    goods = market.goods_as_values()
    for key in ("listing", "product", "search"):
        kept = next(pages(market.paths(key)))
        results.statements[key] = count_statements(app, next(fresh_pages(market.paths(key)))).total()
        count_statements(app, next(pages(market.paths(key))))
        results.statements[f"{key}_warm"] = count_statements(app, kept).total()
    results.statements["cart"] = count_statements(app, next(carts(goods))).total()
    count_statements(app, next(checkouts(goods)))  # what a process learns once is not counted
    checkout = count_statements(app, next(checkouts(goods)))
    results.statements |= {"checkout": checkout.total(), "place": checkout["place"]}
    with app.app_context():
        db.engine.dispose()


def _broken_invariants(market: Market) -> list[str]:
    app = create_app(market.shop.config)
    with app.app_context():
        with Session(db.engine) as session:
            broken = violations(session, at=now())
        db.engine.dispose()
    return sorted(broken.keys() - {"I18"})  # events wait: the worker does not run here


if __name__ == "__main__":
    main()
