"""Sending a customer to pay: one live attempt, written down first, found again when an answer was lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Reservation
from orders.errors import (
    OrderNotFound,
    OrderNotPayable,
    ProviderUnavailable,
    ProviderUnclear,
    TotalOutOfBounds,
)
from orders.models import Order, Payment
from orders.ports import Caps
from orders.rules.deadlines import MOST_ATTEMPTS, held_until
from orders.services import paying
from tests.factories.paying import broken_rules, make_order, open_payment, prepare, settle
from tests.fakes import FakeProvider


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def order(session: Session, at: datetime) -> Order:
    return make_order(session, at=at)


def payments(session: Session) -> list[Payment]:
    return list(session.scalars(select(Payment).order_by(Payment.created_at)))


class TestPreparePayment:
    def test_writes_down_what_will_be_asked_before_it_is_asked(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)

        (payment,) = payments(session)
        assert (payment.state, payment.amount, payment.ref) == ("starting", order.total, None)
        assert payment.idempotency_key == attempt.idempotency_key == f"pay-{payment.id}"
        assert payment.request == attempt.body
        assert payment.check_at is not None
        assert provider.calls == []

    def test_a_second_tab_takes_up_the_same_attempt(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        assert prepare(session, order, provider, at=at) == prepare(
            session, order, provider, at=at + timedelta(seconds=5)
        )
        assert len(payments(session)) == 1

    def test_a_page_opened_late_keeps_the_order_and_its_stock_as_long(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        late = at + timedelta(minutes=50)

        payment = open_payment(session, order, provider, at=late)

        assert payment.expires_at == order.expires_at == late + timedelta(minutes=31)
        assert set(session.scalars(select(Reservation.expires_at))) == {held_until(order.expires_at)}

    def test_refuses_when_the_time_is_over(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        with pytest.raises(OrderNotPayable):
            prepare(session, order, provider, at=order.expires_at)
        assert payments(session) == []

    def test_refuses_a_paid_order(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.pay(payment.ref or "")
        settle(session, payment, provider, at=at)

        with pytest.raises(OrderNotPayable):
            prepare(session, order, provider, at=at)

    def test_refuses_while_money_is_on_its_way(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.promise(payment.ref or "")
        settle(session, payment, provider, at=at)

        with pytest.raises(OrderNotPayable, match="payment_pending"):
            prepare(session, order, provider, at=at)

    def test_refuses_while_a_person_must_decide(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        provider.pay(payment.ref or "", amount=1)
        settle(session, payment, provider, at=at)

        with pytest.raises(OrderNotPayable, match="payment_in_question"):
            prepare(session, order, provider, at=at)

    def test_refuses_ever_more_attempts(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        for _ in range(MOST_ATTEMPTS):
            payment = open_payment(session, order, provider, at=at)
            provider.expire(payment.ref or "")
            settle(session, payment, provider, at=at)

        with pytest.raises(OrderNotPayable, match="too_many_attempts"):
            prepare(session, order, provider, at=at)

    def test_refuses_what_the_provider_cannot_take(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        provider.caps = Caps(order.total + 1, order.total + 2, 31, 60, True, True)

        with pytest.raises(TotalOutOfBounds):
            prepare(session, order, provider, at=at)

    def test_refuses_an_unknown_order(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        with pytest.raises(OrderNotFound):
            paying.prepare_payment(
                session,
                "LP-NONE",
                provider,
                shipping_name="Ongkos kirim",
                success_url="http://localhost",
                cancel_url="http://localhost",
                at=at,
            )


class TestOpenAndRecordPage:
    def test_sends_the_customer_to_the_page(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)

        assert (payment.state, payment.ref) == ("open", "cs_1")
        assert payment.check_at == payment.expires_at
        assert broken_rules(session, at=at) == {}

    def test_an_open_page_is_looked_at_not_trusted(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        payment = open_payment(session, order, provider, at=at)
        again = prepare(session, order, provider, at=at)
        assert paying.record_page(session, again, paying.open_page(provider, again), at=at)

        provider.pay(payment.ref or "")
        again = prepare(session, order, provider, at=at)

        assert paying.record_page(session, again, paying.open_page(provider, again), at=at) is None
        assert order.state == "paid"

    def test_a_lost_answer_comes_again_under_the_same_key(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        provider.fail_next("start", "lost_answer")
        attempt = prepare(session, order, provider, at=at)
        with pytest.raises(ProviderUnavailable):
            paying.open_page(provider, attempt)

        open_payment(session, order, provider, at=at)

        assert list(provider.pages) == ["cs_1"]
        assert len(payments(session)) == 1

    def test_an_unclear_answer_is_resolved_by_looking(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        provider.start(attempt.body, idempotency_key="made, and never heard of")
        provider.fail_next("start", "unclear")

        url = paying.record_page(session, attempt, paying.open_page(provider, attempt), at=at)

        assert url == "https://pay.example/cs_1"
        assert payments(session)[0].ref == "cs_1"

    def test_an_unclear_answer_without_a_page_is_tried_again_until_the_key_is_burnt(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        provider.fail_next("start", "unclear_final")
        with pytest.raises(ProviderUnclear):
            paying.open_page(provider, attempt)

        first_url = paying.record_page(session, attempt, paying.open_page(provider, attempt), at=at)
        open_payment(session, order, provider, at=at)

        assert first_url is None
        assert [payment.state for payment in payments(session)] == ["expired", "open"]

    def test_a_refused_page_ends_the_attempt(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        provider.start({**attempt.body, "amount": 1}, idempotency_key=attempt.idempotency_key)

        url = paying.record_page(session, attempt, paying.open_page(provider, attempt), at=at)

        (payment,) = payments(session)
        assert (url, payment.state, payment.problem) == (None, "failed", "idempotency_error")
        assert order.state == "awaiting_payment"

    def test_a_page_that_opens_after_the_attempt_was_given_up_is_not_handed_out(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        settle(session, payments(session)[0], provider, at=at)  # asked before the page was there
        page = paying.open_page(provider, attempt)

        assert paying.record_page(session, attempt, page, at=at) is None
        assert payments(session)[0].state == "expired"


class TestLines:
    def test_goods_and_shipping_add_up_and_a_discount_is_shared(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        order.discount_total, order.total = 1_001, order.total - 1_001

        open_payment(session, order, provider, at=at)

        assert provider.pages["cs_1"].amount == order.total
