"""Commands for what was given up: list dead letters with their reasons, and try them again."""

from __future__ import annotations

import click

from kernel.clock import now
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction
from worker.dead_letters import DeadLetter, dead_letters, replay


@click.group("dead-letters")
def dead_letters_group() -> None:
    """Look after deliveries and mails that were given up."""


@dead_letters_group.command("list")
def list_command() -> None:
    """List what was given up, the oldest first, with its reason."""
    with environment() as config, one_transaction(config) as session:
        letters = dead_letters(session)
    for letter in letters:
        click.echo(_line(letter))
    click.echo(_count(len(letters), "dead letter"))


@dead_letters_group.command("replay")
@click.argument("letter_id", metavar="ID", required=False)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
def replay_command(letter_id: str | None, everything: bool) -> None:
    """Try one again (its ID is in the list), or with --all every one.

    The worker takes them up within seconds, with all their attempts before them.
    """
    if (letter_id is None) != everything:
        raise OperationsError("Say which: `lapak dead-letters replay ID`, or --all.")
    with environment() as config, one_transaction(config) as session:
        replayed = replay(session, letter_id, at=now())
    if letter_id is not None and not replayed:
        raise OperationsError(f"There is no dead letter {letter_id}: see `lapak dead-letters list`.")
    click.echo(f"{_count(replayed, 'dead letter')} will be tried again.")


def _line(letter: DeadLetter) -> str:
    return (
        f"{letter.id:<16} {letter.since:%Y-%m-%d %H:%M} UTC  {letter.what}"
        f"  after {_count(letter.attempts, 'attempt')}: {letter.reason}"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
