"""`lapak check-invariants`: ask the database everything that must be true."""

from __future__ import annotations

import json
import sys

import click

from kernel.clock import now
from operations.environment import environment
from operations.transactions import one_transaction
from reporting.invariants import INVARIANTS, violations


@click.command("check-invariants")
def check_invariants_command() -> None:
    """Say which invariants do not hold, with the first offending rows; exit code 1 if there are any."""
    with environment() as config, one_transaction(config) as session:
        found = violations(session, at=now())
    for invariant in INVARIANTS:
        rows = found.get(invariant.name)
        click.echo(f"{'BROKEN' if rows else 'ok':6}  {invariant.name:10}  {invariant.sentence}")
        for row in rows or ():
            click.echo(f"        {json.dumps(row, default=str)}")
    if found:
        sys.exit(1)
