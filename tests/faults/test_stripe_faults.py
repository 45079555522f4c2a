"""F14-F21, F23, F24: the payment service hangs, fails, repeats itself, lies or says nothing.

Real processes: the web server with the webhook, worker and beat, and the Stripe simulator. The customer's
clicks are HTTP requests to the web server.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from kernel.clock import now
from orders.adapters.stripe import StripeProvider
from orders.errors import ProviderUnavailable
from orders.events import NoticesDue, PaymentReported
from orders.models import Order, Payment, Refund
from orders.services import settling
from orders.services.refunding import refund_order
from tests.conftest import make_config
from tests.factories.paying import prepare
from tests.faults.conftest import Broker, Measured, seconds_until
from tests.faults.paying_shop import PayingShop, running_paying_shop
from tests.sandbox_client import free_port

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def world(
    broker: Broker, _servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PayingShop]:
    """A shop that takes payments, for all tests of this file."""
    with running_paying_shop(_servers[0], broker, tmp_path_factory.mktemp("paying")) as shop:
        yield shop


@pytest.fixture(autouse=True)
def calm(world: PayingShop) -> Iterator[None]:
    """Each test begins with a simulator that does what it is told."""
    world.simulator.clear_faults()
    world.simulator.deliver("normal")
    yield
    with suppress(ProcessLookupError):
        world.simulator.process.send_signal(signal.SIGCONT)


def event_of(world: PayingShop, ref: str) -> str:
    """The newest event about a page."""
    return [notice.event_id for notice in world.provider.missed(None) if notice.ref == ref][-1]


class TestF14Unreachable:
    def test_a_hanging_service_costs_a_customer_seconds_and_nothing_else(
        self, world: PayingShop, measured: Measured
    ) -> None:
        number = world.place()
        world.simulator.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        status, location = world.click(number)
        took = time.monotonic() - began
        world.simulator.process.send_signal(signal.SIGCONT)

        measured("f14_click_seconds", round(took, 2))
        assert (status, location.startswith(f"{world.url}/pesanan/{number}")) == (303, True)
        assert took < 25  # without limits of our own it would be for ever
        assert world.order(number).state == "awaiting_payment"
        ref = world.open(number)
        assert [payment.ref for payment in world.payments(number)] == [ref]
        world.assert_sound()

    def test_a_refused_connection_is_known_at_once(self, world: PayingShop) -> None:
        nowhere = replace(
            make_config("postgresql://", "redis://"), stripe_api_base=f"http://127.0.0.1:{free_port()}"
        )
        began = time.monotonic()

        with pytest.raises(ProviderUnavailable):
            StripeProvider.from_config(nowhere).look("cs_test_1")

        assert time.monotonic() - began < 5


class TestF15Breakdown:
    def test_a_page_made_before_the_500_is_found_and_used(self, world: PayingShop) -> None:
        number = world.place()
        before = world.simulator.state()["counts"]["sessions"]
        world.simulator.fault("500", path="/v1/checkout/sessions", method="POST", when="after", kept=True)

        ref = world.open(number)

        assert world.simulator.state()["counts"]["sessions"] == before + 1
        assert [payment.ref for payment in world.payments(number)] == [ref]

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_refund_is_made_once_whether_or_not_the_500_came_after_it(
        self, world: PayingShop, when: str, measured: Measured
    ) -> None:
        number, ref = world.begin()
        world.simulator.pay(ref)
        world.expect(number, "paid")
        world.simulator.fault(
            "500",
            path="/v1/refunds",
            method="POST",
            when="before" if when == "before" else "after",
            kept=True,
        )

        with Session(world.engine) as session, session.begin():
            order_id = world.order(number).id
            clerk = system_actor("test")
            refund_order(
                session, order_id, 90_000, cause=f"f15:{number}", reason="test", actor=clerk, at=now()
            )
        took = seconds_until(
            lambda: [refund.state for refund in world.refunds(number)] == ["succeeded"], at_most=60
        )

        measured(f"f15_refund_seconds_{when}", round(took, 2))
        (made,) = world.provider.look(ref).refunds
        assert made.refund_id == world.refunds(number)[0].id
        world.assert_sound()


class TestF16Refusals:
    @pytest.mark.parametrize("kind", ["429", "409"])
    def test_wait_and_try_again_with_the_same_key(self, world: PayingShop, kind: str) -> None:
        number, ref = world.begin()
        world.simulator.fault("429" if kind == "429" else "409", path="/v1/checkout/sessions/*", count=3)

        world.simulator.pay(ref)

        world.expect(number, "paid", at_most=60)
        world.assert_sound()

    def test_a_key_with_other_values_is_not_tried_again(self, world: PayingShop) -> None:
        number = world.place()
        with Session(world.engine) as session, session.begin():
            order = session.scalars(select(Order).where(Order.number == number)).one()
            attempt = prepare(session, order, world.provider, at=now())
        body = {**attempt.body, "customer_email": "other@example.com"}
        world.provider.start(body, idempotency_key=attempt.idempotency_key)

        ref = world.open(number)

        states = [(payment.state, payment.problem, payment.ref) for payment in world.payments(number)]
        assert states == [("failed", "idempotency_error", None), ("open", None, ref)]


class TestF17Duplicates:
    def test_ten_at_once_have_one_effect(self, world: PayingShop, measured: Measured) -> None:
        number, ref = world.begin()
        world.simulator.deliver("lost")
        world.simulator.pay(ref)
        event_id = event_of(world, ref)
        before = world.notices()

        began = time.monotonic()
        statuses = world.simulator.redeliver(event_id, times=10, at_once=True)
        took = time.monotonic() - began

        measured("f17_ten_webhooks_seconds", round(took, 3))
        assert statuses == [200] * 10
        assert world.notices() == before + 1
        world.expect(number, "paid")
        assert world.times_paid(number) == 1
        world.assert_sound()


class TestF18AnyOrder:
    def test_five_events_in_every_order_end_in_the_same_state(self, world: PayingShop) -> None:
        """The provider's account is what it is at the end; 120 orders of arrival lead to it."""
        world.simulator.deliver("lost")
        number, ref = world.begin()
        world.simulator.pay(ref, method="bank_transfer")
        world.simulator.settle(ref)
        intent = world.intent(ref)
        world.simulator.refund(intent, amount=1_000_000)
        world.simulator.dispute(intent)
        events = [notice for notice in world.provider.missed(None) if notice.ref in (ref, intent)][:5]
        assert len({event.kind for event in events}) >= 4
        answers = {event.ref: world.provider.look(event.ref) for event in events}

        ends = set()
        for arrival in permutations(events):
            with Session(world.engine) as session:
                for notice in arrival:
                    reported = PaymentReported("stripe", notice.ref)
                    settling.apply_reported(session, reported, answers[notice.ref], at=now())
                order = session.scalars(select(Order).where(Order.number == number)).one()
                payment = session.scalars(select(Payment).where(Payment.ref == ref)).one()
                refunds = session.scalars(select(Refund.state).where(Refund.order_id == order.id)).all()
                ends.add((order.state, payment.state, payment.is_disputed, tuple(refunds)))
                session.rollback()

        assert ends == {("paid", "paid", True, ("succeeded",))}
        world.shop.publish(NoticesDue("stripe", now().isoformat()))
        world.expect(number, "paid")
        world.assert_sound()

    def test_the_newest_first_through_webhook_and_worker(self, world: PayingShop) -> None:
        number, ref = world.begin()
        world.simulator.deliver("reversed")
        world.simulator.pay(ref, method="bank_transfer")
        world.simulator.settle(ref)

        world.expect(number, "paid")
        world.simulator.wait_delivered()
        world.assert_sound()
        assert [payment.state for payment in world.payments(number)] == ["paid"]


