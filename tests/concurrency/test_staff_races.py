"""W5, the officers' part: a form sent many times at once, or two that exclude each other, count once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.models import Batch, LedgerEntry, Stock, Variant
from inventory.services.batches import withdraw_expired
from inventory.services.shelving import adjust_pieces, receive_pieces
from inventory.services.stock import Piece, adjust, issue, reserve
from orders.errors import ParcelChanged, TrackingNumberUsed, WrongState
from orders.models import Fulfilment, Refund
from orders.queries.payments import lock_order
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, accept_all, cannot_supply, pack, ship
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race, until_somebody_waits
from tests.factories.accounts import make_officer
from tests.factories.batches import make_batch
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8


@dataclass(frozen=True)
class Desk:
    """A packed parcel of four nets and two breads at Garut, and the officer it lies before."""

    officer: Actor
    number: str
    upt_code: str
    sku: str
    stock_id: int


@pytest.fixture
def desk(engine: Engine) -> Desk:
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, nets=(20, 5), breads=9)
        user = make_officer(session, shop.garut)
        officer = actor_of(session, user.id, user.name)
        order = make_paid_order(
            session, Wish(1, shop.net.id, 4, shop.garut.id), Wish(2, shop.bread.id, 2), at=AT
        )
        number = parcel_of(session, order, shop.garut).number
        accept(session, number, actor=officer, at=AT)
        pack(session, number, actor=officer, at=AT)
        net_here = (Stock.variant_id == shop.net.id, Stock.upt_id == shop.garut.id)
        stock_id = session.scalars(select(Stock.id).where(*net_here)).one()
        return Desk(officer, number, shop.garut.code, shop.net.sku, stock_id)


def shipping(desk: Desk) -> Callable[[Session], bool]:
    return lambda session: ship(session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=AT)


def missing(desk: Desk) -> Callable[[Session], str]:
    def say(session: Session) -> str:
        cannot_supply(
            session, desk.number, {1: 3}, reason="damaged", seen_cancelled=0, actor=desk.officer, at=AT
        )
        return "cancelled"

    return say


def receiving(desk: Desk) -> Callable[[Session], bool]:
    return lambda session: receive_pieces(
        session, desk.upt_code, desk.sku, 20, reason="made", key="form", actor=desk.officer, at=AT
    )


def count_issued(engine: Engine) -> int:
    with Session(engine) as session:
        issued = select(func.sum(LedgerEntry.delta)).where(LedgerEntry.kind == "issued")
        return -(session.scalar(issued) or 0)


def assert_sound(engine: Engine) -> None:
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


class TestOneForm:
    def test_ships_once(self, engine: Engine, desk: Desk) -> None:
        outcomes = race(engine, [shipping(desk)] * RACERS)
        assert sorted(map(str, outcomes)) == ["False"] * (RACERS - 1) + ["True"]
        assert count_issued(engine) == 6
        assert_sound(engine)

    def test_cancels_and_refunds_once(self, engine: Engine, desk: Desk) -> None:
        outcomes = race(engine, [missing(desk)] * RACERS)
        assert outcomes.count("cancelled") == 1
        assert sum(isinstance(outcome, ParcelChanged) for outcome in outcomes) == RACERS - 1
        with Session(engine) as session:
            assert session.scalars(select(Refund.amount)).all() == [270_000]
        assert_sound(engine)

    def test_receives_once(self, engine: Engine, desk: Desk) -> None:
        outcomes = race(engine, [receiving(desk)] * RACERS)
        assert outcomes.count(True) == 1
        assert outcomes.count(False) == RACERS - 1
        with Session(engine) as session:
            assert session.get_one(Stock, desk.stock_id).on_hand == 40
        assert_sound(engine)

    def test_the_naive_twin_receives_more_than_once(self, engine: Engine, desk: Desk) -> None:
        """Look whether the form was counted, then count it, with no row held in between."""

        have_looked = everybody(RACERS)

        def naive(session: Session) -> str:
            counted = session.scalar(select(LedgerEntry.id).where(LedgerEntry.cause == "form:naive"))
            have_looked()
            if counted:
                return "counted already"
            session.execute(
                text("UPDATE stocks SET on_hand = on_hand + 20 WHERE id = :id"), {"id": desk.stock_id}
            )
            return "counted"

        assert race(engine, [naive] * RACERS).count("counted") > 1


class TestTwoForms:
    def test_a_parcel_is_shipped_whole_or_after_the_cancelling(self, engine: Engine, desk: Desk) -> None:
        """Whoever comes first: no piece is both sent and refunded."""
        before = deadlocks(engine)
        outcomes = race(engine, [shipping(desk), missing(desk)] * (RACERS // 2))
        assert deadlocks(engine) == before
        refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(refusal, WrongState | ParcelChanged) for refusal in refusals), refusals
        cancelled = outcomes.count("cancelled")
        assert count_issued(engine) == 6 - 3 * cancelled
        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(Refund)) == cancelled
            state = session.scalars(select(Fulfilment.state).where(Fulfilment.number == desk.number)).one()
        assert state == "shipped"
        assert_sound(engine)


class TestBatches:
    def test_pieces_issued_at_once_leave_the_batches_once(self, engine: Engine) -> None:
        """Eight parcels and eight corrections of one shelf: what is left of its batches is what remains."""
        with Session(engine) as session, session.begin():
            shop = make_shop(session, at=AT, nets=(4, 0), breads=0)
            for day in (28, 30):
                make_batch(session, shop.net, shop.garut, at=AT, expires_on=date(2026, 11, day), passed=14)
            stock_id = session.scalars(select(Stock.id).where(Stock.variant_id == shop.net.id)).one()
            pieces = [Piece(stock_id, 3)] * RACERS
            reservations = reserve(session, pieces, order_number="LP-1", expires_at=AT)
        keeper = system_actor("test")

        def issuing(reservation: int) -> Callable[[Session], None]:
            cause = f"ship:{reservation}"
            return lambda session: issue(session, reservation, 3, cause=cause, actor=keeper, at=AT)

        def correcting(session: Session) -> None:
            adjust(session, stock_id, -1, reason="damaged", actor=keeper, at=AT)

        runs: list[Callable[[Session], None]] = [issuing(each) for each in reservations]
        assert race(engine, runs + [correcting] * RACERS) == [None] * 2 * RACERS
        with Session(engine) as session:
            assert session.scalars(select(Batch.remaining).order_by(Batch.expires_on)).all() == [0, 0]
            assert session.scalars(select(Stock.on_hand)).all() == [0]
            names = {"I1", "I2", "I3", "I4-batches"}
            assert violations(session, at=AT, names=names) == {}

    def test_an_officer_and_the_job_do_not_wait_in_a_circle(self, engine: Engine) -> None:
        """The job has the first shelf and wants the second, whose officer wants to write the audit log."""
        with Session(engine) as session, session.begin():
            shop = make_shop(session, at=AT, nets=(4, 0), breads=4)
            for variant in (shop.net, shop.bread):
                make_batch(session, variant, shop.garut, at=AT, expires_on=AT.date(), passed=5)
            user = make_officer(session, shop.garut)
            officer = actor_of(session, user.id, user.name)
            upt_code, upt_id = shop.garut.code, shop.garut.id
            shelves = select(Stock.id, Variant.sku).join(Variant, Variant.id == Stock.variant_id)
            last_id, sku = session.execute(
                shelves.where(Stock.upt_id == upt_id).order_by(Stock.id.desc()).limit(1)
            ).one()

        is_held = threading.Event()

        def correcting(session: Session) -> bool:
            session.execute(select(Stock.id).where(Stock.id == last_id).with_for_update())
            is_held.set()
            until_somebody_waits(engine)
            return adjust_pieces(
                session, upt_code, sku, -1, reason="damaged", key="form", actor=officer, at=AT
            )

        def withdrawing(session: Session) -> int:
            assert is_held.wait(60)
            return withdraw_expired(session, at=AT + timedelta(days=2))

        before = deadlocks(engine)
        assert race(engine, [correcting, withdrawing]) == [True, 2]
        assert deadlocks(engine) == before
        with Session(engine) as session:
            assert session.scalars(select(Batch.remaining)).all() == [0, 0]
            assert violations(session, at=AT, names={"I1", "I3", "I4-batches", "I22"}) == {}


class TestManyParcels:
    @pytest.fixture
    def numbers(self, engine: Engine, desk: Desk) -> list[str]:
        """Four more new parcels of the same desk."""
        with Session(engine) as session, session.begin():
            upt, variant_id = session.execute(
                select(Upt, Stock.variant_id)
                .join(Stock, Stock.upt_id == Upt.id)
                .where(Stock.id == desk.stock_id)
            ).one()
            orders = [make_paid_order(session, Wish(1, variant_id, 1, upt.id), at=AT) for _ in range(4)]
            return [parcel_of(session, order, upt).number for order in orders]

    def test_overlapping_lists_accept_each_parcel_once(
        self, engine: Engine, desk: Desk, numbers: list[str]
    ) -> None:
        def accepting(chosen: list[str]) -> Callable[[Session], list[str]]:
            return lambda session: accept_all(session, chosen, actor=desk.officer, at=AT)[0]

        before = deadlocks(engine)
        outcomes = race(engine, [accepting(numbers), accepting(numbers[::-1])] * (RACERS // 2))
        assert deadlocks(engine) == before
        accepted = [number for outcome in outcomes if isinstance(outcome, list) for number in outcome]
        assert sorted(accepted) == sorted(numbers)
        assert_sound(engine)

    def test_a_list_does_not_wait_in_a_circle_with_one_of_its_parcels(
        self, engine: Engine, desk: Desk, numbers: list[str]
    ) -> None:
        """The single one holds its order when the list begins, and needs the audit log after it."""

        is_held = threading.Event()

        def single(session: Session) -> bool:
            held = select(Fulfilment.order_id).where(Fulfilment.number == numbers[-1])
            lock_order(session, session.scalars(held).one())
            is_held.set()
            until_somebody_waits(engine)
            return accept(session, numbers[-1], actor=desk.officer, at=AT)

        def whole(session: Session) -> list[str]:
            assert is_held.wait(60)
            return accept_all(session, numbers, actor=desk.officer, at=AT)[0]

        before = deadlocks(engine)
        assert race(engine, [single, whole]) == [True, numbers[:-1]]
        assert deadlocks(engine) == before
        assert_sound(engine)

    def test_one_tracking_number_carries_one_parcel(
        self, engine: Engine, desk: Desk, numbers: list[str]
    ) -> None:
        def shipping_one(number: str) -> Callable[[Session], bool]:
            return lambda session: ship(session, number, "JNE", "JNE0099", actor=desk.officer, at=AT)

        with Session(engine) as session, session.begin():
            for number in numbers:
                accept(session, number, actor=desk.officer, at=AT)
                pack(session, number, actor=desk.officer, at=AT)
        outcomes = race(engine, [shipping_one(number) for number in numbers])
        assert outcomes.count(True) == 1
        assert sum(isinstance(outcome, TrackingNumberUsed) for outcome in outcomes) == 3
        assert_sound(engine)
