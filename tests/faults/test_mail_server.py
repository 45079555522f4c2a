"""F11, F12, F13: the mail server is away, hangs up at the wrong moment, or refuses one address."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.mail import Letter, queue_mail
from tests.faults.conftest import Broker, Measured, Shop, environ_of, seconds_until
from tests.sandbox_client import Inbox, running_inbox
from tests.servers import database_copy

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as inbox:
        yield inbox


@pytest.fixture(scope="module")
def post_office(
    inbox: Inbox,
    broker: Broker,
    _servers: tuple[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """Worker and beat of the shop itself on one database for these tests, sending to the inbox."""
    with database_copy(_servers[0], "post_office") as url:
        engine = create_engine(url)
        environ = environ_of(url, broker.url) | {"MAIL_URL": inbox.smtp_url}
        log = tmp_path_factory.mktemp("post_office") / "celery.log"
        shop = Shop(engine, environ, log, app="worker.celery_app:celery")
        shop.start_worker()
        shop.start_beat()
        yield shop
        shop.stop()
        engine.dispose()


def queue(shop: Shop, *names: str) -> None:
    with Session(shop.engine) as session, session.begin():
        for name in names:
            letter = Letter(f"{name}@example.id", f"Kabar {name}", "Teks", "<p>Teks</p>", "id")
            queue_mail(session, letter, cause=f"test:{name}", at=now())


def states(shop: Shop, like: str) -> Counter[str]:
    query = "SELECT state FROM mails WHERE cause LIKE :cause"
    return Counter(shop.column(query, cause=f"test:{like}%"))


def test_f11_mails_wait_for_an_absent_server_and_none_comes_twice(
    post_office: Shop, inbox: Inbox, measured: Measured
) -> None:
    inbox.clear()
    queue(post_office, "calm")
    seconds_until(lambda: inbox.mails(to="calm@example.id"), at_most=60)
    inbox.faults(refuse=True)
    names = [f"f11-{number}" for number in range(20)]
    queue(post_office, *names)
    seconds_until(
        lambda: min(post_office.column("SELECT attempts FROM mails WHERE cause LIKE 'test:f11%'")) >= 1,
        at_most=60,
    )
    time.sleep(3)
    assert states(post_office, "f11") == {"queued": 20}
    inbox.clear_faults()
    took = seconds_until(lambda: states(post_office, "f11") == {"sent": 20}, at_most=60)
    received = Counter(mail.recipients[0] for mail in inbox.mails())
    assert [received[f"{name}@example.id"] for name in names] == [1] * 20
    measured("seconds", took)


def test_f12_an_answer_that_is_lost_makes_at_most_one_copy_with_the_same_id(
    post_office: Shop, inbox: Inbox
) -> None:
    inbox.clear()
    inbox.faults(drop_after=1)
    queue(post_office, "f12")
    seconds_until(lambda: states(post_office, "f12") == {"sent": 1}, at_most=60)
    copies = inbox.mails(to="f12@example.id")
    assert len(copies) == 2
    assert {copy.header("Message-ID") for copy in copies} == {"<test.f12@mail.lapak>"}
    assert '"outcome": "unknown"' in post_office.log.read_text()


def test_f13_an_address_refused_for_good_is_given_up_at_once_and_alone(
    post_office: Shop, inbox: Inbox
) -> None:
    inbox.clear()
    inbox.faults(reject=["f13-gone@*"])
    queue(post_office, "f13-gone", "f13-here", "f13-there")
    seconds_until(lambda: states(post_office, "f13") == {"sent": 2, "dead": 1}, at_most=60)
    query = "SELECT attempts FROM mails WHERE cause = 'test:f13-gone'"
    assert post_office.column(query) == [1]
    time.sleep(3)
    assert post_office.column(query) == [1]
    (reason,) = post_office.column("SELECT last_error FROM mails WHERE cause = 'test:f13-gone'")
    assert "550" in reason
    assert "@" not in reason
    assert len(inbox.mails(subject="f13")) == 2
