"""F7: PostgreSQL is killed while people check out: 503, never 500, no order lost or doubled."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from inventory.services.stock import receive
from kernel.clock import now
from kernel.config import Config
from operations import postgres, programs
from operations.processes import Process
from operations.schema import upgrade
from operations.supervisor import Supervisor
from orders.models import Order
from orders.rules.allocation import Wish
from reporting.invariants import violations
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.factories.placing import BANDUNG, make_command, with_seen_total
from tests.factories.shipping import make_rates
from tests.sandbox_client import free_port
from tests.shop import environ_of

BUYERS, FORMS_EACH = 4, 30
PASSWORDS = postgres.Passwords(superuser="boss-of-the-fault-test", role="role-of-the-fault-test")


@dataclass
class Database:
    """A PostgreSQL of this test's own that writes everything down, to be killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        return postgres.database_url(self.port, PASSWORDS)

    def start(self) -> None:
        self.process = postgres.postgres_process(
            self.folder / "data", self.folder / "postgres.log", self.port, PASSWORDS, durable=True
        )
        self.process.start()
        postgres.wait_until_ready(self.port, PASSWORDS, process=self.process, seconds=60)

    def kill(self) -> None:
        """kill -9, the server and all its sessions at once."""
        assert self.process is not None
        self.process.kill_group()
        self.process.finish(time.monotonic() + 60)

    def stop(self) -> None:
        if self.process is not None and self.process.running():
            self.process.ask_to_stop()
            self.process.finish(time.monotonic() + 60)


@dataclass(frozen=True)
class Form:
    """One checkout form of one visitor, as their browser would send it again and again."""

    cart: str
    body: str


@dataclass
class Answers:
    """What the buyers were told: (seconds since the start, status, where to) of every answer, by form."""

    began: float = field(default_factory=time.monotonic)
    given: dict[str, list[tuple[float, int, str]]] = field(default_factory=dict)
    without_retry_after: int = 0

    def note(self, form: Form, answer: http.client.HTTPResponse) -> int:
        if answer.status == 503 and not answer.headers.get("Retry-After"):
            self.without_retry_after += 1
        at = time.monotonic() - self.began
        where = answer.headers.get("Location", "")
        self.given.setdefault(form.cart, []).append((at, answer.status, where))
        return answer.status

    def statuses(self) -> set[int]:
        return {status for _, status, _ in self.all()}

    def all(self) -> list[tuple[float, int, str]]:
        return sorted(answer for answers in list(self.given.values()) for answer in list(answers))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "pg")
    database.folder.mkdir()
    database.start()
    yield database
    database.stop()


@pytest.fixture
def forms(database: Database) -> list[Form]:
    """A shop with enough of one good, and a filled cart with its form for every order to come."""
    upgrade(database.url)
    engine = create_engine(database.url)
    at = now()
    forms = []
    with Session(engine) as session, session.begin():
        make_rates(session)
        upt = make_upt(session)
        variant = make_variant(session, make_product(session, makers=(upt,)))
        keeper = system_actor("test")
        receive(session, variant.id, upt.id, BUYERS * FORMS_EACH, reason="test", actor=keeper, at=at)
        total = with_seen_total(session, make_command(Wish(1, variant.id, 1)), at=at).seen_total
        for _ in range(BUYERS * FORMS_EACH):
            cart = open_cart(session, key=None, user_id=None, at=at)
            put_in_cart(session, cart.id, variant.sku, 1)
            fields = {
                "email": "sari@example.com",
                "name": "Sari",
                "phone": "081234567890",
                "postcode": BANDUNG.postcode,
                "village": BANDUNG.village_code,
                "street": BANDUNG.street,
                "checkout_key": cart.checkout_key,
                "seen_total": str(total),
                "step": "order",
            }
            forms.append(Form(cart.key, urlencode(fields)))
    engine.dispose()
    return forms


@pytest.fixture
def web(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[int]:
    """The web server on that database; its payment provider and mail server do not exist."""
    port = free_port()
    full = environ_of(
        database.url,
        valkey_url,
        port=port,
        stripe_api_base="http://127.0.0.1:1",
        mail_url="smtp://127.0.0.1:1",
    )
    supervisor = Supervisor(lambda _: None)
    try:
        supervisor.start(programs.shop(Config.from_env(full), tmp_path, full=full)[:1])
        supervisor.await_ready()
        yield port
    finally:
        supervisor.stop()


def send(port: int, form: Form) -> http.client.HTTPResponse:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"lapak_cart={form.cart}",
        "Sec-Fetch-Site": "same-origin",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.request("POST", "/checkout", form.body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer


def buy(port: int, forms: list[Form], answers: Answers) -> None:
    """Send each form until it is accepted, the same one again after a 503, as the page asks for."""
    for form in forms:
        while answers.note(form, send(port, form)) == 503:
            time.sleep(0.3)


def accepts(database: Database) -> bool:
    address = database.url.replace("+psycopg", "")
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.processes
class TestDatabaseKilled:
    def test_no_order_is_lost_or_doubled_and_nobody_sees_a_crash(
        self, database: Database, forms: list[Form], web: int
    ) -> None:
        answers = Answers()
        shares = [forms[index::BUYERS] for index in range(BUYERS)]
        buyers = [threading.Thread(target=buy, args=(web, share, answers)) for share in shares]
        for buyer in buyers:
            buyer.start()
        wait_for(lambda: len(answers.given) >= 2 * BUYERS, "nobody could buy anything")
        assert answers.statuses() == {303}, "all is well before the fault"

        database.kill()
        assert not accepts(database)
        wait_for(lambda: 503 in answers.statuses(), "nobody was told to wait")
        database.start()
        back = time.monotonic() - answers.began
        for buyer in buyers:
            buyer.join(timeout=180)
        assert not any(buyer.is_alive() for buyer in buyers)

        assert answers.statuses() == {303, 503}, "people were told to wait, and never saw a crash"
        assert answers.without_retry_after == 0
        assert min(at for at, status, _ in answers.all() if status == 303 and at > back) - back <= 10
        self.assert_each_form_is_one_order(database, forms, answers)

    def assert_each_form_is_one_order(self, database: Database, forms: list[Form], answers: Answers) -> None:
        engine = create_engine(database.url)
        with Session(engine) as session:
            stored = set(session.scalars(select(Order.number)))
            found = violations(session, at=now())
            carts = session.execute(text("SELECT count(*) FROM cart_lines")).scalar_one()
        engine.dispose()
        told = [places[-1] for places in answers.given.values()]
        acknowledged = {
            where.split("/pesanan/")[1].split("/")[0] for _, status, where in told if status == 303
        }
        assert len(acknowledged) == len(forms)
        assert acknowledged == stored
        assert carts == 0
        found.pop("I18", None)  # there is no worker here
        assert found == {}


def wait_for(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
