"""Making a demo shop: the shipped catalogue, and what its sources do not state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.rules import system_actor
from accounts.services.demo import DEMO_STAFF, add_demo_staff, fill_upt_emails, fill_upt_offices
from accounts.services.passwords import SHORTEST_PASSWORD, Passwords
from accounts.services.second_factors import Sealer, give_sample_factors
from inventory.models import Product
from inventory.services.demo import load_demo_goods, stock_empty_shelves
from inventory.services.importing import import_catalogue
from kernel.clock import now
from kernel.config import Config
from operations.catalogue import refusals_told, show_progress
from operations.credentials import load_credentials
from operations.environment import environment, variable_folder
from operations.errors import OperationsError
from operations.schema import PROJECT
from operations.transactions import one_transaction
from orders.services.demo import fill_slots
from orders.services.rates import import_rates

DEMO_UPTS = PROJECT / "data" / "upts.csv"
DEMO_PRODUCTS = PROJECT / "data" / "products.csv"
DEMO_RATES = PROJECT / "data" / "rates.csv"

_ACTOR = system_actor("demo")


def ensure_demo_catalogue(config: Config, password: str) -> bool:
    """Fill a shop that has no product with the demo catalogue; says whether it did.

    `password` is what the demo officers sign in with. A shop with products is left as it is, and so is
    one in production.
    """
    if config.is_production:
        return False
    with refusals_told(), one_transaction(config) as session:
        sealer = Sealer(config.secret_key)
        if session.scalar(select(Product.id).limit(1)) is not None:
            give_sample_factors(session, sealer=sealer, at=now())  # of a shop filled before there were any
            return False
        import_catalogue(session, DEMO_UPTS, DEMO_PRODUCTS, progress=show_progress)
        _load_demo(session, password, sealer=sealer, at=now())
    return True


def load_demo(config: Config, password: str) -> dict[str, int]:
    """Add the sample values a shop still lacks; gives how many of each kind.

    Raises OperationsError in production.
    """
    if config.is_production:
        raise OperationsError("load-demo invents prices, stock and users: it is not for production.")
    with refusals_told(), one_transaction(config) as session:
        return _load_demo(session, password, sealer=Sealer(config.secret_key), at=now())


def load_stock(config: Config) -> int:
    """Put sample pieces of every buyable good on its makers' empty shelves; gives how many shelves."""
    with one_transaction(config) as session:
        return stock_empty_shelves(session, actor=_ACTOR, at=now())


def demo_password(environ: Mapping[str, str]) -> str:
    """What the demo officers of this installation sign in with: drawn once, kept with its secrets."""
    return load_credentials(variable_folder(environ) / "secrets")["DEMO_PASSWORD"]


def demo_sign_ins(config: Config) -> list[tuple[str, str]]:
    """Address and name of each demo officer this shop has."""
    with one_transaction(config) as session:
        there = set(session.scalars(select(User.email).where(User.is_sample)))
    return [(officer.email, officer.name) for officer in DEMO_STAFF if officer.email in there]


@click.command("load-demo")
@click.option(
    "--password", help=f"What the demo officers sign in with; at least {SHORTEST_PASSWORD} characters."
)
def load_demo_command(password: str | None) -> None:
    """Add sample prices, weights, stock, lead times, rates and officers where there are none yet."""
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise OperationsError(f"The password is too short: at least {SHORTEST_PASSWORD} characters.")
    with environment() as config:
        added = load_demo(config, password or demo_password(os.environ))
    for kind, count in added.items():
        click.echo(f"{kind.replace('_', ' ') + ':':<14}{count:>8,} added")
    if not any(added.values()):
        click.echo("Nothing changed: the demo was loaded before.")


def _load_demo(session: Session, password: str, *, sealer: Sealer, at: datetime) -> dict[str, int]:
    goods = load_demo_goods(session, actor=_ACTOR, at=at)
    rates = import_rates(session, DEMO_RATES, is_sample=True)
    return asdict(goods) | {
        "rates": rates.created,
        "service_slots": fill_slots(session),
        "upt_offices": fill_upt_offices(session),
        "upt_emails": fill_upt_emails(session),
        "officers": _load_officers(session, password, sealer=sealer, at=at),
    }


def _load_officers(session: Session, password: str, *, sealer: Sealer, at: datetime) -> int:
    """Officers who can sign in; the codes of their second step are shown on a page of development."""
    added = add_demo_staff(session, password, passwords=Passwords(), actor=_ACTOR, at=at)
    give_sample_factors(session, sealer=sealer, at=at)
    return added
