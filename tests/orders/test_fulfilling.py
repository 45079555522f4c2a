"""What officers do with a parcel: each step once, only where they work, and the pieces always add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor, system_actor
from inventory.errors import LifeTooShort
from inventory.models import BatchMove, LedgerEntry, Stock, Variant
from inventory.services.stock import receive
from kernel.errors import DomainError
from kernel.outbox import OutboxEvent
from orders.errors import (
    CourierUnknown,
    FulfilmentNotFound,
    ParcelChanged,
    ParcelNotYours,
    PieceCountWrong,
    ShortageReasonMissing,
    TrackingNumberInvalid,
    TrackingNumberUsed,
    WrongState,
)
from orders.models import Fulfilment, Order, OrderEvent, Payment, Refund
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, cannot_supply, deliver, pack, renumber, ship
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.batches import make_batch
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_placed_order
from tests.factories.shipping import make_rates
from tests.snapshots import snapshot

TRACKING = "JNE0012345678"


@dataclass
class Shop:
    """One paid order: nets and bread from Garut, coffee from Ciamis."""

    garut: Upt
    ciamis: Upt
    net: Variant
    bread: Variant
    officer: Actor
    order: Order
    parcel: Fulfilment
    other: Fulfilment

    @property
    def number(self) -> str:
        return self.parcel.number


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    garut = make_upt(session, "Lapas Garut", regency_code="32.05")
    ciamis = make_upt(session, "Lapas Ciamis", regency_code="32.07", kanwil=garut.kanwil)
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut,)), price=90_000)
    bread = make_variant(session, make_product(session, "Roti", makers=(garut,)), price=15_000)
    coffee = make_variant(session, make_product(session, "Kopi", makers=(ciamis,)), price=40_000)
    make_rates(session)
    for variant, upt in ((net, garut), (bread, garut), (coffee, ciamis)):
        fill(session, variant, upt, 10, at)
    user = make_officer(session, garut, name="Petugas Garut")
    wishes = (Wish(1, net.id, 3), Wish(2, bread.id, 2), Wish(3, coffee.id, 1))
    order = make_paid_order(session, *wishes, at=at)
    return Shop(
        garut,
        ciamis,
        net,
        bread,
        actor_of(session, user.id, user.name),
        order,
        parcel_of(session, order, garut),
        parcel_of(session, order, ciamis),
    )


def fill(session: Session, variant: Variant, upt: Upt, pieces: int, at: datetime) -> None:
    receive(session, variant.id, upt.id, pieces, reason="test", actor=system_actor("test"), at=at)


@pytest.fixture(autouse=True)
def _invariants_hold(session: Session, at: datetime) -> Iterator[None]:
    yield
    session.flush()
    assert violations(session, at=at) == {}


def stock(session: Session, variant: Variant, upt: Upt) -> tuple[int, int]:
    query = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant.id)
    return session.execute(query.where(Stock.upt_id == upt.id)).one()


def pieces(session: Session, parcel: Fulfilment) -> list[tuple[int, int, int]]:
    """Ordered, shipped and cancelled pieces of each line."""
    query = text(
        "SELECT quantity, shipped, cancelled FROM fulfilment_lines WHERE fulfilment_id = :id ORDER BY id"
    )
    session.flush()
    return [tuple(row) for row in session.execute(query, {"id": parcel.id})]


def history(session: Session, parcel: Fulfilment) -> list[str]:
    query = select(OrderEvent.kind).where(OrderEvent.fulfilment_id == parcel.id).order_by(OrderEvent.id)
    return list(session.scalars(query))


def audit_log(session: Session) -> list[tuple[str, str, int | None]]:
    query = select(AuditEntry.action, AuditEntry.object_key, AuditEntry.upt_id).order_by(AuditEntry.id)
    return list(session.execute(query))


def events(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)))


def packed(session: Session, shop: Shop, at: datetime) -> None:
    accept(session, shop.number, actor=shop.officer, at=at)
    pack(session, shop.number, actor=shop.officer, at=at)


class TestSteps:
    def test_a_parcel_goes_its_way(self, session: Session, shop: Shop, at: datetime) -> None:
        packed(session, shop, at)
        assert ship(session, shop.number, "JNE", " jne0012345678 ", actor=shop.officer, at=at)
        assert deliver(session, shop.number, actor=shop.officer, at=at)
        assert (shop.parcel.state, shop.parcel.shipped_courier) == ("delivered", "JNE")
        assert (shop.parcel.tracking_number, shop.parcel.shipped_at) == (TRACKING, at)
        assert history(session, shop.parcel) == [
            "fulfilment_new",
            "fulfilment_accepted",
            "fulfilment_packed",
            "fulfilment_shipped",
            "fulfilment_delivered",
        ]
        assert audit_log(session) == [
            (f"parcel.{verb}", shop.number, shop.garut.id) for verb in ("accept", "pack", "ship", "deliver")
        ]
        assert shop.other.state == "new"
        assert not deliver(session, shop.number, actor=shop.officer, at=at)
        assert events(session) == ["OrderPlaced", "OrderPaid", "FulfilmentShipped", "FulfilmentDelivered"]

    def test_audit_holds_the_state_before_and_after(self, session: Session, shop: Shop, at: datetime) -> None:
        accept(session, shop.number, actor=shop.officer, at=at)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.before, entry.after) == ({"state": "new"}, {"state": "accepted"})
        assert (entry.actor_user_id, entry.actor_roles) == (shop.officer.user_id, ["upt_officer"])

    @pytest.mark.parametrize("step", [accept, pack, deliver])
    def test_no_step_is_skipped(
        self, session: Session, shop: Shop, at: datetime, step: Callable[..., bool]
    ) -> None:
        if step is accept:
            packed(session, shop, at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            step(session, shop.number, actor=shop.officer, at=at)
        assert snapshot(session) == before

    def test_twice_is_once(self, session: Session, shop: Shop, at: datetime) -> None:
        for step in (accept, pack, ship_it, deliver):
            assert step(session, shop.number, actor=shop.officer, at=at)
            before = snapshot(session)
            assert not step(session, shop.number, actor=shop.officer, at=at)
            assert snapshot(session) == before


def ship_it(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    return ship(session, number, "JNE", TRACKING, actor=actor, at=at)


def parcel_with_too_few_that_keep(session: Session, shop: Shop, at: datetime) -> tuple[Variant, str]:
    """Two cakes are packed for Bandung; on the shelf lie six, of which one keeps until it arrives there."""
    cake = make_variant(session, make_product(session, "Bolu", makers=(shop.garut,)), price=30_000)
    for day, passed in ((24, 5), (25, 1)):
        make_batch(session, cake, shop.garut, at=at, expires_on=date(2026, 11, day), passed=passed)
    order = make_paid_order(session, Wish(1, cake.id, 2), at=at)
    number = parcel_of(session, order, shop.garut).number
    for step in (accept, pack):
        step(session, number, actor=shop.officer, at=at)
    return cake, number


class TestShip:
    def test_pieces_leave_the_stock_once(self, session: Session, shop: Shop, at: datetime) -> None:
        packed(session, shop, at)
        assert stock(session, shop.net, shop.garut) == (10, 3)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        assert stock(session, shop.net, shop.garut) == (7, 0)
        assert stock(session, shop.bread, shop.garut) == (8, 0)
        assert pieces(session, shop.parcel) == [(3, 3, 0), (2, 2, 0)]
        ledger = select(LedgerEntry.kind, LedgerEntry.delta, LedgerEntry.actor_user_id)
        ledger = ledger.where(LedgerEntry.kind != "received")
        assert sorted(tuple(row) for row in session.execute(ledger)) == [
            ("issued", -3, shop.officer.user_id),
            ("issued", -2, shop.officer.user_id),
        ]
        assert events(session) == ["OrderPlaced", "OrderPaid", "FulfilmentShipped"]

    def test_stock_is_taken_where_it_was_reserved(self, session: Session, shop: Shop, at: datetime) -> None:
        """Another UPT's pieces of the same variant stay untouched, whatever the screen shows."""
        fill(session, shop.net, shop.ciamis, 50, at)
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        assert stock(session, shop.net, shop.ciamis) == (50, 0)
        assert stock(session, shop.net, shop.garut) == (7, 0)

    def test_what_would_be_past_its_date_on_arrival_stays(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        """Within the province the courier takes four days at most."""
        batches = [
            make_batch(session, shop.bread, shop.garut, at=at, expires_on=date(2026, 11, day), passed=1)
            for day in (24, 25)
        ]
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        for batch in batches:
            session.refresh(batch)
        assert [batch.remaining for batch in batches] == [1, 0]

    def test_with_too_few_that_keep_nothing_is_sent(self, session: Session, shop: Shop, at: datetime) -> None:
        _, number = parcel_with_too_few_that_keep(session, shop, at)
        before = snapshot(session)
        with pytest.raises(LifeTooShort) as refusal, session.begin_nested():
            ship_it(session, number, actor=shop.officer, at=at)
        session.expire_all()
        expected = {"product": "Bolu", "left": 1, "good_until": date(2026, 11, 25)}
        assert refusal.value.parameters == expected
        assert snapshot(session) == before

    def test_a_second_number_is_refused(self, session: Session, shop: Shop, at: datetime) -> None:
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            ship(session, shop.number, "JNE", "JNE9999999999", actor=shop.officer, at=at)
        assert snapshot(session) == before

    def test_only_what_is_packed(self, session: Session, shop: Shop, at: datetime) -> None:
        before = snapshot(session)
        with pytest.raises(WrongState):
            ship_it(session, shop.number, actor=shop.officer, at=at)
        assert snapshot(session) == before

    @pytest.mark.parametrize(
        ("courier", "tracking", "refusal"),
        [
            ("JNE", "", TrackingNumberInvalid),
            ("JNE", "12 34", TrackingNumberInvalid),
            ("JNE", "<script>alert(1)", TrackingNumberInvalid),
            ("Paman Budi", TRACKING, CourierUnknown),
            ("", TRACKING, CourierUnknown),
        ],
    )
    def test_refuses_what_is_no_shipment(
        self,
        session: Session,
        shop: Shop,
        at: datetime,
        courier: str,
        tracking: str,
        refusal: type[DomainError],
    ) -> None:
        packed(session, shop, at)
        before = snapshot(session)
        with pytest.raises(refusal):
            ship(session, shop.number, courier, tracking, actor=shop.officer, at=at)
        assert snapshot(session) == before


class TestRenumber:
    @pytest.fixture
    def other_officer(self, session: Session, shop: Shop, at: datetime) -> Actor:
        """Of Ciamis, whose parcel is packed."""
        user = make_officer(session, shop.ciamis)
        actor = actor_of(session, user.id, user.name)
        for step in (accept, pack):
            step(session, shop.other.number, actor=actor, at=at)
        return actor

    def correct(self, session: Session, shop: Shop, at: datetime, tracking: str, **changes: Any) -> bool:
        values: dict[str, Any] = {"courier": "JNE", "actor": shop.officer, **changes}
        courier, actor = values["courier"], values["actor"]
        return renumber(session, shop.number, courier, tracking, actor=actor, at=at)

    @pytest.mark.parametrize("arrived", [False, True])
    def test_puts_it_right_and_says_who_did(
        self, session: Session, shop: Shop, at: datetime, arrived: bool
    ) -> None:
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        if arrived:
            deliver(session, shop.number, actor=shop.officer, at=at)
        state = shop.parcel.state
        assert self.correct(session, shop, at, " tk-0099 ", courier="TIKI")
        assert (shop.parcel.state, shop.parcel.shipped_courier) == (state, "TIKI")
        assert shop.parcel.tracking_number == "TK-0099"
        assert history(session, shop.parcel)[-1] == "fulfilment_renumbered"
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.object_key, entry.upt_id) == (
            "parcel.renumber",
            shop.number,
            shop.garut.id,
        )
        assert entry.before == {"courier": "JNE", "tracking_number": TRACKING}
        assert entry.after == {"courier": "TIKI", "tracking_number": "TK-0099"}
        assert entry.actor_user_id == shop.officer.user_id
        before = snapshot(session)
        assert not self.correct(session, shop, at, "TK-0099", courier="TIKI")
        assert snapshot(session) == before

    def test_frees_the_wrong_number_for_whose_it_is(
        self, session: Session, shop: Shop, at: datetime, other_officer: Actor
    ) -> None:
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)

        def ship_other() -> bool:
            return ship(session, shop.other.number, "JNE", "JNE-0012-345678", actor=other_officer, at=at)

        before = snapshot(session)
        with pytest.raises(TrackingNumberUsed):
            ship_other()
        assert snapshot(session) == before
        assert self.correct(session, shop, at, "JNE0012345679")
        assert ship_other()
        before = snapshot(session)
        with pytest.raises(TrackingNumberUsed):
            self.correct(session, shop, at, TRACKING)
        assert snapshot(session) == before

    def test_refuses_what_never_left_and_what_is_not_theirs(
        self, session: Session, shop: Shop, at: datetime, other_officer: Actor
    ) -> None:
        packed(session, shop, at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            self.correct(session, shop, at, "JNE0012345679")
        with pytest.raises(FulfilmentNotFound):
            self.correct(session, shop, at, "JNE0012345679", actor=other_officer)
        assert snapshot(session) == before
        ship_it(session, shop.number, actor=shop.officer, at=at)
        before = snapshot(session)
        with pytest.raises(TrackingNumberInvalid):
            self.correct(session, shop, at, "1")
        with pytest.raises(CourierUnknown):
            self.correct(session, shop, at, "JNE0012345679", courier="Paman Budi")
        assert snapshot(session) == before


class TestCannotSupply:
    def short(
        self,
        session: Session,
        shop: Shop,
        at: datetime,
        pieces: dict[int, int],
        seen: int = 0,
        **changes: Any,
    ) -> None:
        values: dict[str, Any] = {"reason": "damaged", "actor": shop.officer, **changes}
        cannot_supply(session, shop.number, pieces, seen_cancelled=seen, at=at, **values)

    def refunds(self, session: Session) -> list[int]:
        return list(session.scalars(select(Refund.amount).order_by(Refund.amount)))

    def test_some_pieces_are_cancelled_and_their_money_goes_back(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        self.short(session, shop, at, {1: 2, 2: 0})
        assert pieces(session, shop.parcel) == [(3, 0, 2), (2, 0, 0)]
        assert stock(session, shop.net, shop.garut) == (8, 1)
        assert self.refunds(session) == [180_000]
        assert shop.parcel.state == "new"
        assert history(session, shop.parcel) == ["fulfilment_new", "fulfilment_reduced"]
        assert events(session)[-2:] == ["RefundDue", "FulfilmentReduced"]
        assert audit_log(session) == [("parcel.cannot_supply", shop.number, shop.garut.id)]

    def test_what_only_does_not_keep_until_it_arrives_stays_for_others(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        cake, number = parcel_with_too_few_that_keep(session, shop, at)
        lines, moves = (select(func.count(each.id)) for each in (LedgerEntry, BatchMove))
        before = (session.scalar(lines), session.scalar(moves))
        values: dict[str, Any] = {"seen_cancelled": 0, "actor": shop.officer, "at": at}
        cannot_supply(session, number, {1: 1}, reason="keeps_too_short", **values)
        assert stock(session, cake, shop.garut) == (6, 1)
        assert (session.scalar(lines), session.scalar(moves)) == before
        assert self.refunds(session) == [30_000]
        ship_it(session, number, actor=shop.officer, at=at)
        assert stock(session, cake, shop.garut) == (5, 0)

    def test_what_is_left_can_still_be_shipped(self, session: Session, shop: Shop, at: datetime) -> None:
        accept(session, shop.number, actor=shop.officer, at=at)
        self.short(session, shop, at, {1: 2})
        pack(session, shop.number, actor=shop.officer, at=at)
        self.short(session, shop, at, {2: 2}, seen=2)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        assert pieces(session, shop.parcel) == [(3, 1, 2), (2, 0, 2)]
        assert stock(session, shop.net, shop.garut) == (7, 0)
        assert stock(session, shop.bread, shop.garut) == (8, 0)
        assert self.refunds(session) == [30_000, 180_000]

    def test_a_whole_parcel_is_cancelled_with_its_shipping_cost(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        self.short(session, shop, at, {1: 3, 2: 2})
        assert shop.parcel.state == "cancelled"
        assert self.refunds(session) == [300_000 + shop.parcel.shipping_cost]
        assert history(session, shop.parcel)[-1] == "fulfilment_cancelled"
        assert (shop.other.state, shop.order.state) == ("new", "paid")

    def test_the_other_parcel_of_the_order_ships_on(self, session: Session, shop: Shop, at: datetime) -> None:
        self.short(session, shop, at, {1: 3, 2: 2})
        user = make_officer(session, shop.ciamis)
        officer = actor_of(session, user.id, user.name)
        for step in (accept, pack, ship_it):
            step(session, shop.other.number, actor=officer, at=at)
        assert shop.other.state == "shipped"

    def test_everything_cancelled_gives_everything_back(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        self.short(session, shop, at, {1: 1})
        self.short(session, shop, at, {1: 2, 2: 2}, seen=1)
        user = make_officer(session, shop.ciamis)
        cannot_supply(
            session,
            shop.other.number,
            {3: 1},
            reason="other",
            seen_cancelled=0,
            actor=actor_of(session, user.id, user.name),
            at=at,
        )
        payment = session.scalars(select(Payment), execution_options={"populate_existing": True}).one()
        assert payment.refund_claimed == payment.captured == shop.order.total

    def test_the_same_form_twice_cancels_once(self, session: Session, shop: Shop, at: datetime) -> None:
        self.short(session, shop, at, {1: 1})
        before = snapshot(session)
        with pytest.raises(ParcelChanged):
            self.short(session, shop, at, {1: 1})
        assert snapshot(session) == before

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({}, PieceCountWrong),
            ({1: 0, 2: 0}, PieceCountWrong),
            ({1: 4}, PieceCountWrong),
            ({1: -1}, PieceCountWrong),
            ({1: -1, 2: 2}, PieceCountWrong),
            ({1: 2**63}, PieceCountWrong),
            ({3: 1}, PieceCountWrong),  # a line of the other UPT's parcel
            ({9: 1}, PieceCountWrong),
        ],
    )
    def test_refuses_wrong_counts(
        self, session: Session, shop: Shop, at: datetime, wrong: dict[int, int], refusal: type[DomainError]
    ) -> None:
        before = snapshot(session)
        with pytest.raises(refusal):
            self.short(session, shop, at, wrong)
        assert snapshot(session) == before

    def test_refuses_without_a_reason_of_the_list(self, session: Session, shop: Shop, at: datetime) -> None:
        before = snapshot(session)
        with pytest.raises(ShortageReasonMissing):
            self.short(session, shop, at, {1: 1}, reason="because")
        assert snapshot(session) == before

    def test_refuses_once_the_parcel_is_away(self, session: Session, shop: Shop, at: datetime) -> None:
        packed(session, shop, at)
        ship_it(session, shop.number, actor=shop.officer, at=at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            self.short(session, shop, at, {1: 1})
        assert snapshot(session) == before


def every_step(session: Session, number: str, actor: Actor, at: datetime) -> list[Callable[[], object]]:
    return [
        lambda: accept(session, number, actor=actor, at=at),
        lambda: pack(session, number, actor=actor, at=at),
        lambda: ship_it(session, number, actor=actor, at=at),
        lambda: deliver(session, number, actor=actor, at=at),
        lambda: cannot_supply(session, number, {1: 1}, reason="other", seen_cancelled=0, actor=actor, at=at),
    ]


class TestScope:
    def refused(
        self, session: Session, number: str, actor: Actor, at: datetime, refusal: type[DomainError]
    ) -> None:
        before = snapshot(session)
        for step in every_step(session, number, actor, at):
            with pytest.raises(refusal):
                step()
        assert snapshot(session) == before

    def test_another_upts_officer_finds_nothing(self, session: Session, shop: Shop, at: datetime) -> None:
        user = make_officer(session, shop.ciamis)
        self.refused(session, shop.number, actor_of(session, user.id, user.name), at, FulfilmentNotFound)

    def test_a_customer_finds_nothing(self, session: Session, shop: Shop, at: datetime) -> None:
        self.refused(session, shop.number, CUSTOMER, at, FulfilmentNotFound)

    def test_what_is_not_paid_does_not_exist_yet(self, session: Session, shop: Shop, at: datetime) -> None:
        unpaid = make_placed_order(session, Wish(1, shop.net.id, 1), at=at)
        self.refused(session, f"{unpaid}-1", shop.officer, at, FulfilmentNotFound)

    def test_missing_is_missing(self, session: Session, shop: Shop, at: datetime) -> None:
        self.refused(session, "LP-0000000000-1", shop.officer, at, FulfilmentNotFound)

    def test_kanwil_and_directorate_look_but_do_not_touch(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        kanwil, directorate = make_user(session), make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=shop.garut.kanwil)
        make_membership(session, directorate, "directorate")
        for user in (kanwil, directorate):
            self.refused(session, shop.number, actor_of(session, user.id, user.name), at, ParcelNotYours)

    def test_a_kanwil_officer_with_a_upt_works_only_there(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        user = make_officer(session, shop.ciamis)
        make_membership(session, user, "kanwil_officer", kanwil=shop.garut.kanwil)
        actor = actor_of(session, user.id, user.name)
        self.refused(session, shop.number, actor, at, ParcelNotYours)
        assert accept(session, shop.other.number, actor=actor, at=at)