class TestF19TooEarly:
    def test_news_of_a_payment_not_yet_committed_waits_for_it(self, world: PayingShop) -> None:
        number = world.place()
        failures = "SELECT last_error FROM outbox_deliveries WHERE last_error LIKE 'UnknownPayment%'"
        with Session(world.engine) as session, session.begin():
            order = session.scalars(select(Order).where(Order.number == number)).one()
            attempt = prepare(session, order, world.provider, at=now())
            started = world.provider.start(attempt.body, idempotency_key=attempt.idempotency_key)
            world.simulator.pay(started.ref)
            seconds_until(lambda: world.shop.column(failures), at_most=60)
            assert world.order(number).state == "awaiting_payment"

        world.expect(number, "paid", at_most=60)
        world.assert_sound()


class TestF20Silence:
    def test_lost_webhooks_are_found_in_the_list_of_events(
        self, world: PayingShop, measured: Measured
    ) -> None:
        world.simulator.deliver("lost")
        (paid, paid_ref), (refunded, refunded_ref) = world.begin(), world.begin()
        for ref in (paid_ref, refunded_ref):
            world.simulator.pay(ref)
        world.simulator.refund(world.intent(refunded_ref), amount=1_000_000)

        world.shop.publish(NoticesDue("stripe", now().isoformat()))

        measured("f20_seconds", round(world.expect(paid, "paid"), 2))
        world.expect(refunded, "paid")
        seconds_until(lambda: [r.amount for r in world.refunds(refunded)] == [10_000], at_most=60)
        sources = "SELECT DISTINCT source FROM provider_notices WHERE ref IN (:paid, :refunded)"
        assert world.shop.column(sources, paid=paid_ref, refunded=refunded_ref) == ["reconciliation"]
        world.assert_sound()

    def test_without_any_list_the_overdue_page_is_looked_at(self, world: PayingShop) -> None:
        world.simulator.deliver("lost")
        number, ref = world.begin()
        world.simulator.pay(ref)

        world.let_time_pass(number)

        world.expect(number, "paid")
        world.assert_sound()


