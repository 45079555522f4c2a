"""Settling by look: what is paid, late, double, wrong, slow or refunded ends where it must."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Reservation, Stock
from orders.errors import UnknownPayment
from orders.events import (
    OrderOverdue,
    OrderPaid,
    PaymentCheckDue,
    PaymentDisputed,
    PaymentQuarantined,
    PaymentReported,
    RefundDue,
    RefundSettled,
)
from orders.models import Order, Payment, Refund
from orders.ports import PaymentStatus
from orders.rules.deadlines import HOLD_GRACE, LONGEST_PENDING, ORDER_LIFE, held_until
from orders.services import settling
from orders.services.expiring import expire_orders
from tests.factories.paying import (
    broken_rules,
    deliver,
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


@pytest.fixture
def payment(session: Session, order: Order, provider: FakeProvider, at: datetime) -> Payment:
    return open_payment(session, order, provider, at=at)


def ref_of(payment: Payment) -> str:
    assert payment.ref is not None
    return payment.ref


def reserved(session: Session) -> int:
    session.flush()
    return session.scalars(select(func.sum(Stock.reserved))).one()


class TestPaid:
    def test_confirms_everything_in_one_step(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(ref_of(payment))

        settle(session, payment, provider, at=at)

        assert (order.state, order.paid_at, payment.state) == ("paid", at, "paid")
        assert (payment.captured, payment.check_at) == (order.total, None)
        assert session.scalars(select(Reservation.expires_at)).all() == [None, None]
        assert published(session, OrderPaid) == [OrderPaid(order.id)]
        assert broken_rules(session, at=at) == {}

    def test_a_repeat_changes_nothing(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(ref_of(payment))

        for minutes in range(3):
            settle(session, payment, provider, at=at + timedelta(minutes=minutes))

        assert order.paid_at == at
        assert len(published(session, OrderPaid)) == 1
        assert broken_rules(session, at=at) == {}

    def test_an_old_answer_after_a_newer_one_changes_nothing(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        question = settling.question_about(payment)
        old = settling.look_up(provider, question)
        provider.pay(ref_of(payment))
        settle(session, payment, provider, at=at)

        settling.settle(session, payment.id, old, at=at)

        assert (order.state, payment.state) == ("paid", "paid")

    def test_joins_a_payment_whose_page_was_never_recorded(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        started = provider.start(attempt.body, idempotency_key=attempt.idempotency_key)
        provider.pay(started.ref)

        deliver(session, provider, PaymentReported("stripe", started.ref), at=at)

        payment = session.get_one(Payment, attempt.payment_id)
        assert (payment.state, payment.ref, order.state) == ("paid", started.ref, "paid")

    def test_waits_for_a_payment_it_does_not_know_yet(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        elsewhere = FakeProvider()
        stranger = prepare(session, order, elsewhere, at=at)
        body = {
            **stranger.body,
            "payment_id": "00000000-0000-4000-8000-000000000000",
            "amount": 1,
            "currency": "IDR",
        }
        started = provider.start({**body, "expires_at": at.isoformat()}, idempotency_key="k")

        with pytest.raises(UnknownPayment):
            deliver(session, provider, PaymentReported("stripe", started.ref), at=at)

        assert order.state == "awaiting_payment"


class TestPaidTooLate:
    def test_gives_the_money_back_in_full(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        late = at + OVER
        provider.expire(ref_of(payment))
        settle(session, payment, provider, at=late)
        assert expire_orders(session, at=late) == 1
        deliver_all(session, provider, OrderOverdue, at=late)
        assert order.state == "expired"
        provider.pay(ref_of(payment), force=True)

        settle(session, payment, provider, at=late)
        deliver_all(session, provider, RefundDue, at=late)
        settle(session, payment, provider, at=late)

        refund = session.scalars(select(Refund)).one()
        assert (payment.state, order.state) == ("paid_late", "expired")
        assert (refund.amount, refund.state, refund.reason) == (order.total, "succeeded", "paid_late")
        assert published(session, RefundSettled) == [RefundSettled(str(refund.id))]
        assert published(session, OrderPaid) == []
        assert broken_rules(session, at=late) == {}

    def test_of_two_payments_the_second_goes_back(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.expire(ref_of(payment))
        settle(session, payment, provider, at=at)
        second = open_payment(session, order, provider, at=at)
        provider.pay(ref_of(second))
        provider.pay(ref_of(payment), force=True)

        settle(session, second, provider, at=at)
        settle(session, payment, provider, at=at)

        assert (second.state, payment.state, order.state) == ("paid", "paid_late", "paid")
        assert [refund.payment_id for refund in session.scalars(select(Refund))] == [payment.id]
        assert broken_rules(session, at=at) == {}


class TestSlowMoney:
    def test_keeps_the_order_and_its_stock_while_it_is_promised(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.promise(ref_of(payment))

        settle(session, payment, provider, at=at)

        assert (payment.state, order.state) == ("pending", "awaiting_payment")
        assert order.expires_at == at + LONGEST_PENDING
        assert set(session.scalars(select(Reservation.expires_at))) == {held_until(order.expires_at)}
        assert payment.check_at is not None
        assert broken_rules(session, at=at) == {}

    def test_is_taken_when_it_arrives(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.promise(ref_of(payment))
        settle(session, payment, provider, at=at)
        provider.arrive(ref_of(payment))

        settle(session, payment, provider, at=at + timedelta(days=2))

        assert (payment.state, order.state) == ("paid", "paid")

    def test_that_fails_leaves_the_usual_time_to_try_again(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.promise(ref_of(payment))
        settle(session, payment, provider, at=at)
        provider.arrive(ref_of(payment), succeeded=False)
        later = at + timedelta(days=1)

        settle(session, payment, provider, at=later)

        assert (payment.state, order.state) == ("failed", "awaiting_payment")
        assert order.expires_at == later + ORDER_LIFE
        assert open_payment(session, order, provider, at=later).state == "open"

    def test_is_not_waited_for_for_ever(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.promise(ref_of(payment))
        settle(session, payment, provider, at=at)
        too_late = at + LONGEST_PENDING + HOLD_GRACE

        expire_orders(session, at=too_late)
        deliver_all(session, provider, PaymentCheckDue, at=too_late)

        assert (payment.state, order.state, reserved(session)) == ("pending", "expired", 0)
        provider.arrive(ref_of(payment))
        settle(session, payment, provider, at=too_late)
        assert (payment.state, order.state) == ("paid_late", "expired")
        assert broken_rules(session, at=too_late) == {}


class TestRefundsAndDisputes:
    @pytest.fixture
    def paid(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> Payment:
        provider.pay(ref_of(payment))
        settle(session, payment, provider, at=at)
        return payment

    def test_a_refund_made_at_the_provider_is_written_down_once(
        self, session: Session, paid: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        ref = provider.refund_at_provider(ref_of(paid), 50_000)

        settle(session, paid, provider, at=at)
        settle(session, paid, provider, at=at)

        refund = session.scalars(select(Refund)).one()
        assert (refund.ref, refund.amount, refund.state) == (ref, 50_000, "succeeded")
        session.refresh(paid)
        assert paid.refund_claimed == 50_000
        assert broken_rules(session, at=at) == {}

    def test_staff_are_told_of_a_dispute_once(
        self, session: Session, paid: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.dispute(ref_of(paid))
        settle(session, paid, provider, at=at)
        settle(session, paid, provider, at=at)

        assert paid.is_disputed
        assert published(session, PaymentDisputed) == [PaymentDisputed(str(paid.id))]

        provider.dispute(ref_of(paid), is_open=False)
        settle(session, paid, provider, at=at)
        assert not paid.is_disputed


class TestMismatch:
    @pytest.mark.parametrize(
        ("change", "problem"), [({"amount": 1}, "amount"), ({"is_live": True}, "live_mode")]
    )
    def test_is_quarantined_and_nothing_is_shipped(
        self,
        session: Session,
        order: Order,
        payment: Payment,
        provider: FakeProvider,
        at: datetime,
        change: dict[str, object],
        problem: str,
    ) -> None:
        provider.pay(ref_of(payment))
        page = provider.pages[ref_of(payment)]
        provider.pages[ref_of(payment)] = replace(page, **change)  # type: ignore[arg-type]

        settle(session, payment, provider, at=at)

        assert (payment.state, payment.problem, order.state) == ("quarantined", problem, "awaiting_payment")
        assert published(session, PaymentQuarantined) == [PaymentQuarantined(str(payment.id))]
        assert published(session, OrderPaid) == []
        assert broken_rules(session, at=at) == {}

    def test_can_be_given_back_by_a_person_at_the_provider(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(ref_of(payment), amount=1_000_000)
        settle(session, payment, provider, at=at)
        provider.refund_at_provider(ref_of(payment), 1_000_000)

        settle(session, payment, provider, at=at)

        session.refresh(payment)
        assert (payment.state, payment.captured, payment.refund_claimed) == (
            "quarantined",
            1_000_000,
            1_000_000,
        )

    def test_a_page_the_provider_does_not_know_is_a_matter_for_a_person(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        del provider.pages[ref_of(payment)]

        settle(session, payment, provider, at=at)

        assert (payment.state, payment.problem) == ("quarantined", "resource_missing")

    def test_news_of_somebody_elses_payment_changes_nothing(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pages["cs_other"] = replace(
            provider.pages[ref_of(payment)], ref="cs_other", payment_id=None, status=PaymentStatus.PAID
        )

        deliver(session, provider, PaymentReported("stripe", "cs_other"), at=at)
        deliver(session, provider, PaymentReported("stripe", "cs_unknown"), at=at)

        assert (payment.state, order.state) == ("open", "awaiting_payment")

    def test_other_money_is_quarantined(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(ref_of(payment), currency="USD")

        deliver(session, provider, PaymentReported("stripe", ref_of(payment)), at=at)

        assert (payment.state, payment.problem) == ("quarantined", "other_currency")
        assert order.state == "awaiting_payment"
