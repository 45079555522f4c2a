"""Giving money back: once per cause, never more than was captured, whatever the provider answers."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from orders.errors import OrderNotPayable, ProviderUnavailable, ProviderUnclear, RefundTooLarge
from orders.events import RefundDue, RefundFailed, RefundSettled
from orders.models import Order, OrderEvent, Payment, Refund
from orders.ports import RefundRequest, RefundStatus
from orders.services.refunding import ask_refund, create_refund, refund_order
from tests.factories.paying import broken_rules, deliver_all, make_order, open_payment, published, settle
from tests.fakes import FakeProvider

CLERK = system_actor("test")


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def payment(session: Session, provider: FakeProvider, at: datetime) -> Payment:
    """A paid payment of an order of six nets."""
    payment = open_payment(session, make_order(session, at=at), provider, at=at)
    provider.pay(payment.ref or "")
    settle(session, payment, provider, at=at)
    return payment


def decide(
    session: Session, payment: Payment, amount: int, *, at: datetime, cause: str = "short:1"
) -> Refund:
    refund_id = create_refund(
        session, payment.id, amount, cause=cause, reason="cannot_supply", actor=CLERK, at=at
    )
    return session.get_one(Refund, refund_id)


def give(session: Session, provider: FakeProvider, *, at: datetime) -> None:
    deliver_all(session, provider, RefundDue, at=at)


def claimed(session: Session, payment: Payment) -> int:
    session.refresh(payment)
    return payment.refund_claimed


class TestCreateRefund:
    def test_claims_the_money_and_asks_for_it_once(
        self, session: Session, payment: Payment, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)
        again = decide(session, payment, 90_000, at=at)

        assert again is refund
        assert (refund.state, refund.amount, claimed(session, payment)) == ("due", 90_000, 90_000)
        assert published(session, RefundDue) == [RefundDue(str(refund.id))]
        assert broken_rules(session, at=at) == {}

    def test_never_gives_back_more_than_was_captured(
        self, session: Session, payment: Payment, at: datetime
    ) -> None:
        decide(session, payment, payment.captured - 1, at=at)

        with pytest.raises(RefundTooLarge):
            decide(session, payment, 2, at=at, cause="short:2")

        assert session.scalars(select(Refund.cause)).all() == ["short:1"]
        assert claimed(session, payment) == payment.captured - 1
        assert len(published(session, RefundDue)) == 1

    def test_of_an_unpaid_order_is_refused(self, session: Session, at: datetime) -> None:
        order = make_order(session, at=at)

        with pytest.raises(OrderNotPayable):
            refund_order(session, order.id, 1, cause="x", reason="x", actor=CLERK, at=at)

    def test_of_a_paid_order_finds_its_payment(
        self, session: Session, payment: Payment, at: datetime
    ) -> None:
        refund_id = refund_order(
            session, payment.order_id, 5_000, cause="x", reason="cannot_supply", actor=CLERK, at=at
        )

        assert session.get_one(Refund, refund_id).payment_id == payment.id


class TestGivingBack:
    def test_is_settled_when_the_provider_has_done_it(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)

        give(session, provider, at=at)
        give(session, provider, at=at)

        assert (refund.state, refund.settled_at, refund.check_at) == ("succeeded", at, None)
        assert published(session, RefundSettled) == [RefundSettled(str(refund.id))]
        assert [made.refund_id for made in provider.pages[payment.ref or ""].refunds] == [refund.id]
        kinds = session.scalars(select(OrderEvent.kind).order_by(OrderEvent.id)).all()
        assert kinds[-2:] == ["refund_due", "refund_succeeded"]
        assert broken_rules(session, at=at) == {}

    def test_waits_for_a_slow_one_and_reopens_one_that_fails_later(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.refund_status = RefundStatus.PENDING
        refund = decide(session, payment, 90_000, at=at)
        give(session, provider, at=at)
        assert (refund.state, claimed(session, payment)) == ("pending", 90_000)
        assert refund.check_at is not None

        provider.move_refund(refund.ref or "", RefundStatus.SUCCEEDED)
        settle(session, payment, provider, at=at)
        assert refund.state == "succeeded"

        provider.move_refund(refund.ref or "", RefundStatus.FAILED)
        settle(session, payment, provider, at=at)
        settle(session, payment, provider, at=at)

        assert (refund.state, claimed(session, payment)) == ("failed", 0)
        assert published(session, RefundFailed) == [RefundFailed(str(refund.id))]
        assert broken_rules(session, at=at) == {}
        decide(session, payment, payment.captured, at=at, cause="again")

    def test_one_the_provider_refuses_is_a_matter_for_a_person(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        provider.refund_at_provider(payment.ref or "", payment.captured)
        refund = decide(session, payment, 90_000, at=at)

        give(session, provider, at=at)

        assert (refund.state, refund.problem) == ("failed", "charge_already_refunded")
        assert published(session, RefundFailed) == [RefundFailed(str(refund.id))]
        settle(session, payment, provider, at=at)
        assert claimed(session, payment) == payment.captured
        assert broken_rules(session, at=at) == {}

    def test_a_lost_answer_comes_again_under_the_same_key(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)
        provider.fail_next("refund", "lost_answer")
        with pytest.raises(ProviderUnavailable):
            give(session, provider, at=at)
        assert refund.state == "due"

        give(session, provider, at=at)

        assert refund.state == "succeeded"
        assert len(provider.pages[payment.ref or ""].refunds) == 1

    def test_an_unclear_one_is_looked_for_before_anything_else(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)
        request = RefundRequest(refund.id, 90_000, "cannot_supply")
        provider.refund(payment.ref or "", request, idempotency_key="made, and never heard of")
        provider.fail_next("refund", "unclear")

        give(session, provider, at=at)

        assert refund.state == "succeeded"
        assert len(provider.pages[payment.ref or ""].refunds) == 1

    def test_a_burnt_key_is_replaced_only_when_nothing_was_made(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)
        key = refund.idempotency_key
        provider.fail_next("refund", "unclear_final")
        with pytest.raises(ProviderUnclear):
            give(session, provider, at=at)
        assert refund.idempotency_key == key

        give(session, provider, at=at)
        assert refund.idempotency_key != key
        give(session, provider, at=at)

        assert refund.state == "succeeded"
        assert len(provider.pages[payment.ref or ""].refunds) == 1

    def test_a_second_refund_in_our_name_is_written_down_as_what_it_is(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        refund = decide(session, payment, 90_000, at=at)
        give(session, provider, at=at)
        request = RefundRequest(refund.id, 90_000, "cannot_supply")
        provider.refund(payment.ref or "", request, idempotency_key="by mistake")

        settle(session, payment, provider, at=at)

        assert claimed(session, payment) == 180_000
        assert broken_rules(session, at=at) == {}

    def test_an_event_of_a_refund_that_never_was_does_nothing(
        self, session: Session, payment: Payment, provider: FakeProvider, at: datetime
    ) -> None:
        assert ask_refund(session, RefundDue(str(uuid4()))) is None


def test_an_order_of_the_factory_can_be_paid(session: Session, payment: Payment) -> None:
    assert session.get_one(Order, payment.order_id).state == "paid"
