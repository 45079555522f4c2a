"""A UPT asks another to send pieces: nothing moves before it accepts, and then everything does at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from inventory.models import LedgerEntry, Maker, Stock, Variant
from kernel.outbox import OutboxEvent
from orders.errors import (
    OrderNotPayable,
    ParcelNotYours,
    PieceCountWrong,
    ShortageReasonMissing,
    TakeoverNotFound,
    TakeoverNotPossible,
    TakeoverOpen,
    TakeoverOver,
    WrongState,
)
from orders.events import OrderPaid, TakeoverAccepted, TakeoverAsked
from orders.models import Invoice, OrderEvent, Payment, RefundShare, Takeover
from orders.queries.capacity import pieces_taken
from orders.queries.customer import order_view
from orders.queries.invoices import orders_without_papers
from orders.queries.sheets import parcel_sheets
from orders.rules.allocation import Wish
from orders.services.calling_off import call_off
from orders.services.coming_back import come_back, lose
from orders.services.fetching import choose_pickup
from orders.services.fulfilling import accept as accept_parcel
from orders.services.fulfilling import cannot_supply, pack, ship
from orders.services.invoicing import issue_invoices, issue_missing_papers, issue_takeover_papers
from orders.services.refunding import create_refund
from orders.services.taking_over import accept, ask, refuse, withdraw
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_user
from tests.factories.invoices import settle_refunds
from tests.factories.parcels import Desk, make_desk, make_paid_order, parcel_of
from tests.snapshots import refused, snapshot
from worker.notifications.takeovers import mail_takeover_asked


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    return make_desk(session, at=at)


@pytest.fixture(autouse=True)
def _invariants_hold(session: Session, at: datetime) -> Iterator[None]:
    yield
    session.flush()
    assert violations(session, at=at) == {}


def ask_ciamis(
    session: Session, desk: Desk, at: datetime, pieces: dict[int, int], reason: str = "too_busy"
) -> UUID:
    return ask(session, desk.number, desk.ciamis.code, pieces, reason=reason, actor=desk.officer, at=at)


def told(session: Session, event: str) -> list[int]:
    """The requests that such events told of."""
    payloads = session.scalars(select(OutboxEvent.payload).where(OutboxEvent.name == event))
    return [payload["takeover_id"] for payload in payloads]


def returned_shipping(session: Session) -> dict[int, int]:
    """How much of the shipping of which parcel went back."""
    query = select(RefundShare.fulfilment_id, func.sum(RefundShare.shipping))
    shares = query.where(RefundShare.shipping > 0).group_by(RefundShare.fulfilment_id)
    return {parcel_id: int(shipping) for parcel_id, shipping in session.execute(shares)}


def stock(session: Session, variant: Variant, upt: Upt) -> tuple[int, int]:
    query = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant.id)
    return session.execute(query.where(Stock.upt_id == upt.id)).one()


class TestAsking:
    def test_nothing_moves_before_the_answer(self, session: Session, desk: Desk, at: datetime) -> None:
        ask_ciamis(session, desk, at, {1: 2})
        assert stock(session, desk.net, desk.garut) == (20, 3)
        assert stock(session, desk.net, desk.ciamis) == (5, 0)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.upt_id) == ("parcel.ask_takeover", desk.garut.id)
        assert (
            session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id.desc())).first()
            == "TakeoverAsked"
        )

    def test_the_parcel_does_not_leave_meanwhile(self, session: Session, desk: Desk, at: datetime) -> None:
        accept_parcel(session, desk.number, actor=desk.officer, at=at)
        pack(session, desk.number, actor=desk.officer, at=at)
        ask_ciamis(session, desk, at, {1: 1})
        refused(session, TakeoverOpen, lambda: ask_ciamis(session, desk, at, {1: 1}))
        leave = partial(ship, session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=at)
        refused(session, TakeoverOpen, leave)
        cancel = partial(cannot_supply, session, desk.number, {1: 1}, reason="damaged", seen_cancelled=0)
        refused(session, TakeoverOpen, lambda: cancel(actor=desk.officer, at=at))

    def test_only_for_what_the_other_can_send(self, session: Session, desk: Desk, at: datetime) -> None:
        for pieces in ({2: 1}, {1: 1, 2: 1}):
            refused(session, TakeoverNotPossible, partial(ask_ciamis, session, desk, at, pieces))
        session.execute(update(Stock).where(Stock.upt_id == desk.ciamis.id).values(reserved=4))
        with pytest.raises(TakeoverNotPossible):
            ask_ciamis(session, desk, at, {1: 2})
        session.execute(update(Stock).where(Stock.upt_id == desk.ciamis.id).values(reserved=0))
        makes = (Maker.upt_id == desk.ciamis.id) & (Maker.product_id == desk.net.product_id)
        session.execute(Maker.__table__.delete().where(makes))  # type: ignore[attr-defined]
        refused(session, TakeoverNotPossible, lambda: ask_ciamis(session, desk, at, {1: 2}))

    def test_wrong_pieces_and_reasons(self, session: Session, desk: Desk, at: datetime) -> None:
        wrong: tuple[dict[int, int], ...] = ({}, {1: 4}, {1: -1}, {3: 1})
        for pieces in wrong:
            refused(session, PieceCountWrong, partial(ask_ciamis, session, desk, at, pieces))
        refused(session, ShortageReasonMissing, lambda: ask_ciamis(session, desk, at, {1: 1}, "not_fetched"))
        session.execute(update(Payment).values(is_disputed=True))
        refused(session, OrderNotPayable, lambda: ask_ciamis(session, desk, at, {1: 1}))

    def test_not_of_a_parcel_that_is_fetched(self, session: Session, desk: Desk, at: datetime) -> None:
        desk.garut.is_open_for_pickup = True
        session.flush()
        choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)
        refused(session, WrongState, lambda: ask_ciamis(session, desk, at, {1: 1}))


class TestAccepting:
    def test_pieces_and_their_reservation_move(self, session: Session, desk: Desk, at: datetime) -> None:
        key = ask_ciamis(session, desk, at, {1: 2})
        number = accept(session, key, actor=desk.other, at=at)
        second = parcel_of(session, desk.order, desk.ciamis)
        assert (second.number, second.state, second.shipping_cost) == (number, "accepted", 0)
        assert (second.promised_from, second.promised_until) == (
            desk.parcel.promised_from,
            desk.parcel.promised_until,
        )
        assert stock(session, desk.net, desk.garut) == (20, 1), "too busy: the pieces are free for others"
        assert stock(session, desk.net, desk.ciamis) == (5, 2)
        assert desk.parcel.state == "new"
        view = order_view(session, desk.order.number)
        pieces = {parcel.number: [line.quantity for line in parcel.lines] for parcel in view.parcels}
        assert pieces == {desk.number: [1, 2], number: [2]}
        before = snapshot(session)
        assert accept(session, key, actor=desk.other, at=at) == number
        assert snapshot(session) == before
        pack(session, number, actor=desk.other, at=at)
        assert ship(session, number, "JNE", "JNE0012345678", actor=desk.other, at=at)
        assert stock(session, desk.net, desk.ciamis) == (3, 0)

    def test_the_work_is_counted_where_it_is_done(self, session: Session, desk: Desk, at: datetime) -> None:
        accept(session, ask_ciamis(session, desk, at, {1: 2}), actor=desk.other, at=at)
        span = {"since": at - timedelta(days=1), "until": at + timedelta(days=1)}
        taken = pieces_taken(session, desk.net.product_id, **span)
        assert taken == {desk.garut.id: 1, desk.ciamis.id: 2}

    def test_what_is_not_there_leaves_the_shelf(self, session: Session, desk: Desk, at: datetime) -> None:
        key = ask_ciamis(session, desk, at, {1: 2}, "damaged")
        accept(session, key, actor=desk.other, at=at)
        assert stock(session, desk.net, desk.garut) == (18, 1)
        line = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "adjusted")).one()
        assert (line.delta, line.actor_user_id) == (-2, desk.officer.user_id)

    def test_a_whole_parcel_goes_with_its_shipping_and_papers(self, session: Session, at: datetime) -> None:
        desk = make_desk(session, at=at, breads=0)
        issue_invoices(session, OrderPaid(desk.order.id), at=at)
        key = ask_ciamis(session, desk, at, {1: 3})
        number = accept(session, key, actor=desk.other, at=at)
        takeover = session.scalars(select(Takeover)).one()
        assert (desk.parcel.state, takeover.with_shipping) == ("taken_over", True)
        for _ in range(2):
            issue_takeover_papers(session, TakeoverAccepted(takeover.id), at=at)
        papers = session.execute(
            select(Invoice.kind, Invoice.fulfilment_id, Invoice.total).order_by(Invoice.id)
        )
        second = parcel_of(session, desk.order, desk.ciamis)
        total = desk.order.total
        assert [tuple(paper) for paper in papers] == [
            ("invoice", desk.parcel.id, total),
            ("invoice", second.id, total),
            ("credit_note", desk.parcel.id, total),
        ]
        view = order_view(session, desk.order.number)
        assert not view.comes_to_nothing
        history = select(OrderEvent.kind).where(OrderEvent.fulfilment_id == second.id).order_by(OrderEvent.id)
        assert session.scalars(history).all() == ["fulfilment_new", "fulfilment_accepted"]
        cannot_supply(session, number, {1: 3}, reason="damaged", seen_cancelled=0, actor=desk.other, at=at)
        refund = session.execute(text("SELECT amount FROM refunds")).scalar_one()
        assert refund == total, "the shipping of it too"
        assert order_view(session, desk.order.number).comes_to_nothing

    def test_papers_of_a_part(self, session: Session, desk: Desk, at: datetime) -> None:
        issue_invoices(session, OrderPaid(desk.order.id), at=at)
        accept(session, ask_ciamis(session, desk, at, {1: 2}), actor=desk.other, at=at)
        takeover = session.scalars(select(Takeover)).one()
        issue_takeover_papers(session, TakeoverAccepted(takeover.id), at=at)
        totals = session.scalars(select(Invoice.total).order_by(Invoice.id)).all()
        assert totals == [desk.order.total, 180_000, 180_000]

    def test_papers_after_money_went_back_without_saying_what_for(
        self, session: Session, at: datetime
    ) -> None:
        desk = make_desk(session, at=at, breads=0)
        issue_invoices(session, OrderPaid(desk.order.id), at=at)
        payment = session.scalars(select(Payment.id)).one()
        give = partial(create_refund, session, payment, reason="made_at_provider", actor=desk.officer, at=at)
        give(100_000, cause="provider-1")
        settle_refunds(session, desk.order, at=at)
        accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        takeover = session.scalars(select(Takeover)).one()
        assert orders_without_papers(session) == [desk.order.id]
        for _ in range(2):
            issue_missing_papers(session, desk.order.id, at=at)
        assert orders_without_papers(session) == []
        left = desk.order.total - 100_000
        query = select(Invoice.kind, Invoice.total, Invoice.discount_total).order_by(Invoice.id)
        assert [tuple(row) for row in session.execute(query)][1:] == [
            ("credit_note", 100_000, 0),
            ("invoice", left, 100_000),
            ("credit_note", left, 100_000),
        ]
        assert session.scalars(select(Invoice.takeover_id).order_by(Invoice.id)).all()[-1] == takeover.id
        give(50_000, cause="provider-2")
        settle_refunds(session, desk.order, at=at)
        last = session.scalars(select(Invoice).order_by(Invoice.id)).all()[-1]
        assert (last.fulfilment_id, last.total) == (takeover.taken_by_id, 50_000)

    def test_the_shipping_stays_with_the_part_that_is_sent(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        missing = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        missing(actor=desk.officer, at=at)
        assert desk.parcel.state == "cancelled"
        share = session.scalars(select(RefundShare)).one()
        assert (share.amount, share.shipping) == (30_000, 0)

    def test_of_a_part_that_is_fetched_the_shipping_goes_back_with_the_last(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        desk.garut.is_open_for_pickup = True
        session.flush()
        assert choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)
        assert session.scalars(select(RefundShare)).all() == []
        call_off(session, desk.order.number, actor=CUSTOMER, at=at)
        shares = session.scalars(select(RefundShare)).all()
        assert sum(share.amount for share in shares) == desk.order.total

    @pytest.mark.parametrize("first_ends", ["before", "after", "is fetched"])
    def test_the_shipping_goes_back_when_nothing_is_sent_for_it(
        self, session: Session, desk: Desk, at: datetime, first_ends: str
    ) -> None:
        issue_invoices(session, OrderPaid(desk.order.id), at=at)
        number = accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        rest = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        if first_ends == "before":
            rest(actor=desk.officer, at=at)
        elif first_ends == "is fetched":
            desk.garut.is_open_for_pickup = True
            session.flush()
            assert choose_pickup(session, desk.order.number, desk.number, actor=CUSTOMER, at=at)
        assert returned_shipping(session) == {}
        taken = partial(cannot_supply, session, number, {1: 3}, reason="damaged", seen_cancelled=0)
        taken(actor=desk.other, at=at)
        if first_ends == "after":
            assert returned_shipping(session) == {}, "the rest is still sent for it"
            rest(actor=desk.officer, at=at)
        cost = desk.parcel.shipping_cost
        assert cost
        assert returned_shipping(session) == {desk.parcel.id: cost}, "by the UPT that had charged it"
        settle_refunds(session, desk.order, at=at)
        notes = select(func.sum(Invoice.total)).where(Invoice.kind == "credit_note")
        issue_missing_papers(session, desk.order.id, at=at)
        refunds = session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one()
        handed = 3 * 90_000
        assert session.scalars(notes).one() == refunds + handed
        if first_ends == "is fetched":
            view = order_view(session, desk.order.number)
            assert [parcel.shipping_back for parcel in view.parcels] == [0, 0], "it went back"
            call_off(session, desk.order.number, actor=CUSTOMER, at=at)
            refunds = session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one()
        assert refunds == desk.order.total

    def test_nor_is_shipping_lost_when_the_rest_is_called_off(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        missing = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        missing(actor=desk.officer, at=at)
        call_off(session, desk.order.number, actor=CUSTOMER, at=at)
        assert returned_shipping(session) == {desk.parcel.id: desk.parcel.shipping_cost}
        assert session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one() == desk.order.total

    @pytest.mark.parametrize("comes_back", [False, True])
    @pytest.mark.parametrize("is_lost_first", [False, True])
    def test_the_shipping_of_a_part_goes_back_with_what_the_courier_loses_or_fails_to_bring(
        self, session: Session, desk: Desk, at: datetime, is_lost_first: bool, comes_back: bool
    ) -> None:
        number = accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        missing = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        pack(session, number, actor=desk.other, at=at)
        ship(session, number, "JNE", "JNE0012345678", actor=desk.other, at=at)
        steps: list[Callable[..., object]] = [
            partial(missing, actor=desk.officer),
            partial(come_back, session, number, {1: 3}, reason="courier_failed", actor=desk.other)
            if comes_back
            else partial(lose, session, number, actor=desk.other),
        ]
        first, last = reversed(steps) if is_lost_first else steps
        first(at=at)
        assert returned_shipping(session) == {}
        last(at=at)
        assert returned_shipping(session) == {desk.parcel.id: desk.parcel.shipping_cost}
        assert session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one() == desk.order.total

    def test_what_was_given_back_by_hand_is_not_given_again(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        number = accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        rest = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        rest(actor=desk.officer, at=at)
        payment, by_hand = session.scalars(select(Payment.id)).one(), desk.parcel.shipping_cost - 1_000
        give = partial(create_refund, session, payment, by_hand, cause="provider-1")
        give(reason="made_at_provider", actor=desk.officer, at=at)
        cannot_supply(session, number, {1: 3}, reason="damaged", seen_cancelled=0, actor=desk.other, at=at)
        assert returned_shipping(session) == {desk.parcel.id: 1_000}
        assert session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one() == desk.order.total

    def test_of_what_is_fetched_nothing_untrue_is_said_of_its_shipping(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        number = accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)

        def said() -> list[tuple[str, bool, bool]]:
            parcels = order_view(session, desk.order.number).parcels
            return [(each.number, each.shipping_back > 0, each.is_shipping_kept) for each in parcels]

        assert said() == [(desk.number, False, True), (number, False, True)]
        accept_parcel(session, desk.number, actor=desk.officer, at=at)
        pack(session, desk.number, actor=desk.officer, at=at)
        ship(session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=at)
        lose(session, desk.number, actor=desk.officer, at=at)
        assert returned_shipping(session) == {desk.parcel.id: desk.parcel.shipping_cost}
        assert said()[1] == (number, False, False)

    def test_fetched_from_the_second_the_shipping_of_the_first_goes_back(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        number = accept(session, ask_ciamis(session, desk, at, {1: 3}), actor=desk.other, at=at)
        desk.ciamis.is_open_for_pickup = True
        session.flush()
        back = {each.number: each.shipping_back for each in order_view(session, desk.order.number).parcels}
        assert back == {desk.number: 0, number: 0}
        missing = partial(cannot_supply, session, desk.number, {2: 2}, reason="damaged", seen_cancelled=0)
        missing(actor=desk.officer, at=at)
        back = {each.number: each.shipping_back for each in order_view(session, desk.order.number).parcels}
        assert back[number] == desk.parcel.shipping_cost
        assert choose_pickup(session, desk.order.number, number, actor=CUSTOMER, at=at)
        assert returned_shipping(session) == {desk.parcel.id: desk.parcel.shipping_cost}

    def test_not_when_the_pieces_are_gone(self, session: Session, desk: Desk, at: datetime) -> None:
        key = ask_ciamis(session, desk, at, {1: 3})
        make_paid_order(session, Wish(1, desk.net.id, 3, desk.ciamis.id), at=at)
        refused(session, TakeoverNotPossible, lambda: accept(session, key, actor=desk.other, at=at))

    def test_an_order_called_off_takes_the_request_along(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = ask_ciamis(session, desk, at, {1: 2})
        call_off(session, desk.order.number, actor=CUSTOMER, at=at)
        refused(session, TakeoverOver, lambda: accept(session, key, actor=desk.other, at=at))
        noted = select(OrderEvent.actor_label).where(OrderEvent.kind == "fulfilment_takeover_withdrawn")
        assert session.scalars(noted).all() == [CUSTOMER.label]
        takeover_id = session.scalars(select(Takeover.id)).one()
        assert told(session, "TakeoverWithdrawn") == [takeover_id]
        before = snapshot(session)
        mail_takeover_asked(session, TakeoverAsked(takeover_id), at=at)
        assert snapshot(session) == before, "no mail asks for what is over"

    def test_not_while_the_bank_disputes_the_payment(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = ask_ciamis(session, desk, at, {1: 2})
        session.execute(update(Payment).values(is_disputed=True))
        refused(session, OrderNotPayable, lambda: accept(session, key, actor=desk.other, at=at))

    def test_its_label_tells_no_weight_that_nobody_charged(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        number = accept(session, ask_ciamis(session, desk, at, {1: 2}), actor=desk.other, at=at)
        (sheet,) = parcel_sheets(session, desk.other, [number])
        assert sheet.weight_g is None

    def test_an_order_called_off_later_frees_both_shelves(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        accept(session, ask_ciamis(session, desk, at, {1: 2}), actor=desk.other, at=at)
        call_off(session, desk.order.number, actor=CUSTOMER, at=at)
        assert stock(session, desk.net, desk.garut) == (20, 0)
        assert stock(session, desk.net, desk.ciamis) == (5, 0)
        assert session.execute(text("SELECT sum(amount) FROM refunds")).scalar_one() == desk.order.total


class TestAnswers:
    @pytest.mark.parametrize("answer", [refuse, withdraw])
    def test_ends_the_request_once(
        self, session: Session, desk: Desk, at: datetime, answer: Callable[..., bool]
    ) -> None:
        key = ask_ciamis(session, desk, at, {1: 2})
        actor = desk.other if answer is refuse else desk.officer
        assert answer(session, key, actor=actor, at=at)
        before = snapshot(session)
        assert not answer(session, key, actor=actor, at=at)
        assert snapshot(session) == before
        refused(session, TakeoverOver, lambda: accept(session, key, actor=desk.other, at=at))
        name = "TakeoverRefused" if answer is refuse else "TakeoverWithdrawn"
        assert told(session, name) == [session.scalars(select(Takeover.id)).one()]
        assert ask_ciamis(session, desk, at, {1: 1}) != key

    def test_each_side_does_its_own(self, session: Session, desk: Desk, at: datetime) -> None:
        key = ask_ciamis(session, desk, at, {1: 2})
        reader = make_user(session)
        make_membership(session, reader, "directorate")
        nation = actor_of(session, reader.id, reader.name)
        for step, wrong in ((accept, desk.officer), (refuse, desk.officer), (withdraw, desk.other)):
            refused(session, TakeoverNotFound, partial(step, session, key, actor=wrong, at=at))
            refused(session, ParcelNotYours, partial(step, session, key, actor=nation, at=at))
            refused(session, TakeoverNotFound, partial(step, session, uuid4(), actor=desk.other, at=at))
