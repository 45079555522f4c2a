"""Commands for who may work in the shop: officers, their roles, their passwords. Each change is audited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from accounts.errors import (
    EmailTaken,
    PasswordGuessable,
    PasswordTooLong,
    PasswordTooShort,
    ScopeDoesNotFitRole,
    ScopeNotFound,
    UserNotFound,
)
from accounts.queries import staff_list
from accounts.rules import ROLE_SCOPES, system_actor
from accounts.services.members import (
    add_user,
    forget_second_factor,
    grant,
    revoke,
    set_active,
    set_password,
)
from accounts.services.passwords import Passwords
from kernel.clock import now
from kernel.errors import DomainError
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction

_ACTOR = system_actor("command line")

_SENTENCES: dict[type[DomainError], str] = {
    EmailTaken: "Somebody already signs in with {email}: use `lapak officers grant` to give them a role.",
    PasswordTooShort: "The password is too short: at least {least} characters.",
    PasswordGuessable: "The password is easily guessed: take several words that do not belong together.",
    PasswordTooLong: "The password is too long: at most {most} characters.",
    UserNotFound: "Nobody signs in with {email}: see `lapak officers list`.",
    ScopeNotFound: "There is no UPT of code or Kanwil of name {scope}: see upts.csv.",
    ScopeDoesNotFitRole: "The role {role} holds for one {scope}: name it with --at (none for the nation).",
}

_role = click.option("--role", type=click.Choice(list(ROLE_SCOPES)), required=True, help="What they may do.")
_scope = click.option(
    "--at", "scope", help="Code of the UPT or short name of the Kanwil; none for the nation."
)
_password = click.password_option(help="Asked for when it is not given.")


@click.group("officers")
def officers_group() -> None:
    """Let officers in, give them roles, shut them out."""


@officers_group.command("list")
def list_command() -> None:
    """List who can sign in, with their roles."""
    with _door() as session:
        people = staff_list(session)
    for person in people:
        roles = ", ".join(person.roles) or "no role"
        click.echo(f"{person.email}  {person.name}  {roles}{'' if person.is_active else '  (shut out)'}")


@officers_group.command("add")
@click.argument("email")
@click.argument("name")
@_role
@_scope
@_password
def add_command(email: str, name: str, role: str, scope: str | None, password: str) -> None:
    """Let somebody sign in, with one role to begin with."""
    with _door() as session:
        at = now()
        add_user(session, email, name, password, passwords=Passwords(), actor=_ACTOR, at=at)
        grant(session, email, role, scope, actor=_ACTOR, at=at)
    click.echo(f"{email} can sign in.")


@officers_group.command("grant")
@click.argument("email")
@_role
@_scope
def grant_command(email: str, role: str, scope: str | None) -> None:
    """Give a further role."""
    with _door() as session:
        is_new = grant(session, email, role, scope, actor=_ACTOR, at=now())
    click.echo("Granted." if is_new else "Nothing changed: they have this role.")


@officers_group.command("revoke")
@click.argument("email")
@_role
@_scope
def revoke_command(email: str, role: str, scope: str | None) -> None:
    """Take a role away, at once."""
    with _door() as session:
        had_it = revoke(session, email, role, scope, actor=_ACTOR, at=now())
    click.echo("Revoked." if had_it else "Nothing changed: they do not have this role.")


@officers_group.command("password")
@click.argument("email")
@_password
def password_command(email: str, password: str) -> None:
    """Set a new password; whoever is signed in with the old one is out."""
    with _door() as session:
        set_password(session, email, password, passwords=Passwords(), actor=_ACTOR, at=now())
    click.echo(f"{email} signs in with the new password.")


@officers_group.command("forget-code")
@click.argument("email")
def forget_code_command(email: str) -> None:
    """Take away a second step whose phone and recovery codes are lost; they set up another one."""
    with _door() as session:
        had_one = forget_second_factor(session, email, actor=_ACTOR, at=now())
    click.echo(
        f"{email} sets up a new second step at the next sign-in."
        if had_one
        else f"Nothing changed: {email} has no second step."
    )


@officers_group.command("disable")
@click.argument("email")
def disable_command(email: str) -> None:
    """Shut somebody out, at once and everywhere."""
    _set_active(email, is_active=False)


@officers_group.command("enable")
@click.argument("email")
def enable_command(email: str) -> None:
    """Let somebody in again."""
    _set_active(email, is_active=True)


def _set_active(email: str, *, is_active: bool) -> None:
    with _door() as session:
        is_new = set_active(session, email, is_active=is_active, actor=_ACTOR, at=now())
    state = "let in" if is_active else "shut out"
    click.echo(f"{email} is {state}." if is_new else f"Nothing changed: {email} is {state} already.")


@contextmanager
def _door() -> Iterator[Session]:
    """One transaction; a refusal becomes a sentence for the terminal. Raises OperationsError."""
    try:
        with environment() as config, one_transaction(config) as session:
            yield session
    except tuple(_SENTENCES) as refusal:
        raise OperationsError(_SENTENCES[type(refusal)].format(**refusal.parameters)) from refusal
