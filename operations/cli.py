"""The command line `lapak`: one group, a command a task."""

import os
import signal
import sys

import click

from kernel.config import ConfigError
from operations.audit import verify_audit_command
from operations.catalogue import import_catalogue_command, import_rates_command
from operations.dead_letters import dead_letters_group
from operations.demo import load_demo_command
from operations.environment import environment
from operations.errors import OperationsError
from operations.invariants import check_invariants_command
from operations.invoices import issue_invoices_command
from operations.news import send_news_command
from operations.officers import officers_group
from operations.offices import office_command
from operations.renaming import rename_group
from operations.run import run
from operations.schema import upgrade


@click.group()
def lapak() -> None:
    """Run and look after the shop.

    Settings come from the environment; what they leave out is embedded under var/.
    """


@lapak.command("run")
def run_command() -> None:
    """Start the whole shop and keep it running until Ctrl-C."""
    run(os.environ)


@lapak.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    with environment() as config:
        upgrade(config.database_url)
    click.echo("The database has the newest schema.")


lapak.add_command(import_catalogue_command)
lapak.add_command(import_rates_command)
lapak.add_command(load_demo_command)
lapak.add_command(dead_letters_group)
lapak.add_command(officers_group)
lapak.add_command(rename_group)
lapak.add_command(office_command)
lapak.add_command(send_news_command)
lapak.add_command(issue_invoices_command)
lapak.add_command(check_invariants_command)
lapak.add_command(verify_audit_command)


def main() -> None:
    """Run a command; what the person can put right is one sentence and exit code 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ends like Ctrl-C: servers are stopped in order
    try:
        lapak()
    except (ConfigError, OperationsError) as error:
        click.echo(f"lapak: {error}", err=True)
        sys.exit(1)
