"""Answers that come at once, and requests that cross: one counts, and no shelf gives too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import Actor
from orders.errors import TakeoverNotPossible, TakeoverOver
from orders.models import Fulfilment, Refund, Takeover
from orders.rules.allocation import Wish
from orders.services.fulfilling import cannot_supply
from orders.services.taking_over import accept, ask, refuse, withdraw
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import Shop, make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Desks:
    """Garut and Ciamis make nets both and have nine and five; their officers."""

    shop: Shop
    garut: Actor
    ciamis: Actor

    def request(self, session: Session, by: Actor, pieces: int) -> UUID:
        """An order of so many nets at one of them, which asks the other for all of it."""
        here, there = self.shop.garut, self.shop.ciamis
        if by is self.ciamis:
            here, there = there, here
        order = make_paid_order(session, Wish(1, self.shop.net.id, pieces, here.id), at=AT)
        number = parcel_of(session, order, here).number
        return ask(session, number, there.code, {1: pieces}, reason="too_busy", actor=by, at=AT)


@pytest.fixture
def desks(engine: Engine) -> Desks:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(9, 5), breads=0)
        people = [make_officer(session, upt) for upt in (shop.garut, shop.ciamis)]
        return Desks(shop, *(actor_of(session, person.id, person.name) for person in people))


def requested(engine: Engine, desks: Desks, by: Actor, pieces: int) -> UUID:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return desks.request(session, by, pieces)


def answers(step: Callable[..., object], key: UUID, actor: Actor) -> Callable[[Session], object]:
    return lambda session: step(session, key, actor=actor, at=AT)


def ends(number: str, pieces: int, actor: Actor) -> Callable[[Session], None]:
    """A UPT says of its whole parcel that it cannot supply it."""
    return lambda session: cannot_supply(
        session, number, {1: pieces}, reason="keeps_too_short", seen_cancelled=0, actor=actor, at=AT
    )


def assert_sound(engine: Engine) -> None:
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


def test_one_answer_counts(engine: Engine, desks: Desks) -> None:
    for pieces in (1, 2, 1):
        key = requested(engine, desks, desks.garut, pieces)
        steps = ((accept, desks.ciamis), (refuse, desks.ciamis), (withdraw, desks.garut)) * 3
        outcomes = race(engine, [answers(step, key, actor) for step, actor in steps])
        with Session(engine) as session:
            takeover = session.scalars(select(Takeover).where(Takeover.key == key)).one()
            parcels = session.scalars(
                select(Fulfilment.upt_id).where(
                    Fulfilment.order_id == session.get_one(Fulfilment, takeover.fulfilment_id).order_id
                )
            ).all()
        is_taken = takeover.state == "accepted"
        assert len(parcels) == 1 + is_taken
        assert [type(each) for each in outcomes].count(TakeoverOver) == 6
        assert outcomes.count(True) == (not is_taken)
    assert_sound(engine)


def test_the_same_free_pieces_are_taken_once(engine: Engine, desks: Desks) -> None:
    keys = [requested(engine, desks, desks.garut, 3) for _ in range(3)]
    outcomes = race(engine, [answers(accept, key, desks.ciamis) for key in keys])
    assert [type(each) for each in outcomes].count(TakeoverNotPossible) == 2
    assert_sound(engine)


def test_requests_that_cross_do_not_lock_each_other(engine: Engine, desks: Desks) -> None:
    before = deadlocks(engine)
    for _ in range(3):
        there = requested(engine, desks, desks.garut, 1)
        back = requested(engine, desks, desks.ciamis, 1)
        runs = [answers(accept, there, desks.ciamis), answers(accept, back, desks.garut)]
        outcomes = race(engine, runs)
        assert all(isinstance(each, str) for each in outcomes), outcomes
    assert deadlocks(engine) == before
    assert_sound(engine)


def test_shipping_goes_back_once_when_both_end_at_once(engine: Engine, desks: Desks) -> None:
    """A part was taken over: whichever of the two UPTs is last gives the shipping back."""
    for _ in range(3):
        with Session(engine, expire_on_commit=False) as session, session.begin():
            order = make_paid_order(session, Wish(1, desks.shop.net.id, 3, desks.shop.garut.id), at=AT)
            first = parcel_of(session, order, desks.shop.garut).number
            there = desks.shop.ciamis.code
            key = ask(session, first, there, {1: 1}, reason="too_busy", actor=desks.garut, at=AT)
            second = accept(session, key, actor=desks.ciamis, at=AT)
        race(engine, [ends(first, 2, desks.garut), ends(second, 1, desks.ciamis)])
        with Session(engine) as session:
            given = select(func.sum(Refund.amount)).where(Refund.order_id == order.id)
            assert session.scalars(given).one() == order.total
    assert_sound(engine)


def test_the_naive_twin_answers_twice(engine: Engine, desks: Desks) -> None:
    """Without the locks both answers see a request that waits."""
    key = requested(engine, desks, desks.garut, 2)

    have_looked = everybody(2)

    def naive(state: str) -> Callable[[Session], bool]:
        def answer(session: Session) -> bool:
            seen = session.scalars(select(Takeover.state).where(Takeover.key == key)).one()
            have_looked()
            if seen != "asked":
                return False
            session.execute(
                text(
                    "UPDATE takeovers SET state = :state, decided_at = now(), decided_label = 'x'"
                    " WHERE key = :key"
                ),
                {"state": state, "key": key},
            )
            return True

        return answer

    assert race(engine, [naive("refused"), naive("withdrawn")]) == [True, True]
