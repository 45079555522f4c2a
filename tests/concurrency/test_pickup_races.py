"""A pick-up code shown many times at once: the parcel is given out once, and no more tries count than may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import LedgerEntry
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from orders.rules.pickup import MOST_MISSES, pickup_code
from orders.services.fetching import choose_pickup
from orders.services.fulfilling import accept, pack
from orders.services.handing_over import give_out, make_ready
from reporting.invariants import violations
from tests.concurrency.racing import everybody, race
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8
SECRET = "a-secret"


@dataclass(frozen=True)
class Counter:
    """Four nets that wait at Garut for whoever shows the code, and the officer who gives them out."""

    officer: Actor
    number: str

    @property
    def code(self) -> str:
        return pickup_code(self.number, 1, secret_key=SECRET)

    def showing(self, code: str) -> Callable[[Session], str]:
        return lambda session: give_out(
            session, self.number, code, secret_key=SECRET, actor=self.officer, at=AT
        )


@pytest.fixture
def counter(engine: Engine) -> Counter:
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(20, 5))
        shop.garut.is_open_for_pickup = True
        user = make_officer(session, shop.garut)
        officer = actor_of(session, user.id, user.name)
        order = make_paid_order(session, Wish(1, shop.net.id, 4, shop.garut.id), at=AT)
        number = parcel_of(session, order, shop.garut).number
        choose_pickup(session, order.number, number, actor=CUSTOMER, at=AT)
        accept(session, number, actor=officer, at=AT)
        pack(session, number, actor=officer, at=AT)
        make_ready(session, number, actor=officer, at=AT)
        return Counter(officer, number)


def assert_sound(engine: Engine) -> None:
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


def test_the_right_code_gives_out_once(engine: Engine, counter: Counter) -> None:
    outcomes = race(engine, [counter.showing(counter.code)] * RACERS)
    assert sorted(map(str, outcomes)) == ["again"] * (RACERS - 1) + ["right"]
    with Session(engine) as session:
        issued = select(LedgerEntry.delta).where(LedgerEntry.kind == "issued")
        assert session.scalars(issued).all() == [-4]
    assert_sound(engine)


def test_no_more_tries_count_than_may(engine: Engine, counter: Counter) -> None:
    wrong = f"{(int(counter.code) + 1) % 1_000_000:06}"
    outcomes = race(engine, [counter.showing(wrong)] * RACERS)
    assert outcomes.count("wrong") == MOST_MISSES
    assert outcomes.count("void") == RACERS - MOST_MISSES
    assert_sound(engine)


def test_the_naive_twin_lets_more_try(engine: Engine, counter: Counter) -> None:
    """Without the parcel's lock all of them look before the first has been counted."""

    have_looked = everybody(RACERS)

    def guessing(session: Session) -> str:
        misses = select(Fulfilment.code_misses).where(Fulfilment.number == counter.number)
        seen = session.scalars(misses).one()
        have_looked()
        if seen >= MOST_MISSES:
            return "void"
        session.execute(
            text("UPDATE fulfilments SET code_misses = :misses WHERE number = :number"),
            {"misses": seen + 1, "number": counter.number},
        )
        return "wrong"

    assert race(engine, [guessing] * RACERS).count("wrong") > MOST_MISSES
