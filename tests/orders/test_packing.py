"""A parcel in several cartons: every piece lies in one of them, and it leaves when the last one does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from accounts.models import AuditEntry
from accounts.rules import CUSTOMER
from inventory.errors import LifeTooShort
from inventory.models import Batch, Stock
from kernel.outbox import OutboxEvent
from orders.errors import (
    CartonsLeft,
    CourierUnknown,
    FirstCartonEmpty,
    FulfilmentNotFound,
    NoSuchCarton,
    ParcelChanged,
    ParcelInCartons,
    PieceCountWrong,
    TakeoverOpen,
    TrackingNumberInvalid,
    TrackingNumberUsed,
    WrongState,
)
from orders.models import Carton, CartonLine, RefundShare
from orders.queries.cartons import cartons_of
from orders.queries.customer import order_view
from orders.queries.parcels import Narrowing, parcels_for
from orders.queries.sheets import parcel_sheets
from orders.queries.staff import is_tracking_number_used
from orders.rules.allocation import Wish
from orders.rules.states import FULFILMENT_STATES
from orders.services.calling_off import call_off
from orders.services.coming_back import come_back
from orders.services.fulfilling import accept, cannot_supply, pack, renumber, ship
from orders.services.handing_over import bring
from orders.services.packing import add_carton, hand_over_carton, take_apart
from orders.services.taking_over import ask
from reporting.invariants import violations
from tests.factories.batches import make_batch
from tests.factories.inventory import make_product, make_variant
from tests.factories.parcels import Desk, make_desk, make_paid_order, parcel_of
from tests.snapshots import refused, snapshot

FIRST, SECOND, THIRD = "JNE0010000001", "JNE0010000002", "JNE0010000003"


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    """Six nets and two breads, accepted."""
    desk = make_desk(session, at=at, nets=6)
    accept(session, desk.number, actor=desk.officer, at=at)
    return desk


@pytest.fixture(autouse=True)
def _invariants_hold(session: Session, at: datetime) -> Iterator[None]:
    yield
    session.flush()
    assert violations(session, at=at) == {}


def add(session: Session, desk: Desk, at: datetime, pieces: dict[int, int], seen: int = 0) -> int:
    return add_carton(session, desk.number, pieces, seen=seen, actor=desk.officer, at=at)


def hand_over(session: Session, desk: Desk, at: datetime, position: int, number: str) -> bool:
    return hand_over_carton(session, desk.number, position, "JNE", number, actor=desk.officer, at=at)


def send(session: Session, desk: Desk, at: datetime, number: str) -> bool:
    return ship(session, desk.number, "JNE", number, actor=desk.officer, at=at)


def shelf(session: Session, desk: Desk) -> tuple[int, int]:
    """Nets on hand and reserved at Garut."""
    query = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == desk.net.id)
    return session.execute(query.where(Stock.upt_id == desk.garut.id)).one()


def three_cartons(session: Session, desk: Desk, at: datetime) -> None:
    """Three nets first, then two nets and a bread, then a net and a bread; packed."""
    add(session, desk, at, {1: 2, 2: 1})
    add(session, desk, at, {1: 1, 2: 1}, seen=1)
    pack(session, desk.number, actor=desk.officer, at=at)


def contents(session: Session, desk: Desk) -> list[tuple[tuple[int, int] | None, dict[int, int]]]:
    """What is printed of each carton: which it is, and its pieces by line."""
    return [
        (sheet.carton, {line.position: line.pieces for line in sheet.lines})
        for sheet in parcel_sheets(session, desk.officer, [desk.number])
    ]


class TestPacking:
    def test_each_carton_has_its_pieces_its_weight_and_its_sheet(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        assert contents(session, desk) == [(None, {1: 6, 2: 2})]
        three_cartons(session, desk, at)
        assert contents(session, desk) == [
            ((1, 3), {1: 3}),
            ((2, 3), {1: 2, 2: 1}),
            ((3, 3), {1: 1, 2: 1}),
        ]
        weights = [sheet.weight_g for sheet in parcel_sheets(session, desk.officer, [desk.number])]
        assert weights == [1500, 1500, 1000]
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["parcel.accept", "parcel.add_carton", "parcel.add_carton", "parcel.pack"]

    def test_wrong_pieces(self, session: Session, desk: Desk, at: datetime) -> None:
        add(session, desk, at, {1: 4})
        wrong: tuple[dict[int, int], ...] = ({}, {1: 0}, {1: 3}, {1: -1}, {2: 3}, {9: 1})
        for pieces in wrong:
            refused(session, PieceCountWrong, partial(add, session, desk, at, pieces, 1))
        refused(session, FirstCartonEmpty, partial(add, session, desk, at, {1: 2, 2: 2}, 1))

    def test_a_form_sent_twice_counts_once(self, session: Session, desk: Desk, at: datetime) -> None:
        add(session, desk, at, {1: 1})
        refused(session, ParcelChanged, partial(add, session, desk, at, {1: 1}))
        undo = partial(take_apart, session, desk.number, seen=1, actor=desk.officer, at=at)
        undo()
        refused(session, ParcelChanged, undo)
        nothing = partial(take_apart, session, desk.number, seen=0, actor=desk.officer, at=at)
        refused(session, ParcelChanged, nothing)
        assert contents(session, desk) == [(None, {1: 6, 2: 2})]

    def test_only_its_own_upt_and_only_in_the_house(self, session: Session, desk: Desk, at: datetime) -> None:
        stranger = partial(add_carton, session, desk.number, {1: 1}, seen=0, actor=desk.other, at=at)
        refused(session, FulfilmentNotFound, stranger)
        pack(session, desk.number, actor=desk.officer, at=at)
        send(session, desk, at, FIRST)
        refused(session, WrongState, partial(add, session, desk, at, {1: 1}))

    def test_what_is_missing_is_said_of_one_box(self, session: Session, desk: Desk, at: datetime) -> None:
        add(session, desk, at, {1: 1})
        missing = partial(cannot_supply, session, desk.number, {1: 1}, reason="damaged", seen_cancelled=0)
        refused(session, ParcelInCartons, lambda: missing(actor=desk.officer, at=at))
        asking = partial(ask, session, desk.number, desk.ciamis.code, {1: 1}, reason="other")
        refused(session, ParcelInCartons, lambda: asking(actor=desk.officer, at=at))
        take_apart(session, desk.number, seen=1, actor=desk.officer, at=at)
        asking(actor=desk.officer, at=at)
        refused(session, TakeoverOpen, partial(add, session, desk, at, {1: 1}))

    def test_an_order_called_off_lies_in_no_cartons(self, session: Session, desk: Desk, at: datetime) -> None:
        add(session, desk, at, {1: 1})
        call_off(session, desk.order.number, actor=CUSTOMER, at=at)
        assert session.scalars(select(Carton)).all() == []


class TestHandingOver:
    def test_the_parcel_leaves_with_its_last_carton(self, session: Session, desk: Desk, at: datetime) -> None:
        three_cartons(session, desk, at)
        assert hand_over(session, desk, at, 2, SECOND)
        refused(session, CartonsLeft, partial(send, session, desk, at, FIRST))
        assert desk.parcel.state == "packed"
        assert hand_over(session, desk, at, 3, THIRD)
        assert send(session, desk, at, FIRST)
        assert desk.parcel.state == "shipped"
        assert shelf(session, desk) == (14, 0)
        (parcel,) = order_view(session, desk.order.number).parcels
        numbers = [(each.position, each.tracking_number) for each in parcel.cartons]
        assert (parcel.tracking_number, numbers) == (FIRST, [(2, SECOND), (3, THIRD)])
        events = order_view(session, desk.order.number).events
        told = [event.details["tracking_number"] for event in events if "tracking_number" in event.details]
        assert told == [SECOND, THIRD, FIRST]

    def test_twice_is_once_and_another_number_is_refused(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        before = snapshot(session)
        assert not hand_over(session, desk, at, 2, "jne-0010000002")
        assert snapshot(session) == before
        refused(session, WrongState, partial(hand_over, session, desk, at, 2, THIRD))

    def test_each_number_is_one_carton_s(self, session: Session, desk: Desk, at: datetime) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        for number in (SECOND, "JNE-0010000002"):
            refused(session, TrackingNumberUsed, partial(hand_over, session, desk, at, 3, number))
        hand_over(session, desk, at, 3, THIRD)
        refused(session, TrackingNumberUsed, partial(send, session, desk, at, THIRD))
        send(session, desk, at, FIRST)
        order = make_paid_order(session, Wish(1, desk.net.id, 1, desk.ciamis.id), at=at)
        theirs = parcel_of(session, order, desk.ciamis).number
        accept(session, theirs, actor=desk.other, at=at)
        pack(session, theirs, actor=desk.other, at=at)
        leave = partial(ship, session, theirs, "JNE", SECOND, actor=desk.other, at=at)
        refused(session, TrackingNumberUsed, leave)

    def test_a_number_is_looked_up_by_its_indexes(self, session: Session, at: datetime) -> None:
        asked: list[tuple[str, Any]] = []
        connection = session.connection()

        @event.listens_for(connection, "before_cursor_execute")
        def _note(*given: Any) -> None:
            asked.append((given[2], given[3]))

        is_tracking_number_used(session, "JNE", SECOND, parcel_id=None, carton_id=None)
        ((statement, values),) = asked
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())
        assert ("tracking_number on cartons" in plan, "Seq Scan" in plan) == (True, False)

    def test_wrong_cartons_couriers_and_numbers(self, session: Session, desk: Desk, at: datetime) -> None:
        add(session, desk, at, {1: 1})
        refused(session, WrongState, partial(hand_over, session, desk, at, 2, SECOND))
        pack(session, desk.number, actor=desk.officer, at=at)
        for position in (1, 3):
            refused(session, NoSuchCarton, partial(hand_over, session, desk, at, position, SECOND))
        refused(session, TrackingNumberInvalid, partial(hand_over, session, desk, at, 2, "?"))
        unknown = partial(hand_over_carton, session, desk.number, 2, "Merpati", SECOND)
        refused(session, CourierUnknown, lambda: unknown(actor=desk.officer, at=at))

    def test_what_has_left_stays_as_it_is_and_the_rest_may_be_packed_anew(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        refused(session, CartonsLeft, partial(hand_over, session, desk, at, 3, THIRD))
        hand_over(session, desk, at, 2, SECOND)
        refused(session, WrongState, partial(bring, session, desk.number, actor=desk.officer, at=at))
        undo = partial(take_apart, session, desk.number, actor=desk.officer, at=at)
        undo(seen=2)
        refused(session, WrongState, partial(undo, seen=1))
        refused(session, PieceCountWrong, partial(add, session, desk, at, {1: 5}, 1))
        add(session, desk, at, {1: 4}, 1)
        assert contents(session, desk) == [((1, 3), {2: 1}), ((2, 3), {1: 2, 2: 1}), ((3, 3), {1: 4})]

    def test_the_pieces_of_a_carton_leave_the_shelf_with_it(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        assert shelf(session, desk) == (18, 4), "a count finds what the ledger says"
        hand_over(session, desk, at, 3, THIRD)
        assert shelf(session, desk) == (17, 3)
        assert violations(session, at=at) == {}
        with session.begin_nested() as mistake:
            session.execute(update(CartonLine).where(CartonLine.pieces == 2).values(pieces=1))
            assert "I14-cartons" in violations(session, at=at)
            mistake.rollback()
        send(session, desk, at, FIRST)
        assert shelf(session, desk) == (14, 0)

    def test_what_comes_back_goes_into_the_batches_of_every_carton(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        for year in (2030, 2031):
            make_batch(session, desk.net, desk.garut, at=at, expires_on=date(year, 1, 1), passed=3)
        add(session, desk, at, {1: 3})
        pack(session, desk.number, actor=desk.officer, at=at)
        hand_over(session, desk, at, 2, SECOND)
        remaining = select(Batch.remaining).order_by(Batch.expires_on)
        assert session.scalars(remaining).all() == [0, 3]
        send(session, desk, at, FIRST)
        assert session.scalars(remaining).all() == [0, 0]
        good = {1: 4, 2: 2}
        come_back(session, desk.number, good, reason="nobody_there", actor=desk.officer, at=at)
        assert session.scalars(remaining).all() == [3, 1]
        assert shelf(session, desk) == (24, 0)


class TestShort:
    """Pieces that are missing once a carton has left."""

    def missing(
        self, session: Session, desk: Desk, at: datetime, pieces: dict[int, int], reason: str = "damaged"
    ) -> None:
        cannot_supply(
            session, desk.number, pieces, reason=reason, seen_cancelled=0, actor=desk.officer, at=at
        )

    def test_is_said_once_the_later_cartons_have_left(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        refused(session, ParcelInCartons, partial(self.missing, session, desk, at, {1: 1}))
        take_apart(session, desk.number, seen=2, actor=desk.officer, at=at)
        refused(session, PieceCountWrong, partial(self.missing, session, desk, at, {1: 5}))
        self.missing(session, desk, at, {1: 1})
        assert (desk.parcel.state, shelf(session, desk)) == ("packed", (17, 3))
        assert contents(session, desk) == [((1, 2), {1: 3, 2: 1}), ((2, 2), {1: 2, 2: 1})]
        send(session, desk, at, FIRST)
        assert shelf(session, desk) == (14, 0)

    def test_goods_that_do_not_keep_stop_no_parcel_for_good(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        cake = make_variant(session, make_product(session, "Kue", makers=(desk.garut,)), price=20_000)
        make_batch(session, cake, desk.garut, at=at, expires_on=at.date() + timedelta(days=20), passed=2)
        wishes = (Wish(1, cake.id, 2, desk.garut.id), Wish(2, desk.net.id, 1, desk.garut.id))
        desk.parcel = parcel_of(session, make_paid_order(session, *wishes, at=at), desk.garut)
        accept(session, desk.number, actor=desk.officer, at=at)
        add(session, desk, at, {2: 1})
        pack(session, desk.number, actor=desk.officer, at=at)
        hand_over(session, desk, at, 2, SECOND)
        late = at + timedelta(days=19)
        with pytest.raises(LifeTooShort), session.begin_nested():
            send(session, desk, late, FIRST)
        self.missing(session, desk, late, {1: 2}, reason="keeps_too_short")
        assert desk.parcel.state == "shipped"
        assert (desk.parcel.tracking_number, desk.parcel.shipped_courier) == (SECOND, "JNE")
        assert contents(session, desk) == [(None, {2: 1})]
        share = session.scalars(select(RefundShare)).one()
        assert (share.amount, share.shipping) == (40_000, 0), "the shipping is for what goes on its way"
        names = session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)).all()
        assert names[-2:] == ["FulfilmentShipped", "FulfilmentReduced"]
        refused(session, ParcelChanged, partial(self.missing, session, desk, late, {1: 2}))

    def test_of_three_cartons_the_last_becomes_the_first(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        hand_over(session, desk, at, 3, THIRD)
        self.missing(session, desk, at, {1: 3})
        assert contents(session, desk) == [((1, 2), {1: 1, 2: 1}), ((2, 2), {1: 2, 2: 1})]
        (parcel,) = order_view(session, desk.order.number).parcels
        assert [parcel.tracking_number, *(each.tracking_number for each in parcel.cartons)] == [THIRD, SECOND]
        kinds = [event.kind for event in order_view(session, desk.order.number).events]
        assert kinds[-2:] == ["fulfilment_reduced", "fulfilment_shipped"]


class TestNumbers:
    """What has left, by its courier's number, or without one."""

    def test_brought_by_the_upt_they_need_no_number(self, session: Session, desk: Desk, at: datetime) -> None:
        three_cartons(session, desk, at)
        assert bring(session, desk.number, actor=desk.officer, at=at)
        assert {line.shipped for line in desk.parcel.lines} == {6, 2}

    def test_a_number_is_put_right_carton_by_carton(self, session: Session, desk: Desk, at: datetime) -> None:
        three_cartons(session, desk, at)
        for position, number in ((2, SECOND), (3, THIRD)):
            hand_over(session, desk, at, position, number)
        send(session, desk, at, FIRST)
        right = partial(renumber, session, desk.number, "SiCepat", actor=desk.officer, at=at)
        assert right("000123456789", carton=3)
        assert not right("000123456789", carton=3)
        refused(session, NoSuchCarton, lambda: right("000123456780", carton=4))
        jne = partial(renumber, session, desk.number, "JNE", actor=desk.officer, at=at)
        refused(session, TrackingNumberUsed, lambda: jne(SECOND))
        refused(session, TrackingNumberUsed, lambda: jne(FIRST, carton=2))
        third = cartons_of(session, [desk.parcel.id])[desk.parcel.id][1]
        assert (third.courier, third.tracking_number) == ("SiCepat", "000123456789")
        assert desk.parcel.tracking_number == FIRST

    def test_the_parcel_is_found_by_the_number_of_any(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        three_cartons(session, desk, at)
        hand_over(session, desk, at, 2, SECOND)
        for words, found in (("JNE-0010000002", [desk.number]), (THIRD, [])):
            wish = Narrowing(FULFILMENT_STATES, False, words, "", "")
            page = parcels_for(session, desk.officer, wish, sort="newest", today=at.date())
            assert [row.number for row in page.rows] == found
        session.execute(update(Carton).where(Carton.position == 2).values(tracking_number=""))
        wish = Narrowing(FULFILMENT_STATES, False, "---", "", "")
        page = parcels_for(session, desk.officer, wish, sort="newest", today=at.date())
        assert page.rows == (), "a customer who was forgotten is found by no number"
