"""How parcels end: fetched with a code, brought by the UPT, back again, lost; the pieces always add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.errors import LifeTooShort
from inventory.models import Batch, LedgerEntry, Product, Stock, Variant
from kernel.outbox import OutboxEvent
from orders.errors import (
    FulfilmentNotFound,
    OrderNotPayable,
    ParcelNotYours,
    PastDateNotGood,
    PickupNotOffered,
    PieceCountWrong,
    ReceiverMissing,
    ReturnReasonMissing,
    WrongState,
)
from orders.models import Order, Payment, Refund, RefundShare
from orders.rules.allocation import Wish
from orders.rules.pickup import MOST_MISSES, is_pickup_code, pickup_code
from orders.services.calling_off import confirm_receipt
from orders.services.coming_back import come_back, lose
from orders.services.fetching import choose_pickup
from orders.services.fulfilling import accept, cannot_supply, deliver, pack, ship
from orders.services.handing_over import bring, give_out, make_ready, renew_code
from orders.services.moves import move_to
from orders.services.refunding import refund_order
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.batches import make_batch
from tests.factories.parcels import Desk, make_desk, make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.snapshots import refused, snapshot

SECRET = "a-secret"


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    """Garut is open for pick-up."""
    desk = make_desk(session, at=at)
    desk.garut.is_open_for_pickup = True
    return desk


@pytest.fixture(autouse=True)
def _invariants_hold(session: Session, at: datetime) -> Iterator[None]:
    yield
    session.flush()
    assert violations(session, at=at) == {}


def packed(session: Session, desk: Desk, at: datetime) -> None:
    accept(session, desk.number, actor=desk.officer, at=at)
    pack(session, desk.number, actor=desk.officer, at=at)


def sent(session: Session, desk: Desk, at: datetime) -> None:
    packed(session, desk, at)
    ship(session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=at)


def waiting(session: Session, desk: Desk, at: datetime) -> str:
    """The parcel waits to be fetched; gives its code."""
    choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)
    packed(session, desk, at)
    make_ready(session, desk.number, actor=desk.officer, at=at)
    return pickup_code(desk.number, desk.parcel.code_round, secret_key=SECRET)


def show_code(session: Session, desk: Desk, code: str, at: datetime) -> str:
    return give_out(session, desk.number, code, secret_key=SECRET, actor=desk.officer, at=at)


def stock(session: Session, variant: Variant, upt: Upt) -> tuple[int, int]:
    query = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant.id)
    return session.execute(query.where(Stock.upt_id == upt.id)).one()


def refunds(session: Session) -> list[tuple[int, str]]:
    return list(session.execute(select(Refund.amount, Refund.reason).order_by(Refund.created_at, Refund.id)))


def published(session: Session) -> list[str]:
    names = list(session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)))
    return [name for name in names if name not in ("OrderPlaced", "OrderPaid", "RefundDue")]


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class TestCode:
    def test_is_six_digits_of_its_parcel_and_round(self) -> None:
        codes = {
            pickup_code(number, place, secret_key=secret)
            for number in ("LP-1-1", "LP-1-2")
            for place in (1, 2)
            for secret in ("one", "two")
        }
        assert len(codes) == 8
        assert all(len(code) == 6 and code.isdigit() for code in codes)

    @pytest.mark.parametrize("written", ["", "12345", "x" * 10_000, "１２３４５６", "\0"])
    def test_anything_else_is_not_it(self, written: str) -> None:
        assert not is_pickup_code(written, "LP-1-1", 1, secret_key=SECRET)

    @pytest.mark.parametrize("between", [" ", "-", " - "])
    def test_is_read_with_spaces_and_hyphens(self, between: str) -> None:
        code = pickup_code("LP-1-1", 1, secret_key=SECRET)
        assert is_pickup_code(f" {code[:3]}{between}{code[3:]} ", "LP-1-1", 1, secret_key=SECRET)


class TestPickup:
    def test_a_parcel_is_fetched_with_its_code(self, session: Session, desk: Desk, at: datetime) -> None:
        code = waiting(session, desk, at)
        assert stock(session, desk.net, desk.garut) == (20, 3), "what waits lies on the shelf still"
        assert show_code(session, desk, code, at) == "right"
        assert (desk.parcel.state, desk.parcel.hand_over) == ("delivered", "pickup")
        assert (desk.parcel.shipped_at, desk.parcel.tracking_number) == (at, None)
        assert stock(session, desk.net, desk.garut) == (17, 0)
        assert published(session) == ["PickupChosen", "FulfilmentReady", "FulfilmentDelivered"]
        assert actions(session) == [f"parcel.{verb}" for verb in ("accept", "pack", "ready", "give_out")]
        before = snapshot(session)
        assert show_code(session, desk, code, at) == "again"
        assert snapshot(session) == before
        refused(session, WrongState, lambda: make_ready(session, desk.number, actor=desk.officer, at=at))

    def test_its_shipping_goes_back_once(self, session: Session, desk: Desk, at: datetime) -> None:
        waiting(session, desk, at)
        assert refunds(session) == [(desk.parcel.shipping_cost, "pickup")]
        assert not choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)
        share = session.scalars(select(RefundShare)).one()
        assert (share.shipping, share.amount, share.pieces) == (*[desk.parcel.shipping_cost] * 2, {})

    def test_what_is_not_fetched_is_free_again(self, session: Session, desk: Desk, at: datetime) -> None:
        waiting(session, desk, at)
        give_up(session, desk, {1: 3, 2: 2}, at)
        assert desk.parcel.state == "cancelled"
        assert stock(session, desk.net, desk.garut) == (20, 0)
        assert sum(amount for amount, _ in refunds(session)) == desk.order.total, "no shipping a second time"

    def test_only_what_waits_is_not_fetched(self, session: Session, desk: Desk, at: datetime) -> None:
        packed(session, desk, at)
        refused(session, WrongState, lambda: give_up(session, desk, {1: 1}, at))

    def test_wrong_codes_are_counted_and_end(self, session: Session, desk: Desk, at: datetime) -> None:
        code = waiting(session, desk, at)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for tried in range(MOST_MISSES):
            assert show_code(session, desk, wrong, at) == "wrong"
            assert desk.parcel.code_misses == tried + 1
        assert actions(session)[-1] == "parcel.wrong_code"
        before = snapshot(session)
        assert show_code(session, desk, code, at) == "void", "not even the right one"
        assert snapshot(session) == before
        assert renew_code(session, desk.number, seen_round=1, actor=desk.officer, at=at)
        assert not renew_code(session, desk.number, seen_round=1, actor=desk.officer, at=at)
        assert show_code(session, desk, code, at) == "wrong", "the old code opens nothing"
        fresh = pickup_code(desk.number, 2, secret_key=SECRET)
        assert show_code(session, desk, fresh, at) == "right"
        assert published(session).count("FulfilmentReady") == 2

    @pytest.mark.parametrize("step", [ship, bring, deliver, come_back, lose, confirm_receipt])
    def test_goes_no_other_way(
        self, session: Session, desk: Desk, at: datetime, step: Callable[..., Any]
    ) -> None:
        waiting(session, desk, at)
        arguments: dict[Any, tuple[Any, ...]] = {
            ship: (desk.number, "JNE", "JNE0012345678"),
            confirm_receipt: (desk.order.number, desk.number),
            come_back: (desk.number, {1: 3}),
        }
        more = {"reason": "refused"} if step is come_back else {}
        before = snapshot(session)
        with pytest.raises(WrongState):
            step(session, *arguments.get(step, (desk.number,)), **more, actor=desk.officer, at=at)
        assert snapshot(session) == before

    def test_is_not_offered_where_it_is_not_possible(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        desk.garut.is_open_for_pickup = False
        refused(session, PickupNotOffered, lambda: choose(session, desk, at))
        desk.garut.is_open_for_pickup = True
        of_net = update(Product).where(Product.id == desk.net.product_id)
        session.execute(of_net.values(delivery_modes=["cargo"]))
        refused(session, PickupNotOffered, lambda: choose(session, desk, at))

    def test_is_chosen_while_nothing_is_packed(self, session: Session, desk: Desk, at: datetime) -> None:
        session.execute(update(Payment).values(is_disputed=True))
        refused(session, OrderNotPayable, lambda: choose(session, desk, at))
        session.execute(update(Payment).values(is_disputed=False))
        refused(
            session,
            FulfilmentNotFound,
            lambda: choose_pickup(session, desk.order.number, "LP-0-1", actor=CUSTOMER, at=at),
        )
        accept(session, desk.number, actor=desk.officer, at=at)
        pack(session, desk.number, actor=desk.officer, at=at)
        refused(session, WrongState, lambda: choose(session, desk, at))  # its courier may have it already
        ship(session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=at)
        refused(session, WrongState, lambda: choose(session, desk, at))


def give_up(session: Session, desk: Desk, pieces: dict[int, int], at: datetime) -> None:
    cannot_supply(
        session, desk.number, pieces, reason="not_fetched", seen_cancelled=0, actor=desk.officer, at=at
    )


def choose(session: Session, desk: Desk, at: datetime) -> bool:
    return choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)


class TestOwnDelivery:
    def test_the_upt_brings_it_and_names_the_receiver(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        packed(session, desk, at)
        assert bring(session, desk.number, actor=desk.officer, at=at)
        assert not bring(session, desk.number, actor=desk.officer, at=at)
        assert (desk.parcel.state, desk.parcel.hand_over) == ("shipped", "upt_delivery")
        assert stock(session, desk.net, desk.garut) == (17, 0)
        for receiver in ("", "  ", "x" * 81):
            refused(session, ReceiverMissing, partial(arrive, session, desk, at, receiver))
        assert arrive(session, desk, at, " Bu   Sari ")
        assert (desk.parcel.state, desk.parcel.receiver) == ("delivered", "Bu Sari")
        assert not arrive(session, desk, at, "Pak Budi")
        assert published(session) == ["FulfilmentShipped", "FulfilmentDelivered"]
        log = session.scalars(select(AuditEntry.after).order_by(AuditEntry.id.desc())).first()
        assert log == {"state": "delivered"}, "no name stands in what can never be taken away"

    def test_no_name_is_written_once_the_customer_was_forgotten(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        packed(session, desk, at)
        bring(session, desk.number, actor=desk.officer, at=at)
        session.execute(update(Order).values(email="", buyer_email="", name=""))
        assert arrive(session, desk, at, "Bu Sari")
        assert (desk.parcel.state, desk.parcel.receiver) == ("delivered", None)

    def test_brings_in_time_what_a_courier_would_not(self, session: Session, at: datetime) -> None:
        shop = make_shop(session, at=at, breads=0)
        make_batch(session, shop.bread, shop.garut, at=at, expires_on=at.date(), passed=2)
        user = make_officer(session, shop.garut)
        officer = actor_of(session, user.id, user.name)
        order = make_paid_order(session, Wish(1, shop.bread.id, 2), at=at)
        number = parcel_of(session, order, shop.garut).number
        accept(session, number, actor=officer, at=at)
        pack(session, number, actor=officer, at=at)
        tomorrow = at + timedelta(days=1)
        with pytest.raises(LifeTooShort), session.begin_nested():
            ship(session, number, "JNE", "JNE0012345678", actor=officer, at=at)
        with pytest.raises(LifeTooShort), session.begin_nested():
            bring(session, number, actor=officer, at=tomorrow)
        assert bring(session, number, actor=officer, at=at)


def arrive(session: Session, desk: Desk, at: datetime, receiver: str) -> bool:
    return deliver(session, desk.number, receiver=receiver, actor=desk.officer, at=at)


def by_hand(session: Session, desk: Desk, amount: int, at: datetime) -> None:
    """Somebody gives money of the order back in the provider's own pages."""
    refund_order(
        session,
        desk.order.id,
        amount,
        cause="provider:re_1",
        reason="made_at_provider",
        actor=desk.officer,
        at=at,
    )


