"""Commands that give a product or a UPT another name and address; the old address leads there. Audited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from accounts.errors import NameInvalid, UptNotFound
from accounts.rules import system_actor
from inventory.errors import ProductNotFound
from inventory.services.renaming import rename_product, rename_upt
from kernel.clock import now
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction

_ACTOR = system_actor("command line")


@click.group("rename")
def rename_group() -> None:
    """Give a product or a UPT another name and its address; old links go on working."""


@rename_group.command("product")
@click.argument("slug")
@click.argument("name")
def product_command(slug: str, name: str) -> None:
    """Rename the product whose address ends in SLUG."""
    with _door() as session:
        present = rename_product(session, slug, name, actor=_ACTOR, at=now())
    click.echo(f"/produk/{slug} now leads to /produk/{present}.")


@rename_group.command("upt")
@click.argument("code")
@click.argument("name")
def upt_command(code: str, name: str) -> None:
    """Rename the UPT with this CODE (see upts.csv)."""
    with _door() as session:
        present = rename_upt(session, code, name, actor=_ACTOR, at=now())
    click.echo(f"{code} is now at /upt/{present}.")


@contextmanager
def _door() -> Iterator[Session]:
    """A transaction; what is refused is told in a sentence."""
    try:
        with environment() as config, one_transaction(config) as session:
            yield session
    except ProductNotFound as refusal:
        raise OperationsError("There is no product at that address.") from refusal
    except UptNotFound as refusal:
        raise OperationsError(f"There is no UPT of code {refusal.parameters['upt_code']}.") from refusal
    except NameInvalid as refusal:
        most = refusal.parameters["most"]
        raise OperationsError(f"A name has a letter or digit and at most {most} characters.") from refusal
