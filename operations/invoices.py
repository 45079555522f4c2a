"""The command that writes the invoices of orders which were paid before there were any."""

from __future__ import annotations

import click

from kernel.clock import now
from operations.environment import environment
from operations.transactions import one_transaction
from orders.queries.invoices import orders_without_papers
from orders.services.invoicing import issue_missing_papers


@click.command("issue-invoices")
def issue_invoices_command() -> None:
    """Write the invoices and credit notes that paid orders lack, the first paid first.

    It may be stopped and run again: each order is a transaction of its own, and what is written stays.
    """
    with environment() as config:
        with one_transaction(config) as session:
            order_ids = orders_without_papers(session)
        for order_id in order_ids:
            with one_transaction(config) as session:
                issue_missing_papers(session, order_id, at=now())
    click.echo(f"{len(order_ids)} orders lacked papers; what they lacked is written.")
