"""The wiring as a whole: what happens to an order reaches everybody, through outbox, relay and handlers."""

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select, text, update

from accounts.rules import system_actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.mail import Mail
from orders.events import PaymentReported
from orders.models import Fulfilment, Order, Payment
from orders.services import refunding
from orders.services.expiring import expire_orders
from orders.services.reconciling import check_payments, collect_notices
from tests.factories.paying import make_order, open_payment
from tests.fakes import FakeProvider
from tests.worker.conftest import HandWorker
from worker.subscriptions import SUBSCRIPTIONS


@pytest.fixture
def worker(worker: HandWorker) -> HandWorker:
    """A worker with the shop's own subscriptions."""
    worker.subscriptions = SUBSCRIPTIONS
    return worker


@pytest.fixture
def payments(worker: HandWorker) -> FakeProvider:
    return cast(FakeProvider, worker.provider)


def work(worker: HandWorker) -> None:
    """Ring and answer until nothing is due."""
    while bells := worker.bells():
        for bell in bells:
            worker.answer(bell)


def place_and_open(payments: FakeProvider) -> str:
    """An order of two parcels with its payment page open; gives the page's reference."""
    with transaction() as session:
        order = make_order(session, at=now())
        session.execute(text("UPDATE upts SET email = slug || '@upt.example'"))
        ref = open_payment(session, order, payments, at=now()).ref
    assert ref is not None
    return ref


def order_state() -> str:
    db.session.rollback()
    return db.session.scalars(select(Order.state)).one()


def causes() -> list[str]:
    """What the queued mails are about, without the numbers."""
    db.session.rollback()
    found = db.session.execute(select(Mail.cause, Mail.recipient).order_by(Mail.cause))
    return sorted(f"{cause.rpartition(':')[2]} to {recipient}" for cause, recipient in found)


class TestAnOrdersLife:
    def test_a_paid_order_is_told_to_its_customer_and_to_each_upt(
        self, worker: HandWorker, payments: FakeProvider
    ) -> None:
        ref = place_and_open(payments)
        work(worker)
        assert causes() == ["received to sari@example.com"]
        assert order_state() == "awaiting_payment"
        payments.pay(ref)
        worker.publish(PaymentReported("stripe", ref))
        work(worker)
        assert order_state() == "paid"
        assert causes() == [
            "packing to lapas-kelas-iia-garut@upt.example",
            "packing to lapas-kelas-iib-ciamis@upt.example",
            "paid to sari@example.com",
            "received to sari@example.com",
        ]

    def test_a_payment_nobody_told_us_about_is_found(
        self, worker: HandWorker, payments: FakeProvider
    ) -> None:
        payments.pay(place_and_open(payments))
        work(worker)
        assert order_state() == "awaiting_payment"
        with transaction() as session:
            collect_notices(session, at=now())
        work(worker)
        assert order_state() == "paid"

    def test_a_payment_is_looked_at_when_its_time_comes(
        self, worker: HandWorker, payments: FakeProvider
    ) -> None:
        payments.pay(place_and_open(payments))
        with transaction() as session:
            session.execute(update(Payment).values(check_at=now()))
        with transaction() as session:
            assert check_payments(session, at=now()) == 1
        work(worker)
        assert order_state() == "paid"

    def test_an_unpaid_order_expires_and_its_customer_is_told(
        self, worker: HandWorker, payments: FakeProvider
    ) -> None:
        place_and_open(payments)
        with transaction() as session:
            session.execute(update(Order).values(expires_at=now() - timedelta(hours=2)))
            session.execute(update(Payment).values(check_at=now()))
        with transaction() as session:
            assert expire_orders(session, at=now()) == 1
        work(worker)
        assert order_state() == "expired"
        assert "ended to sari@example.com" in causes()

    def test_a_refund_is_asked_for_and_told(self, worker: HandWorker, payments: FakeProvider) -> None:
        ref = place_and_open(payments)
        payments.pay(ref)
        worker.publish(PaymentReported("stripe", ref))
        work(worker)
        with transaction() as session:
            order_id = session.scalars(select(Order.id)).one()
            refunding.refund_order(
                session,
                order_id,
                10_000,
                cause="test",
                reason="cannot_supply",
                actor=system_actor("test"),
                at=now(),
            )
        work(worker)
        assert sum(refund.amount for refund in payments.pages[ref].refunds) == 10_000
        assert any(mail.recipient == "sari@example.com" and "refunded" in mail.cause for mail in all_mails())

    def test_a_silent_provider_is_asked_again_later(self, worker: HandWorker, payments: FakeProvider) -> None:
        ref = place_and_open(payments)
        payments.pay(ref)
        payments.fail_next("look", "unavailable", times=2)
        worker.publish(PaymentReported("stripe", ref))
        work(worker)
        assert order_state() == "awaiting_payment"
        for _ in range(2):
            worker.hurry()
            work(worker)
        assert order_state() == "paid"
        assert set(db.session.scalars(select(Fulfilment.state))) == {"new"}


def all_mails() -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail)))
