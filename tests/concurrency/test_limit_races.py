"""One person who orders in many windows at once gets no more than one person gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from orders.errors import PurchaseLimit
from orders.models import OrderLine
from orders.rules.allocation import Wish
from orders.services import limiting
from orders.services.placing import Contact, PlaceOrder, place_order
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, race
from tests.factories.enquiries import make_terms
from tests.factories.placing import make_command, make_shop, with_seen_total

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8
MOST = 3

# the same person by address or by number, in every mixture
CONTACTS = [
    Contact(f"sari+{number}@example.com", "Sari", "081234567890")
    if number % 2
    else Contact("sari@example.com", "Sari", "+6281234567890")
    for number in range(RACERS)
]


@pytest.fixture
def commands(engine: Engine) -> list[PlaceOrder]:
    """One net each, of which a person gets three; half of the orders have bread as well."""
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(40, 40), breads=40)
        make_terms(session, shop.net.product_id, limit_pieces=MOST, limit_days=30)
        lines = [
            (Wish(1, shop.net.id, 1), *([Wish(2, shop.bread.id, 1)] if number % 2 else []))
            for number in range(RACERS)
        ]
        return [
            with_seen_total(session, make_command(*wishes, contact=contact), at=AT)
            for wishes, contact in zip(lines, CONTACTS, strict=True)
        ]


def placing(command: PlaceOrder) -> Callable[[Session], str]:
    return lambda session: place_order(session, command, actor=CUSTOMER, at=AT)


def nets(engine: Engine) -> int:
    with Session(engine) as session:
        bought = select(func.sum(OrderLine.quantity)).where(OrderLine.product_name == "Coir Net")
        return session.scalar(bought) or 0


def test_gets_what_one_person_gets(engine: Engine, commands: list[PlaceOrder]) -> None:
    before = deadlocks(engine)
    outcomes = race(engine, [placing(command) for command in commands])
    assert deadlocks(engine) == before
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(refusal, PurchaseLimit) for refusal in refusals), refusals
    assert nets(engine) == MOST
    assert len(refusals) == RACERS - MOST
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


def test_without_the_locks_gets_more(
    engine: Engine, commands: list[PlaceOrder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The naive twin looks what was bought before and waits for nobody."""
    naive = text("SELECT pg_sleep(0.1) FROM unnest(CAST(:keys AS text[])) LIMIT 1")
    monkeypatch.setattr(limiting, "_LOCK_PERSON", naive)
    race(engine, [placing(command) for command in commands])
    assert nets(engine) > MOST


def test_people_do_not_wait_for_each_other(engine: Engine, commands: list[PlaceOrder]) -> None:
    """While one person's order is still being written, another person's lock is free."""
    with Session(engine) as slow, Session(engine) as quick, slow.begin(), quick.begin():
        place_order(slow, commands[0], actor=CUSTOMER, at=AT)
        quick.execute(text("SET LOCAL lock_timeout = '200ms'"))
        budi = {"keys": ["email:budi@example.com", "phone:6287777777777"]}
        quick.execute(limiting._LOCK_PERSON, budi)
        with pytest.raises(OperationalError, match="lock timeout"):
            quick.execute(limiting._LOCK_PERSON, {"keys": ["phone:6281234567890"]})
