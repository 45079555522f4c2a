"""I9: sixteen threads take numbers of one series and some roll back; the series has no gap and no twin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event as Signal

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from orders.events import OrderPaid
from orders.models import Invoice, InvoiceSeries
from orders.rules.allocation import Wish
from orders.services.invoicing import issue_invoices
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, race
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 16


class Stopped(Exception):
    """What a racer meets after it has taken its numbers."""


@pytest.fixture
def order_ids(engine: Engine) -> list[int]:
    """So many paid orders as racers, of a net from each of the same two UPTs."""
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(40, 40))
        wishes = (Wish(1, shop.net.id, 1, shop.garut.id), Wish(2, shop.net.id, 1, shop.ciamis.id))
        return [make_paid_order(session, *wishes, at=AT).id for _ in range(RACERS)]


def issuing(order_id: int, *, fails: bool = False) -> Callable[[Session], str]:
    def issue(session: Session) -> str:
        issue_invoices(session, OrderPaid(order_id), at=AT)
        if fails:
            raise Stopped
        return "issued"

    return issue


def serials(engine: Engine) -> list[list[int]]:
    """The numbers of each series, in order."""
    with Session(engine) as session:
        ids = session.scalars(select(InvoiceSeries.id).order_by(InvoiceSeries.id)).all()
        return [
            sorted(session.scalars(select(Invoice.serial).where(Invoice.series_id == series_id)))
            for series_id in ids
        ]


def assert_sound(engine: Engine) -> None:
    with Session(engine) as session:
        assert violations(session, at=AT, names={"I9", "I9-amounts"}) == {}


class TestNumbers:
    def test_have_no_gap_when_some_roll_back(self, engine: Engine, order_ids: list[int]) -> None:
        before = deadlocks(engine)
        runs = [issuing(order_id, fails=place % 3 == 1) for place, order_id in enumerate(order_ids)]
        outcomes = race(engine, runs)
        failed = sum(isinstance(outcome, Stopped) for outcome in outcomes)
        assert failed == 5
        assert outcomes.count("issued") == RACERS - failed
        assert serials(engine) == [list(range(1, RACERS - failed + 1))] * 2
        assert deadlocks(engine) == before
        # those that were rolled back come later and go on where the series ended
        race(engine, [issuing(order_id) for order_id in order_ids])
        assert serials(engine) == [list(range(1, RACERS + 1))] * 2
        assert_sound(engine)

    def test_one_order_told_of_many_times_is_invoiced_once(
        self, engine: Engine, order_ids: list[int]
    ) -> None:
        assert race(engine, [issuing(order_ids[0])] * RACERS) == ["issued"] * RACERS
        assert serials(engine) == [[1]] * 2
        assert_sound(engine)


class TestNaiveTwins:
    """What a database sequence, or the highest number plus one, does in the same race."""

    def test_a_sequence_leaves_gaps(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE SEQUENCE naive"))
            connection.execute(text("CREATE TABLE naive_papers (serial bigint PRIMARY KEY)"))

        def naive(place: int) -> Callable[[Session], str]:
            def issue(session: Session) -> str:
                session.execute(text("INSERT INTO naive_papers VALUES (nextval('naive'))"))
                if place % 3 == 1:
                    raise Stopped
                return "issued"

            return issue

        race(engine, [naive(place) for place in range(RACERS)])
        race(engine, [naive(0)])
        with engine.connect() as connection:
            count, highest = connection.execute(text("SELECT count(*), max(serial) FROM naive_papers")).one()
        assert (count, highest) == (12, 17)

    def test_the_highest_plus_one_gives_a_number_twice(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE naive_papers (serial bigint)"))
        all_have_looked = Signal()
        looked: list[int] = []

        def naive(session: Session) -> int:
            serial: int = session.execute(
                text("SELECT coalesce(max(serial), 0) + 1 FROM naive_papers")
            ).scalar_one()
            looked.append(serial)
            if len(looked) == RACERS:
                all_have_looked.set()
            all_have_looked.wait(10)
            session.execute(text("INSERT INTO naive_papers VALUES (:serial)"), {"serial": serial})
            return serial

        numbers = race(engine, [naive] * RACERS)
        assert len(set(numbers)) < RACERS
