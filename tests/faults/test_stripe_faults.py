"""F14-F21, F23, F24: the payment service hangs, fails, repeats itself, lies or says nothing.

Real processes: the web server with the webhook, worker and beat, and the Stripe simulator. The customer's
clicks are HTTP requests to the web server.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from itertools import permutations
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import redis
import stripe
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from kernel.clock import now
from orders.adapters.stripe import StripeProvider
from orders.errors import ProviderUnavailable
from orders.events import NoticesDue, PaymentReported
from orders.links import order_url
from orders.models import Order, Payment, ProviderNotice, Refund
from orders.services import expiring, settling
from orders.services.refunding import refund_order
from reporting.invariants import violations
from tests.conftest import make_config
from tests.factories.paying import make_order, prepare
from tests.factories.placing import make_shop
from tests.faults.conftest import Broker, Measured, Shop, environ_of, kill_group, seconds_until
from tests.sandbox_client import StripeSimulator, free_port, running_simulator
from tests.servers import _database_copy

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent.parent


@dataclass
class PayingShop:
    """A shop at work: its processes, the simulator, and a customer."""

    shop: Shop
    simulator: StripeSimulator
    provider: StripeProvider
    url: str
    net_id: int

    @property
    def engine(self) -> Engine:
        return self.shop.engine

    def begin(self) -> tuple[str, str]:
        """An order with its page open: its number and the page's ref."""
        number = self.place()
        return number, self.open(number)

    def place(self) -> str:
        with Session(self.engine) as session, session.begin():
            return make_order(session, at=now(), net_id=self.net_id).number

    def open(self, number: str) -> str:
        """The customer clicks and sees the payment page."""
        status, location = self.click(number)
        assert status == 303
        assert location.startswith(self.simulator.url), location
        return location.rpartition("/")[2]

    def click(self, number: str) -> tuple[int, str]:
        """The customer clicks "pay": status and where the answer leads."""
        secret = self.shop.environ["SECRET_KEY"]
        parts = urlsplit(order_url(self.url, number, secret_key=secret))
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("POST", f"{parts.path}/bayar", headers={"Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.getheader("Location") or ""

    def order(self, number: str) -> Order:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.scalars(select(Order).where(Order.number == number)).one()

    def payments(self, number: str) -> list[Payment]:
        with Session(self.engine, expire_on_commit=False) as session:
            query = select(Payment).join(Payment.order).where(Order.number == number)
            return list(session.scalars(query.order_by(Payment.created_at)))

    def refunds(self, number: str) -> list[Refund]:
        with Session(self.engine, expire_on_commit=False) as session:
            query = select(Refund).join(Order, Order.id == Refund.order_id)
            return list(session.scalars(query.where(Order.number == number)))

    def intent(self, ref: str) -> str:
        """Stripe's payment behind a page that was paid."""
        config = make_config("", "")
        client = stripe.StripeClient(config.stripe_secret_key, base_addresses={"api": self.simulator.url})
        intent = client.v1.checkout.sessions.retrieve(ref).payment_intent
        assert isinstance(intent, str)
        return intent

    def notices(self) -> int:
        with Session(self.engine) as session:
            return len(session.scalars(select(ProviderNotice.id)).all())

    def times_paid(self, number: str) -> int:
        query = (
            "SELECT 1 FROM outbox_events e JOIN orders o ON o.id = (e.payload ->> 'order_id')::bigint"
            " WHERE e.name = 'OrderPaid' AND o.number = :number"
        )
        return len(self.shop.column(query, number=number))

    def expect(self, number: str, state: str, *, at_most: float = 20) -> float:
        """How long it takes until the order is in that state."""
        return seconds_until(lambda: self.order(number).state == state, at_most=at_most)

    def let_time_pass(self, number: str) -> None:
        """The order's time and grace are over, as if placed hours ago."""
        with Session(self.engine) as session, session.begin():
            order = session.scalars(select(Order).where(Order.number == number)).one()
            order.expires_at = now() - timedelta(hours=1)
            for payment in session.scalars(select(Payment).where(Payment.order_id == order.id)):
                payment.check_at = now()
        with Session(self.engine) as session, session.begin():
            expiring.expire_orders(session, at=now())

    def assert_sound(self) -> None:
        """Every rule holds once the work at hand is done."""
        seconds_until(lambda: self.shop.waiting() == 0, at_most=30)
        with Session(self.engine) as session:
            assert violations(session, at=now()) == {}


@pytest.fixture(scope="module")
def world(
    broker: Broker, _servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PayingShop]:
    """Everything started, goods on the shelves."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("paying")
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()
    with (
        _database_copy(_servers[0], "paying") as database_url,
        running_simulator(webhook_url=f"{url}/webhooks/stripe") as simulator,
    ):
        engine = create_engine(database_url)
        with Session(engine) as session, session.begin():
            net_id = make_shop(session, at=now(), nets=(200, 200)).net.id
        environ = environ_of(database_url, broker.url)
        environ.update(
            STRIPE_API_BASE=simulator.url,
            STRIPE_WEBHOOK_SECRET=simulator.webhook_secret,
            BASE_URL=url,
        )
        config = replace(
            make_config(database_url, broker.url),
            stripe_api_base=simulator.url,
            stripe_webhook_secret=simulator.webhook_secret,
        )
        shop = Shop(engine, environ, folder / "celery.log", app="worker.celery_app:celery")
        web = start_web(port, environ, folder / "web.log")
        try:
            shop.start_worker()
            shop.start_beat()
            seconds_until(lambda: answers(f"{url}/healthz"), at_most=60)
            yield PayingShop(shop, simulator, StripeProvider.from_config(config), url, net_id)
        finally:
            kill_group(web)
            shop.stop()
            engine.dispose()


@pytest.fixture(autouse=True)
def calm(world: PayingShop) -> Iterator[None]:
    """Each test begins with a simulator that does what it is told."""
    world.simulator.clear_faults()
    world.simulator.deliver("normal")
    yield
    with suppress(ProcessLookupError):
        world.simulator.process.send_signal(signal.SIGCONT)


def start_web(port: int, environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Two web processes, as in production."""
    command = ["-m", "gunicorn", "storefront.wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    options = ["--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *command, *options],
            cwd=ROOT,
            env=environ,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


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
        assert took < 15
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

        world.expect(number, "paid", at_most=40)
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
            seconds_until(lambda: world.shop.column(failures), at_most=20)
            assert world.order(number).state == "awaiting_payment"

        world.expect(number, "paid", at_most=40)
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
        time.sleep(2)
        assert world.order(paid).state == world.order(refunded).state == "awaiting_payment"

        world.shop.publish(NoticesDue("stripe", now().isoformat()))

        measured("f20_seconds", round(world.expect(paid, "paid"), 2))
        world.expect(refunded, "paid")
        seconds_until(lambda: [r.amount for r in world.refunds(refunded)] == [10_000], at_most=20)
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
        seconds_until(lambda: world.payments(number)[0].state == "expired", at_most=20)
        second = world.open(number)
        assert second != first

        world.simulator.pay(second)
        world.simulator.pay(first, force=True)
        world.expect(number, "paid")
        seconds_until(lambda: [refund.state for refund in world.refunds(number)] == ["succeeded"], at_most=40)

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
