"""A paid order is called off whole, while nothing is packed, and once; a parcel's customer confirms it."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import LedgerEntry, Stock
from orders.errors import CannotCallOff, FulfilmentNotFound, OrderNotFound, WrongState
from orders.events import FulfilmentDelivered, OrderCalledOff, RefundDue
from orders.models import Fulfilment, Order, OrderEvent, Payment, Refund
from orders.rules.allocation import Wish
from orders.services.calling_off import call_off, confirm_receipt
from orders.services.fulfilling import accept, cannot_supply, pack, ship
from tests.factories.accounts import make_officer
from tests.factories.invoices import issue, papers, settle_refunds
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import broken_rules, published
from tests.factories.placing import Shop, make_placed_order, make_shop
from tests.snapshots import snapshot


@dataclass(frozen=True)
class Sold:
    """A paid order of six nets from two UPTs and a bread, and Garut's officer."""

    shop: Shop
    order: Order
    garut: Fulfilment
    ciamis: Fulfilment
    officer: Actor


@pytest.fixture
def sold(session: Session, at: datetime) -> Sold:
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    user = make_officer(session, shop.garut)
    wishes = (
        Wish(1, shop.net.id, 4, shop.garut.id),
        Wish(2, shop.bread.id, 2),
        Wish(3, shop.net.id, 2, shop.ciamis.id),
    )
    order = make_paid_order(session, *wishes, at=at)
    garut, ciamis = (parcel_of(session, order, upt) for upt in (shop.garut, shop.ciamis))
    return Sold(shop, order, garut, ciamis, actor_of(session, user.id, user.name))


def reserved(session: Session) -> int:
    return session.scalar(select(func.sum(Stock.reserved))) or 0


class TestCallOff:
    def test_cancels_all_parcels_frees_the_stock_and_returns_all_money(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        accept(session, sold.garut.number, actor=sold.officer, at=at)
        on_hand = session.scalar(select(func.sum(Stock.on_hand)))

        assert call_off(session, sold.order.number, actor=CUSTOMER, at=at) is True

        refund = session.scalars(select(Refund)).one()
        assert (refund.amount, refund.reason) == (sold.order.total, "called_off")
        assert reserved(session) == 0
        assert session.scalar(select(func.sum(Stock.on_hand))) == on_hand
        assert session.scalars(select(LedgerEntry.kind).distinct()).all() == ["received"]
        assert set(session.scalars(select(Fulfilment.state))) == {"cancelled"}
        assert published(session, OrderCalledOff) == [OrderCalledOff(sold.order.id)]
        assert broken_rules(session, at=at) == {}

    def test_each_parcel_gets_its_credit_note(self, session: Session, sold: Sold, at: datetime) -> None:
        invoices = issue(session, sold.order, at=at)
        call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        settle_refunds(session, sold.order, at=at)
        assert [note.total for note in papers(session, "credit_note")] == [each.total for each in invoices]
        assert broken_rules(session, at=at) == {}

    def test_returns_what_is_left_after_a_shortage(self, session: Session, sold: Sold, at: datetime) -> None:
        cannot_supply(
            session,
            sold.garut.number,
            {1: 3},
            reason="damaged",
            seen_cancelled=0,
            actor=sold.officer,
            at=at,
        )
        call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        amounts = session.scalars(select(Refund.amount).order_by(Refund.amount)).all()
        assert sum(amounts) == sold.order.total
        assert amounts[0] == 270_000
        assert broken_rules(session, at=at) == {}

    def test_never_returns_more_than_is_left_of_the_payment(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        session.execute(update(Payment).values(refund_claimed=Payment.captured - 100))
        call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        assert session.scalars(select(Refund.amount)).one() == 100

    def test_with_everything_given_back_by_hand_nothing_more_is_returned(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        session.execute(update(Payment).values(refund_claimed=Payment.captured))
        assert call_off(session, sold.order.number, actor=CUSTOMER, at=at) is True
        assert session.scalars(select(Refund)).all() == []
        assert set(session.scalars(select(Fulfilment.state))) == {"cancelled"}

    def test_a_second_time_changes_nothing(self, session: Session, sold: Sold, at: datetime) -> None:
        call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        before = snapshot(session)
        assert call_off(session, sold.order.number, actor=CUSTOMER, at=at) is False
        assert snapshot(session) == before

    def test_is_refused_once_a_parcel_is_packed(self, session: Session, sold: Sold, at: datetime) -> None:
        accept(session, sold.garut.number, actor=sold.officer, at=at)
        pack(session, sold.garut.number, actor=sold.officer, at=at)
        before = snapshot(session)
        with pytest.raises(CannotCallOff):
            call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        assert snapshot(session) == before

    def test_is_refused_while_the_bank_disputes(self, session: Session, sold: Sold, at: datetime) -> None:
        session.execute(update(Payment).values(is_disputed=True))
        before = snapshot(session)
        with pytest.raises(CannotCallOff) as refusal:
            call_off(session, sold.order.number, actor=CUSTOMER, at=at)
        assert refusal.value.code == "payment_in_question"
        assert snapshot(session) == before

    def test_is_refused_for_an_unpaid_order_and_none(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        number = make_placed_order(session, Wish(1, sold.shop.bread.id, 1), at=at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            call_off(session, number, actor=CUSTOMER, at=at)
        with pytest.raises(OrderNotFound):
            call_off(session, "LP-0", actor=CUSTOMER, at=at)
        assert snapshot(session) == before
        assert published(session, RefundDue) == []


class TestConfirmReceipt:
    @pytest.fixture
    def sent(self, session: Session, sold: Sold, at: datetime) -> Sold:
        accept(session, sold.garut.number, actor=sold.officer, at=at)
        pack(session, sold.garut.number, actor=sold.officer, at=at)
        ship(session, sold.garut.number, "JNE", "JNE0012345678", actor=sold.officer, at=at)
        return sold

    def test_notes_the_delivery_as_the_customers_word_once(
        self, session: Session, sent: Sold, at: datetime
    ) -> None:
        assert confirm_receipt(session, sent.order.number, sent.garut.number, actor=CUSTOMER, at=at) is True
        assert confirm_receipt(session, sent.order.number, sent.garut.number, actor=CUSTOMER, at=at) is False
        session.flush()
        rows = session.scalars(select(OrderEvent).where(OrderEvent.kind == "fulfilment_delivered")).all()
        assert [row.actor_label for row in rows] == ["customer"]
        assert published(session, FulfilmentDelivered) == [FulfilmentDelivered(sent.garut.id)]
        assert broken_rules(session, at=at) == {}

    def test_is_refused_for_what_is_not_on_its_way_or_not_theirs(
        self, session: Session, sent: Sold, at: datetime
    ) -> None:
        other = make_paid_order(session, Wish(1, sent.shop.bread.id, 1), at=at)
        before = snapshot(session)
        with pytest.raises(WrongState):
            confirm_receipt(session, sent.order.number, sent.ciamis.number, actor=CUSTOMER, at=at)
        with pytest.raises(FulfilmentNotFound):
            confirm_receipt(session, other.number, sent.garut.number, actor=CUSTOMER, at=at)
        assert snapshot(session) == before
