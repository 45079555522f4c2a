"""What no webhook told us is found: by the provider's list of events, and by looking at what is overdue."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from orders.events import NoticesDue, PaymentCheckDue, PaymentReported, RefundDue
from orders.models import Order, Payment, ProviderCursor, ProviderNotice, Refund
from orders.ports import RefundStatus
from orders.services import reconciling
from orders.services.refunding import create_refund
from tests.factories.paying import deliver, deliver_all, make_order, open_payment, prepare, published, settle
from tests.fakes import FakeProvider


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def order(session: Session, at: datetime) -> Order:
    return make_order(session, at=at)


@pytest.fixture
def payment(session: Session, order: Order, provider: FakeProvider, at: datetime) -> Payment:
    return open_payment(session, order, provider, at=at)


class TestTakeNotice:
    def test_keeps_a_notice_once(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(payment.ref or "")
        (notice,) = provider.events

        taken = [
            reconciling.take_notice(session, "stripe", notice, source=source, at=at)
            for source in ("webhook", "webhook", "reconciliation")
        ]

        assert taken == [True, False, False]
        assert session.scalars(select(ProviderNotice.source)).all() == ["webhook"]
        assert published(session, PaymentReported) == [PaymentReported("stripe", payment.ref or "")]


class TestCollectNotices:
    def test_finds_what_no_webhook_told(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(payment.ref or "")
        assert reconciling.collect_notices(session, at=at) == 1

        deliver_all(session, provider, NoticesDue, at=at)
        deliver_all(session, provider, PaymentReported, at=at)

        assert (order.state, payment.state) == ("paid", "paid")
        assert session.scalars(select(ProviderNotice.source)).all() == ["reconciliation"]

    def test_reads_on_where_it_stopped(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(payment.ref or "")
        due = NoticesDue("stripe", at.isoformat())
        deliver(session, provider, due, at=at)
        provider.refund_at_provider(payment.ref or "", 50_000)

        fetched = reconciling.fetch_missed(provider, reconciling.ask_missed(session, due))
        deliver(session, provider, due, at=at)
        deliver(session, provider, due, at=at)

        assert [notice.kind for notice in fetched] == ["refund.created"]
        cursor = session.scalars(select(ProviderCursor.event_id)).all()
        assert cursor == [provider.events[-1].event_id]


class TestCheckPayments:
    def test_looks_at_a_page_whose_time_is_over(
        self, session: Session, order: Order, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(payment.ref or "")
        assert reconciling.check_payments(session, at=payment.expires_at - timedelta(seconds=1)) == 0
        assert reconciling.check_payments(session, at=payment.expires_at) == 1
        assert reconciling.check_payments(session, at=payment.expires_at) == 0

        deliver_all(session, provider, PaymentCheckDue, at=payment.expires_at)

        assert (order.state, payment.state, payment.check_at) == ("paid", "paid", None)

    def test_joins_an_attempt_whose_answer_was_lost(
        self, session: Session, order: Order, provider: FakeProvider, at: datetime
    ) -> None:
        attempt = prepare(session, order, provider, at=at)
        provider.start(attempt.body, idempotency_key=attempt.idempotency_key)
        later = at + timedelta(minutes=5)

        assert reconciling.check_payments(session, at=later) == 1
        deliver_all(session, provider, PaymentCheckDue, at=later)

        payment = session.get_one(Payment, attempt.payment_id)
        assert (payment.state, payment.ref) == ("open", "cs_1")

    def test_asks_again_for_a_refund_nobody_answered_and_looks_at_a_slow_one(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.pay(payment.ref or "")
        settle(session, payment, provider, at=at)
        refund_id = create_refund(
            session, payment.id, 50_000, cause="x", reason="x", actor=system_actor("test"), at=at
        )
        refund = session.get_one(Refund, refund_id)
        soon, late = at + timedelta(minutes=5), at + timedelta(hours=2)

        assert reconciling.check_payments(session, at=soon) == 1
        assert published(session, RefundDue) == [RefundDue(str(refund_id))] * 2
        provider.refund_status = RefundStatus.PENDING
        deliver_all(session, provider, RefundDue, at=soon)
        assert refund.state == "pending"
        provider.move_refund(refund.ref or "", RefundStatus.SUCCEEDED)
        assert reconciling.check_payments(session, at=late) == 1
        deliver_all(session, provider, PaymentCheckDue, at=late)

        assert refund.state == "succeeded"
        assert reconciling.check_payments(session, at=late + timedelta(days=1)) == 0
