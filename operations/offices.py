"""The command that tells the shop of a UPT's office: address, hours, number, a few words about it."""

from __future__ import annotations

import click

from accounts.errors import OfficeNumberInvalid, OfficeTextInvalid, OpeningHoursInvalid, UptNotFound
from accounts.rules import system_actor
from accounts.services.offices import describe_office
from inventory.rules import CATALOGUE
from kernel.clock import now
from kernel.db import mark_changed
from kernel.errors import DomainError
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction

_ACTOR = system_actor("command line")

_SENTENCES: dict[type[DomainError], str] = {
    UptNotFound: "There is no UPT of code {upt_code}: see upts.csv.",
    OfficeNumberInvalid: "That is no telephone number of Indonesia: write it like 022-1234567.",
    OpeningHoursInvalid: 'Hours are written like this: "Mo-Th 08:30-15:00; Fr 08:30-11:00".',
    OfficeTextInvalid: "The text is too long: at most {most} characters.",
}


@click.command("office")
@click.argument("code")
@click.option("--address", help="Street and number, and the postcode.")
@click.option("--whatsapp", help="The number of the office; never a person's own.")
@click.option(
    "--hours", "pickup_hours", help='When orders can be fetched: "Mo-Th 08:30-15:00; Fr 08:30-11:00".'
)
@click.option("--about", "about_id", help="A few words about the UPT, in Indonesian.")
@click.option("--about-en", help="The same in English.")
@click.option(
    "--pickup/--no-pickup", "is_open_for_pickup", default=None, help="Whether orders can be fetched."
)
def office_command(code: str, *, is_open_for_pickup: bool | None, **texts: str | None) -> None:
    """Say where the UPT of this CODE is and how to reach it; an empty text takes one away. Audited."""
    given = {name: text for name, text in texts.items() if text is not None}
    try:
        with environment() as config, one_transaction(config) as session:
            is_new = describe_office(
                session, code, given, actor=_ACTOR, at=now(), is_open_for_pickup=is_open_for_pickup
            )
            if is_new:
                mark_changed(session, CATALOGUE)
    except tuple(_SENTENCES) as refusal:
        raise OperationsError(_SENTENCES[type(refusal)].format(**refusal.parameters)) from refusal
    click.echo("Its page tells it now." if is_new else "Nothing changed: it was told so before.")
