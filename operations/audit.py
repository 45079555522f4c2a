"""`lapak verify-audit`: whether the audit log is as it was written."""

from __future__ import annotations

import click

from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction
from reporting.audit_chain import verify_chain


@click.command("verify-audit")
@click.option(
    "--noted",
    metavar="HASH",
    help="A head this command printed earlier, kept elsewhere: the log must still pass through it.",
)
def verify_audit_command(noted: str | None) -> None:
    """Compute the chain of hashes anew; exit code 1 and the first broken entry if it is not whole."""
    with environment() as config, one_transaction(config) as session:
        # one picture of log and head, however many entries are written while it is read
        session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        verdict = verify_chain(session, noted=_hash(noted) if noted else None)
    if verdict.problem is not None:
        where = f"entry {verdict.broken_at} " if verdict.broken_at is not None else ""
        raise OperationsError(f"the audit log is broken: {where}{verdict.problem}.")
    click.echo(f"The audit log is whole: {verdict.entries} entries. Its head: {verdict.head.hex()}")


def _hash(written: str) -> bytes:
    try:
        return bytes.fromhex(written)
    except ValueError as error:
        raise OperationsError(f"{written} is no hash: it is written as this command prints it.") from error
