"""Forms of one address book that arrive at once: each place once, one default, never more than it holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from accounts.errors import AddressBookFull
from accounts.queries import addresses_of
from accounts.rules import MOST_ADDRESSES, Actor
from accounts.services.addresses import Place, add_address, delete_address
from tests.concurrency.racing import race
from tests.factories.accounts import make_user

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8


@pytest.fixture
def sari(engine: Engine) -> Actor:
    with Session(engine) as session, session.begin():
        return Actor("Sari", user_id=make_user(session).id)


def adding(actor: Actor, street: str) -> Callable[[Session], UUID]:
    place = Place("", "Sari", "081234567890", street, "32.73.19.1001", "40111")
    return lambda session: add_address(session, place, actor=actor, at=AT)


def deleting(actor: Actor, key: UUID) -> Callable[[Session], None]:
    return lambda session: delete_address(session, key, actor=actor)


def defaults(engine: Engine, actor: Actor) -> list[bool]:
    assert actor.user_id is not None
    with Session(engine) as session:
        return [address.is_default for address in addresses_of(session, actor.user_id)]


def test_one_form_sent_often_is_one_address(engine: Engine, sari: Actor) -> None:
    keys = race(engine, [adding(sari, "Jalan Braga 1")] * RACERS)
    assert len(set(keys)) == 1
    assert defaults(engine, sari) == [True]


def test_the_last_place_is_given_once(engine: Engine, sari: Actor) -> None:
    with Session(engine) as session, session.begin():
        for number in range(MOST_ADDRESSES - 1):
            adding(sari, f"Jalan Braga {number}")(session)
    outcomes = race(engine, [adding(sari, f"Jalan Asia Afrika {number}") for number in range(RACERS)])
    assert sum(isinstance(outcome, AddressBookFull) for outcome in outcomes) == RACERS - 1
    assert len(defaults(engine, sari)) == MOST_ADDRESSES


def test_there_is_one_default_whatever_is_deleted(engine: Engine, sari: Actor) -> None:
    with Session(engine) as session, session.begin():
        keys = [adding(sari, f"Jalan Braga {number}")(session) for number in range(RACERS)]
    race(engine, [deleting(sari, key) for key in keys[: RACERS - 2]])
    assert sorted(defaults(engine, sari)) == [False, True]
