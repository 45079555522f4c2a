"""A slot has its places once, and a form sent many times at once is one enquiry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import Actor
from orders.errors import SlotFull
from orders.models import Booking, Enquiry
from orders.queries.slots import taken_places
from orders.services.answering import confirm_booking
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.accounts import make_officer
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.inventory import make_product, make_upt

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8
CAPACITY = 3


@dataclass(frozen=True)
class Desk:
    """Eight bookings of one person each for a slot with three places, and the officer they lie before."""

    officer: Actor
    numbers: tuple[str, ...]
    slot_id: int


@pytest.fixture
def desk(engine: Engine) -> Desk:
    with Session(engine) as session, session.begin():
        upt = make_upt(session)
        slot = make_slot(session, make_service(session, upt), upt, capacity=CAPACITY)
        user = make_officer(session, upt)
        numbers = tuple(make_enquiry(session, slot=slot, at=AT).number for _ in range(RACERS))
        return Desk(actor_of(session, user.id, user.name), numbers, slot.id)


def confirmed(engine: Engine) -> int:
    with Session(engine) as session:
        people = select(func.coalesce(func.sum(Booking.people), 0)).where(Booking.state == "confirmed")
        return int(session.scalars(people).one())


class TestPlaces:
    def test_are_confirmed_up_to_the_capacity(self, engine: Engine, desk: Desk) -> None:
        def confirming(number: str) -> Callable[[Session], bool]:
            return lambda session: confirm_booking(session, number, "", key="k", actor=desk.officer, at=AT)

        before = deadlocks(engine)
        outcomes = race(engine, [confirming(number) for number in desk.numbers])
        assert deadlocks(engine) == before
        assert outcomes.count(True) == CAPACITY
        assert sum(isinstance(outcome, SlotFull) for outcome in outcomes) == RACERS - CAPACITY
        assert confirmed(engine) == CAPACITY
        with Session(engine) as session:
            assert violations(session, at=AT, names=["E1", "E2"]) == {}

    def test_the_naive_twin_overbooks(self, engine: Engine, desk: Desk) -> None:
        """Count the places, then take one, with no row held in between."""

        have_looked = everybody(len(desk.numbers))

        def naive(number: str) -> Callable[[Session], bool]:
            def run(session: Session) -> bool:
                enquiry = select(Enquiry.id).where(Enquiry.number == number).scalar_subquery()
                booking = session.scalars(select(Booking).where(Booking.enquiry_id == enquiry)).one()
                left = CAPACITY - taken_places(session, desk.slot_id, booking.day)
                have_looked()
                if left < booking.people:
                    return False
                booking.state, booking.decided_at = "confirmed", AT
                return True

            return run

        race(engine, [naive(number) for number in desk.numbers])
        assert confirmed(engine) > CAPACITY
        with Session(engine) as session:
            assert list(violations(session, at=AT, names=["E1"])) == ["E1"]


def test_a_form_sent_many_times_at_once_is_one_enquiry(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        product = make_product(session)
        session.flush()
        session.expunge(product)

    def asking(session: Session) -> str:
        return make_enquiry(session, product=product, idempotency_key="one form", at=AT).number

    outcomes = race(engine, [asking] * RACERS)
    assert len(set(outcomes)) == 1, outcomes
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM enquiries")).scalar_one() == 1
        events = text("SELECT count(*) FROM outbox_events WHERE name = 'EnquiryReceived'")
        assert connection.execute(events).scalar_one() == 1