class TestF21Forgeries:
    @pytest.mark.parametrize("signing", ["wrong_secret", "stale"])
    def test_are_refused_and_not_stored(self, world: PayingShop, signing: str) -> None:
        world.simulator.deliver("lost")
        number, ref = world.begin()
        world.simulator.pay(ref)
        before = world.notices()

        statuses = world.simulator.redeliver(
            event_of(world, ref),
            times=3,
            signing="wrong_secret" if signing == "wrong_secret" else "stale",
        )

        assert statuses == [400, 400, 400]
        assert world.notices() == before
        assert world.order(number).state == "awaiting_payment"
        world.simulator.redeliver(event_of(world, ref))
        world.expect(number, "paid")


class TestF23TooLate:
    def test_money_after_the_stock_is_gone_goes_back(self, world: PayingShop, measured: Measured) -> None:
        number, ref = world.begin()
        world.let_time_pass(number)
        world.expect(number, "expired")
        assert world.provider.look(ref).redirect_url is None
        other, other_ref = world.begin()  # somebody else takes the nets

        world.simulator.pay(ref, force=True)
        took = seconds_until(
            lambda: [refund.state for refund in world.refunds(number)] == ["succeeded"], at_most=40
        )

        measured("f23_seconds", round(took, 2))
        assert [payment.state for payment in world.payments(number)] == ["paid_late"]
        assert world.order(number).state == "expired"
        assert sum(refund.amount for refund in world.provider.look(ref).refunds) == world.order(number).total
        assert world.times_paid(number) == 0
        world.simulator.pay(other_ref)
        world.expect(other, "paid")
        world.assert_sound()


class TestF24PaidTwice:
    def test_the_second_payment_goes_back_and_one_order_stands(self, world: PayingShop) -> None:
        number, first = world.begin()
        world.provider.close(first)
        seconds_until(lambda: world.payments(number)[0].state == "expired", at_most=60)
        second = world.open(number)
        assert second != first

        world.simulator.pay(second)
        world.simulator.pay(first, force=True)
        world.expect(number, "paid")
        seconds_until(lambda: [refund.state for refund in world.refunds(number)] == ["succeeded"], at_most=60)

        assert [payment.state for payment in world.payments(number)] == ["paid_late", "paid"]
        assert world.times_paid(number) == 1
        world.assert_sound()

    def test_two_tabs_lead_to_one_page(self, world: PayingShop) -> None:
        number = world.place()
        clicks: list[Callable[[], tuple[int, str]]] = [lambda: world.click(number)] * 4

        with ThreadPoolExecutor(len(clicks)) as pool:
            places = {location for _, location in pool.map(lambda click: click(), clicks)}

        assert len(world.payments(number)) == 1
        pages = {place for place in places if place.startswith(world.simulator.url)}
        assert len(pages) == 1
