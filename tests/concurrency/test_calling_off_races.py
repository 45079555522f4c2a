"""A customer calls a paid order off at the moment a UPT packs it: one of them wins, never both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import Stock
from orders.errors import CannotCallOff, WrongState
from orders.models import Fulfilment, Refund
from orders.rules.allocation import Wish
from orders.services.calling_off import call_off
from orders.services.fulfilling import accept, pack
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8


@dataclass(frozen=True)
class Desk:
    """An accepted parcel at Garut of an order of two parcels."""

    officer: Actor
    order: str
    parcel: str


@pytest.fixture
def desk(engine: Engine) -> Desk:
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(20, 5), breads=9)
        user = make_officer(session, shop.garut)
        officer = actor_of(session, user.id, user.name)
        wishes = (Wish(1, shop.net.id, 4, shop.garut.id), Wish(2, shop.net.id, 2, shop.ciamis.id))
        order = make_paid_order(session, *wishes, at=AT)
        number = parcel_of(session, order, shop.garut).number
        accept(session, number, actor=officer, at=AT)
        return Desk(officer, order.number, number)


def calling_off(desk: Desk) -> Callable[[Session], str]:
    return lambda session: f"off {call_off(session, desk.order, actor=CUSTOMER, at=AT)}"


def packing(desk: Desk) -> Callable[[Session], str]:
    return lambda session: f"packed {pack(session, desk.parcel, actor=desk.officer, at=AT)}"


def outcome(engine: Engine) -> tuple[list[str], int, int]:
    """The parcels' states, how many refunds there are, how many pieces are held."""
    with Session(engine) as session:
        states = session.scalars(select(Fulfilment.state).order_by(Fulfilment.id)).all()
        refunds = session.scalar(select(func.count()).select_from(Refund)) or 0
        return list(states), refunds, session.scalar(select(func.sum(Stock.reserved))) or 0


class TestCallingOff:
    def test_or_packing_happens_never_both(self, engine: Engine, desk: Desk) -> None:
        before = deadlocks(engine)
        outcomes = race(engine, [calling_off(desk), packing(desk)] * (RACERS // 2))
        assert deadlocks(engine) == before
        refusals = [each for each in outcomes if isinstance(each, Exception)]
        assert all(isinstance(each, CannotCallOff | WrongState) for each in refusals), refusals
        found = outcome(engine)
        if "off True" in outcomes:
            assert outcomes.count("off True") == 1
            assert found == (["cancelled", "cancelled"], 1, 0)
        else:
            assert outcomes.count("packed True") == 1
            assert found == (["packed", "new"], 0, 6)
        with Session(engine) as session:
            broken = violations(session, at=AT)
        broken.pop("I18", None)  # nobody dispatches here
        assert broken == {}

    def test_many_times_at_once_returns_the_money_once(self, engine: Engine, desk: Desk) -> None:
        outcomes = race(engine, [calling_off(desk)] * RACERS)
        assert sorted(map(str, outcomes)) == ["off False"] * (RACERS - 1) + ["off True"]
        assert outcome(engine) == (["cancelled", "cancelled"], 1, 0)

    def test_the_naive_twin_does_both(self, engine: Engine, desk: Desk) -> None:
        """Look at the state, then change it, with no order held in between."""
        both_have_looked = everybody(2)

        def naive(to_state: str) -> Callable[[Session], str]:
            def change(session: Session) -> str:
                key = {"number": desk.parcel}
                state = session.execute(
                    text("SELECT state FROM fulfilments WHERE number = :number"), key
                ).scalar_one()
                both_have_looked()
                if state != "accepted":
                    return "refused"
                changed = text("UPDATE fulfilments SET state = :state WHERE number = :number")
                session.execute(changed, {**key, "state": to_state})
                return to_state

            return change

        outcomes = race(engine, [naive("cancelled"), naive("packed")])
        assert sorted(map(str, outcomes)) == ["cancelled", "packed"]
