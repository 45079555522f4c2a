"""Commands that fill the shop: the catalogue and the shipping rates from files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import click

from accounts.importing import ImportRefused, ImportRunning, Problem, Tally
from inventory.services.importing import Imported, import_catalogue
from kernel.config import Config
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction
from orders.services.rates import import_rates

_INPUT_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_ROWS_A_LINE = 10_000
_STEPS = {
    "read": "{rows:,} rows read",
    "written": "writing",
    "indexed": "rebuilding the search",
}


class FilesRefused(OperationsError):
    """Files have problems and nothing was imported; the message lists every one."""

    def __init__(self, problems: list[Problem]) -> None:
        listed = "\n".join(f"  {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"Nothing was imported, because of {count}:\n{listed}")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn an import's refusal into a sentence for the terminal.

    Raises FilesRefused, or OperationsError when another import is at work.
    """
    try:
        yield
    except ImportRefused as refused:
        raise FilesRefused(list(refused.problems)) from refused
    except ImportRunning as running:
        raise OperationsError("Another import is at work: wait for its end.") from running


def import_files(config: Config, upts: Path, products: Path, *, dry_run: bool = False) -> Imported:
    """Import a catalogue in one transaction, showing progress on the terminal.

    `dry_run` does everything and takes it back. Raises as `refusals_told` does.
    """
    with refusals_told(), one_transaction(config) as session:
        imported = import_catalogue(session, upts, products, progress=show_progress)
        if dry_run:
            session.rollback()
    return imported


@click.command("import-catalogue")
@click.argument("upts", type=_INPUT_FILE)
@click.argument("products", type=_INPUT_FILE)
@click.option("--dry-run", is_flag=True, help="Report what would change, and change nothing.")
def import_catalogue_command(upts: Path, products: Path, dry_run: bool) -> None:
    """Create or update UPTs and products from two CSV files: all of it, or nothing and every reason why."""
    with environment() as config:
        imported = import_files(config, upts, products, dry_run=dry_run)
    for field in fields(imported):
        tell_tally(field.name, getattr(imported, field.name))
    tell_outcome(changed=imported.changed_anything, dry_run=dry_run)


@click.command("import-rates")
@click.argument("rates", type=_INPUT_FILE)
@click.option("--dry-run", is_flag=True, help="Report what would change, and change nothing.")
def import_rates_command(rates: Path, dry_run: bool) -> None:
    """Create or update shipping rates from a CSV file: all of it, or nothing and every reason why."""
    with environment() as config, refusals_told(), one_transaction(config) as session:
        tally = import_rates(session, rates)
        if dry_run:
            session.rollback()
    tell_tally("rates", tally)
    tell_outcome(changed=tally.changed_anything, dry_run=dry_run)


def tell_outcome(*, changed: bool, dry_run: bool) -> None:
    """Print what is not plain from the counts."""
    if not changed:
        click.echo("Nothing changed: the shop already has it all.")
    elif dry_run:
        click.echo("This was a dry run: nothing was changed.")


def tell_tally(kind: str, tally: Tally) -> None:
    """Print what an import created, updated and found unchanged of one kind."""
    counts = f"{tally.created:>8,} created {tally.updated:>8,} updated {tally.unchanged:>8,} unchanged"
    click.echo(f"{kind + ':':<12}{counts}")


def show_progress(step: str, rows: int) -> None:
    """Tell how far an import is: over and over on one line of a terminal, now and then in a log."""
    message = _STEPS[step].format(rows=rows)
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{message}...", err=True, nl=step == "indexed")
    elif rows % _ROWS_A_LINE == 0:
        click.echo(f"{message}...", err=True)
