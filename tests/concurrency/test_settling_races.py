"""W5 for payments: webhooks, return page, expiry and reconciliation at one barrier have one effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from kernel.outbox import OutboxEvent, publish
from orders.events import OrderEnded, OrderPaid, PaymentCheckDue, PaymentReported, RefundDue
from orders.models import Order, Payment, ProviderNotice
from orders.rules.deadlines import HOLD_GRACE, ORDER_LIFE
from orders.services import expiring, paying, reconciling, settling
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.paying import broken_rules, deliver, make_order, open_payment, prepare, published
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
OVER = AT + ORDER_LIFE + HOLD_GRACE
RACERS = 12
ROUNDS = 5


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def net_id(engine: Engine) -> int:
    """Nets for ten orders."""
    with Session(engine) as session, session.begin():
        return make_shop(session, at=AT, nets=(30, 30)).net.id


def begin(engine: Engine, provider: FakeProvider, net_id: int) -> tuple[str, UUID, str]:
    """An order with its page open: its number, its payment, the page's ref."""
    with Session(engine) as session, session.begin():
        order = make_order(session, at=AT, net_id=net_id)
        payment = open_payment(session, order, provider, at=AT)
        return order.number, payment.id, payment.ref or ""


def events_of(engine: Engine, kind: type) -> int:
    with Session(engine) as session:
        return len(published(session, kind))


def assert_sound(engine: Engine, at: datetime) -> None:
    with Session(engine) as session:
        assert broken_rules(session, at=at) == {}


class TestOneEffect:
    def test_of_ten_webhooks_a_return_and_a_reconciliation(
        self, engine: Engine, provider: FakeProvider, net_id: int
    ) -> None:
        before = deadlocks(engine)
        for round_number in range(1, ROUNDS + 1):
            number, payment_id, ref = begin(engine, provider, net_id)
            provider.pay(ref)

            def webhook(session: Session, ref: str = ref) -> None:
                notice = provider.events[-1]
                reconciling.take_notice(session, "stripe", notice, source="webhook", at=AT)
                deliver(session, provider, PaymentReported("stripe", ref), at=AT)

            def come_back(session: Session, number: str = number) -> None:
                question = settling.ask_return(session, number)
                if question is not None:
                    answer = settling.look_up(provider, question)
                    settling.apply_answer(session, question, answer, at=AT)

            def reconcile(session: Session, payment_id: UUID = payment_id) -> None:
                deliver(session, provider, PaymentCheckDue(str(payment_id), close=True), at=AT)

            racers: list[Callable[[Session], None]] = [*[webhook] * 10, come_back, reconcile]
            assert race(engine, racers) == [None] * RACERS

            assert events_of(engine, OrderPaid) == events_of(engine, PaymentReported) == round_number
            with Session(engine) as session:
                assert session.scalar(select(func.count()).select_from(ProviderNotice)) == round_number
        assert deadlocks(engine) == before
        assert_sound(engine, AT)

    def test_the_naive_twin_announces_it_more_than_once(
        self, engine: Engine, provider: FakeProvider, net_id: int
    ) -> None:
        """Read the state, think, write: without the order's lock each racer finds it waiting."""
        number, _, ref = begin(engine, provider, net_id)
        provider.pay(ref)

        have_looked = everybody(8)

        def naive(session: Session) -> None:
            order = session.scalars(select(Order).where(Order.number == number)).one()
            have_looked()
            if order.state == "awaiting_payment":
                order.state, order.paid_at = "paid", AT
                publish(session, OrderPaid(order.id))

        race(engine, [naive] * 8)

        assert events_of(engine, OrderPaid) > 1
        with Session(engine) as session:
            assert "I17" in broken_rules(session, at=AT)


class TestExpiryMeetsPayment:
    def test_the_order_is_paid_or_ended_never_both(
        self, engine: Engine, provider: FakeProvider, net_id: int
    ) -> None:
        for _ in range(ROUNDS):
            number, payment_id, ref = begin(engine, provider, net_id)
            check = PaymentCheckDue(str(payment_id), close=True)

            def pay(session: Session, ref: str = ref) -> None:
                if provider.pages[ref].redirect_url is not None:
                    provider.pay(ref)
                deliver(session, provider, PaymentReported("stripe", ref), at=OVER)

            def expire(session: Session, check: PaymentCheckDue = check) -> None:
                deliver(session, provider, check, at=OVER)

            def sweep(session: Session) -> None:
                expiring.expire_orders(session, at=OVER)

            racers: list[Callable[[Session], None]] = [pay, pay, expire, expire, sweep]
            assert race(engine, racers) == [None] * 5

            with Session(engine) as session, session.begin():
                deliver(session, provider, PaymentReported("stripe", ref), at=OVER)
                order = session.scalars(select(Order).where(Order.number == number)).one()
                payment = session.get_one(Payment, payment_id)
                assert (order.state, payment.state) in {("paid", "paid"), ("expired", "expired")}
            assert_sound(engine, OVER)
        assert events_of(engine, OrderPaid) + events_of(engine, OrderEnded) == ROUNDS
        assert events_of(engine, RefundDue) == 0

    def test_a_payment_after_the_end_is_refunded_once(
        self, engine: Engine, provider: FakeProvider, net_id: int
    ) -> None:
        _, payment_id, ref = begin(engine, provider, net_id)
        with Session(engine) as session, session.begin():
            deliver(session, provider, PaymentCheckDue(str(payment_id), close=True), at=OVER)
        provider.pay(ref, force=True)

        def settle(session: Session) -> None:
            deliver(session, provider, PaymentReported("stripe", ref), at=OVER + timedelta(hours=1))

        assert race(engine, [settle] * RACERS) == [None] * RACERS

        assert events_of(engine, RefundDue) == 1
        assert_sound(engine, OVER)


class TestTwoTabs:
    def test_open_one_page(self, engine: Engine, provider: FakeProvider, net_id: int) -> None:
        with Session(engine) as session, session.begin():
            number = make_order(session, at=AT, net_id=net_id).number

        def click(session: Session) -> str | None:
            order = session.scalars(select(Order).where(Order.number == number)).one()
            attempt = prepare(session, order, provider, at=AT)
            return paying.record_page(session, attempt, paying.open_page(provider, attempt), at=AT)

        outcomes = race(engine, [click] * RACERS)

        assert set(outcomes) == {"https://pay.example/cs_1"}
        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(Payment)) == 1
            assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 1
        assert_sound(engine, AT)
