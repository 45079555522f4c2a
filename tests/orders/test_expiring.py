"""Unpaid orders end only after their payment page is closed; the customer may end one the same way."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from inventory.models import Stock
from orders.errors import OrderNotPayable, WrongState
from orders.events import OrderEnded, OrderOverdue, PaymentCheckDue
from orders.models import Fulfilment, FulfilmentLine, Order, Payment
from orders.rules.deadlines import HOLD_GRACE, ORDER_LIFE
from orders.services import expiring, settling
from tests.factories.paying import (
    broken_rules,
    deliver_all,
    make_order,
    open_payment,
    prepare,
    published,
    settle,
)
from tests.fakes import FakeProvider

OVER = ORDER_LIFE + HOLD_GRACE


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def order(session: Session, at: datetime) -> Order:
    return make_order(session, at=at)


def reserved(session: Session) -> int:
    return session.scalars(select(func.sum(Stock.reserved))).one()


def sweep(session: Session, provider: FakeProvider, *, at: datetime) -> None:
    """One run of the expiry and of what it asks for."""
    expiring.expire_orders(session, at=at)
    deliver_all(session, provider, OrderOverdue, at=at)
    deliver_all(session, provider, PaymentCheckDue, at=at)


class TestExpireOrders:
    def test_ends_an_order_nobody_began_to_pay(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        sweep(session, provider, at=at + OVER)

        assert (order.state, order.ended_at, reserved(session)) == ("expired", at + OVER, 0)
        assert set(session.scalars(select(Fulfilment.state))) == {"cancelled"}
        assert session.scalars(
            select(func.sum(FulfilmentLine.quantity - FulfilmentLine.cancelled))
        ).all() == [0]
        assert published(session, OrderEnded) == [OrderEnded(order.id)]
        assert provider.calls == []
        assert broken_rules(session, at=at + OVER) == {}

    def test_leaves_an_order_its_grace(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        sweep(session, provider, at=at + OVER - timedelta(seconds=1))

        assert (order.state, reserved(session)) == ("awaiting_payment", 6)
        assert published(session, OrderOverdue) == []

    def test_closes_the_page_before_letting_go_of_stock(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)

        expiring.expire_orders(session, at=at + OVER)
        assert (order.state, reserved(session)) == ("awaiting_payment", 6)
        deliver_all(session, provider, PaymentCheckDue, at=at + OVER)

        assert "close" in provider.calls
        assert (order.state, payment.state, reserved(session)) == ("expired", "expired", 0)
        assert broken_rules(session, at=at + OVER) == {}

    def test_a_customer_who_paid_at_the_last_moment_has_paid(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        expiring.expire_orders(session, at=at + OVER)
        provider.pay(payment.ref or "")

        deliver_all(session, provider, PaymentCheckDue, at=at + OVER)

        assert (order.state, payment.state, reserved(session)) == ("paid", "paid", 6)
        assert published(session, OrderEnded) == []
        assert broken_rules(session, at=at + OVER) == {}

    def test_keeps_the_stock_while_the_provider_does_not_answer_and_asks_again(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        open_payment(session, order, provider, at=at)
        for minutes in range(11):
            expiring.expire_orders(session, at=at + OVER + timedelta(minutes=minutes))

        assert len(published(session, PaymentCheckDue)) == 3
        assert (order.state, reserved(session)) == ("awaiting_payment", 6)

    def test_ends_an_order_whose_page_was_never_opened(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)

        sweep(session, provider, at=at + OVER)

        assert session.get_one(Payment, attempt.payment_id).state == "expired"
        assert order.state == "expired"

    def test_a_repeat_changes_nothing(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        sweep(session, provider, at=at + OVER)
        sweep(session, provider, at=at + OVER + ORDER_LIFE)
        deliver_all(session, provider, OrderOverdue, at=at + OVER)

        assert order.ended_at == at + OVER
        assert len(published(session, OrderEnded)) == 1


class TestCancelOrder:
    def cancel(self, session: Session, order: Order, provider: FakeProvider, *, at: datetime) -> bool:
        question = expiring.ask_cancel(session, order.number)
        answer = settling.look_up(provider, question) if question else None
        return expiring.cancel_order(session, order.number, question, answer, actor=CUSTOMER, at=at)

    def test_ends_an_order_without_a_page_at_once(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        assert self.cancel(session, order, provider, at=at)

        assert (order.state, reserved(session), provider.calls) == ("cancelled", 0, [])
        assert published(session, OrderEnded) == [OrderEnded(order.id)]
        assert broken_rules(session, at=at) == {}

    def test_closes_an_open_page_first(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)

        assert self.cancel(session, order, provider, at=at)

        assert (order.state, payment.state, reserved(session)) == ("cancelled", "expired", 0)
        assert provider.calls[-1] == "close"

    def test_a_customer_who_paid_in_another_tab_has_paid(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.pay(payment.ref or "")

        assert not self.cancel(session, order, provider, at=at)

        assert (order.state, payment.state) == ("paid", "paid")

    def test_is_not_possible_while_money_is_on_its_way(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.promise(payment.ref or "")

        assert not self.cancel(session, order, provider, at=at)

        assert (order.state, payment.state, reserved(session)) == ("awaiting_payment", "pending", 6)

    def test_refuses_a_paid_order(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.pay(payment.ref or "")
        settle(session, payment, provider, at=at)

        with pytest.raises(WrongState):
            self.cancel(session, order, provider, at=at)
        assert order.state == "paid"

    def test_refuses_when_a_page_was_opened_meanwhile(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        question = expiring.ask_cancel(session, order.number)
        open_payment(session, order, provider, at=at)

        with pytest.raises(OrderNotPayable):
            expiring.cancel_order(session, order.number, question, None, actor=CUSTOMER, at=at)
        assert order.state == "awaiting_payment"