class TestComingBack:
    def back(self, session: Session, desk: Desk, at: datetime, good: dict[int, int], reason: str) -> bool:
        return come_back(session, desk.number, good, reason=reason, actor=desk.officer, at=at)

    @pytest.mark.parametrize(("reason", "with_shipping"), [("refused", False), ("courier_failed", True)])
    def test_good_pieces_are_sold_again_and_the_money_goes_back(
        self, session: Session, desk: Desk, at: datetime, reason: str, with_shipping: bool
    ) -> None:
        sent(session, desk, at)
        assert self.back(session, desk, at, {1: 2, 2: 2}, reason)
        assert desk.parcel.state == "returned"
        assert stock(session, desk.net, desk.garut) == (19, 0), "one net is written off"
        goods = desk.order.goods_total
        assert refunds(session) == [(goods + with_shipping * desk.parcel.shipping_cost, "returned")]
        lines = session.execute(
            text("SELECT shipped, restocked, written_off FROM fulfilment_lines ORDER BY id")
        ).all()
        assert [tuple(line) for line in lines] == [(3, 2, 1), (2, 2, 0)]
        entries = session.execute(
            select(LedgerEntry.kind, LedgerEntry.delta, LedgerEntry.reason)
            .where(LedgerEntry.kind == "returned")
            .order_by(LedgerEntry.id)
        ).all()
        assert sorted(entries) == [("returned", 2, "came_back")] * 2
        assert published(session) == ["FulfilmentShipped", "FulfilmentNotDelivered"]
        before = snapshot(session)
        assert not self.back(session, desk, at, {1: 3}, reason)
        assert snapshot(session) == before

    def test_pieces_go_back_into_the_batches_they_left(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        make_batch(session, desk.net, desk.garut, at=at, expires_on=date(2030, 1, 1), passed=2)
        make_batch(session, desk.net, desk.garut, at=at, expires_on=date(2031, 1, 1), passed=4)
        sent(session, desk, at)
        remaining = select(Batch.remaining).order_by(Batch.expires_on)
        assert session.scalars(remaining).all() == [0, 3]
        self.back(session, desk, at, {1: 2}, "nobody_there")
        assert session.scalars(remaining).all() == [2, 3], "the first to expire first: none keeps too long"

    def test_what_is_past_its_date_is_not_sold_again(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        for day, pieces in ((24, 2), (30, 4)):
            make_batch(session, desk.net, desk.garut, at=at, expires_on=date(2026, 11, day), passed=pieces)
        packed(session, desk, at)
        bring(session, desk.number, actor=desk.officer, at=at)
        before, later = stock(session, desk.net, desk.garut), datetime(2026, 11, 25, 3, tzinfo=UTC)
        for count in (2, 3):
            good = {1: count}
            refused(session, PastDateNotGood, partial(self.back, session, desk, later, good, "nobody_there"))
        assert self.back(session, desk, later, {1: 1}, "nobody_there")
        assert stock(session, desk.net, desk.garut) == (before[0] + 1, 0)
        remaining = select(Batch.remaining).order_by(Batch.expires_on)
        assert session.scalars(remaining).all() == [0, 4], "the one of the batch that still keeps"

    def test_money_that_went_back_before_does_not_go_twice(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        cannot_supply(
            session, desk.number, {1: 1}, reason="damaged", seen_cancelled=0, actor=desk.officer, at=at
        )
        sent(session, desk, at)
        assert self.back(session, desk, at, {1: 2, 2: 2}, "courier_failed")
        assert sum(amount for amount, _ in refunds(session)) == desk.order.total

    def test_what_was_given_at_the_provider_is_not_given_again(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        sent(session, desk, at)
        by_hand(session, desk, desk.order.total - 1_000, at)
        assert self.back(session, desk, at, {1: 3, 2: 2}, "courier_failed")
        assert desk.parcel.state == "returned"
        assert sorted(refunds(session)) == [
            (1_000, "returned"),
            (desk.order.total - 1_000, "made_at_provider"),
        ]

    def test_says_why_and_counts_what_was_sent(self, session: Session, desk: Desk, at: datetime) -> None:
        sent(session, desk, at)
        refused(session, ReturnReasonMissing, lambda: self.back(session, desk, at, {1: 1}, "damaged"))
        for good in ({1: 4}, {1: -1}, {3: 1}):
            refused(session, PieceCountWrong, partial(self.back, session, desk, at, good, "refused"))
        session.execute(update(Payment).values(is_disputed=True))
        refused(session, OrderNotPayable, lambda: self.back(session, desk, at, {}, "refused"))
        refused(session, OrderNotPayable, lambda: lose(session, desk.number, actor=desk.officer, at=at))

    def test_what_was_brought_can_come_back(self, session: Session, desk: Desk, at: datetime) -> None:
        packed(session, desk, at)
        bring(session, desk.number, actor=desk.officer, at=at)
        assert self.back(session, desk, at, {1: 3, 2: 2}, "nobody_there")
        assert stock(session, desk.net, desk.garut) == (20, 0)


class TestLost:
    def test_everything_it_cost_goes_back(self, session: Session, desk: Desk, at: datetime) -> None:
        sent(session, desk, at)
        assert lose(session, desk.number, actor=desk.officer, at=at)
        assert not lose(session, desk.number, actor=desk.officer, at=at)
        assert desk.parcel.state == "lost"
        assert refunds(session) == [(desk.order.total, "lost")]
        assert stock(session, desk.net, desk.garut) == (17, 0)
        assert actions(session)[-1] == "parcel.lost"

    def test_pays_no_piece_that_was_never_sent(self, session: Session, desk: Desk, at: datetime) -> None:
        price = desk.order.goods_total
        cannot_supply(
            session, desk.number, {1: 1}, reason="damaged", seen_cancelled=0, actor=desk.officer, at=at
        )
        failed = session.scalars(select(Refund)).one()
        session.execute(update(Payment).values(refund_claimed=0))
        failed.problem, failed.check_at = "provider", None
        move_to(session, failed, "failed", actor=desk.officer, at=at)
        sent(session, desk, at)
        assert lose(session, desk.number, actor=desk.officer, at=at)
        lost = session.scalars(select(RefundShare).where(RefundShare.refund_id != failed.id)).one()
        assert lost.pieces == {"1": 2, "2": 2}
        assert lost.amount == price + desk.parcel.shipping_cost - failed.amount

    def test_ends_also_when_all_was_given_at_the_provider(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        sent(session, desk, at)
        by_hand(session, desk, desk.order.total, at)
        assert lose(session, desk.number, actor=desk.officer, at=at)
        assert desk.parcel.state == "lost"
        assert refunds(session) == [(desk.order.total, "made_at_provider")]

    @pytest.mark.parametrize("step", ["lost", "returned", "delivered"])
    def test_an_end_is_an_end(self, session: Session, desk: Desk, at: datetime, step: str) -> None:
        sent(session, desk, at)
        ends: dict[str, Callable[[], object]] = {
            "lost": lambda: lose(session, desk.number, actor=desk.officer, at=at),
            "returned": lambda: come_back(
                session, desk.number, {1: 1}, reason="refused", actor=desk.officer, at=at
            ),
            "delivered": lambda: deliver(session, desk.number, actor=desk.officer, at=at),
            "confirmed": lambda: confirm_receipt(
                session, desk.order.number, desk.number, actor=CUSTOMER, at=at
            ),
        }
        ends[step]()
        for name, other in ends.items():
            if name != step and (step, name) != ("delivered", "confirmed"):
                refused(session, WrongState, other)


class TestWhoMay:
    @pytest.mark.parametrize("step", [make_ready, bring, lose, deliver])
    def test_only_its_own_upt(
        self, session: Session, desk: Desk, at: datetime, step: Callable[..., object]
    ) -> None:
        reader, stranger = make_user(session), make_officer(session, desk.garut)
        make_membership(session, reader, "directorate")
        nation = actor_of(session, reader.id, reader.name)
        refused(session, ParcelNotYours, lambda: step(session, desk.number, actor=nation, at=at))
        foreign = Actor.holding(stranger.name, stranger.id, [("upt_officer", desk.garut.id + 1, None)])
        refused(session, FulfilmentNotFound, lambda: step(session, desk.number, actor=foreign, at=at))
