"""A shop that takes payments, as processes: web server, worker, beat and the Stripe simulator."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import redis
import stripe
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from kernel.clock import now
from orders.adapters.stripe import StripeProvider
from orders.links import order_url
from orders.models import Order, Payment, ProviderNotice, Refund
from orders.services import expiring
from reporting.invariants import violations
from tests.conftest import make_config
from tests.factories.paying import make_order
from tests.factories.placing import make_shop
from tests.faults.conftest import Broker, Shop, environ_of, kill_group, seconds_until
from tests.sandbox_client import StripeSimulator, free_port, running_simulator
from tests.servers import database_copy

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

    def expect(self, number: str, state: str, *, at_most: float = 60) -> float:
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
        seconds_until(lambda: self.shop.waiting() == 0, at_most=60)
        with Session(self.engine) as session:
            assert violations(session, at=now()) == {}


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


@contextmanager
def running_paying_shop(server: str, broker: Broker, folder: Path) -> Iterator[PayingShop]:
    """Everything started, goods on the shelves; `server` is where a database can be made."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()
    with (
        database_copy(server, "paying") as database_url,
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
            seconds_until(lambda: answers(f"{url}/healthz"), at_most=120)
            yield PayingShop(shop, simulator, StripeProvider.from_config(config), url, net_id)
        finally:
            kill_group(web)
            shop.stop()
            engine.dispose()
