"""News from their release to the sender: only who consents gets them, and who withdraws gets no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from accounts.events import NewsReleased
from accounts.models import User
from accounts.notices import NEWS, ORDER, stopped_by
from accounts.rules import system_actor
from accounts.services import news as service
from accounts.services.consents import Evidence, choices_of, choose, notice_key, still_wants, stop
from kernel.db import db, transaction
from kernel.mail import Mail
from orders.events import FulfilmentShipped
from orders.models import Fulfilment, Order
from orders.rules.allocation import Wish
from tests.conftest import make_config
from tests.factories.accounts import make_user
from tests.factories.parcels import make_paid_order
from tests.factories.paying import published
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.mailing import send_mail
from worker.notifications import customers
from worker.notifications.news import mail_news

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
SHOWN = Evidence("Yes.", "en", "account_page", "")
TEXT = service.NewsText("Kabar", "Satu.\n\nDua.", "News", "One.\n\nTwo.", "/produk")
DESK = system_actor("test")


@pytest.fixture
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


def release(session: Session, *readers: User, at: datetime) -> None:
    for user in readers:
        choose(session, user.id, {NEWS: True}, SHOWN, at=at)
    service.release_news(session, TEXT, actor=DESK, at=at)


def deliver(session: Session, at: datetime) -> None:
    """Answer each portion that was published, and those which these publish."""
    done = 0
    while done < len(events := published(session, NewsReleased)):
        event = events[done]
        assert isinstance(event, NewsReleased)
        mail_news(session, event, at=at)
        done += 1


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id).execution_options(populate_existing=True)))


@pytest.mark.usefixtures("_context")
class TestWriting:
    def test_each_reader_gets_a_mail_with_a_link_of_their_own(self, session: Session, at: datetime) -> None:
        one, two = make_user(session), make_user(session)
        make_user(session)
        release(session, one, two, at=at)
        deliver(session, at)
        found = mails(session)
        assert [mail.recipient for mail in found] == [one.email, two.email]
        for mail, user in zip(found, (one, two), strict=True):
            assert mail.subject == "News"
            assert "http://localhost/en/produk" in mail.body_text
            for body in (mail.body_text, mail.body_html):
                token = body.split("http://localhost/en/berhenti/")[1].split()[0].split('"')[0]
                key = notice_key(session, user.id)
                assert stopped_by(token, secret_key=CONFIG.secret_key) == (NEWS, key)

    def test_goes_on_portion_by_portion(
        self, session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("worker.notifications.news.PORTION", 2)
        monkeypatch.setattr(service.next_readers, "__kwdefaults__", {"limit": 2})
        release(session, *(make_user(session) for _ in range(5)), at=at)
        deliver(session, at)
        assert len(mails(session)) == 5

    def test_parcel_mails_of_an_account_can_be_stopped_and_a_guests_not(
        self, session: Session, at: datetime
    ) -> None:
        shop = make_shop(session, at=at)
        user = make_user(session)
        choose(session, user.id, {ORDER: False}, SHOWN, at=at)
        for user_id in (user.id, None):
            order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at)
            order.user_id = user_id
            parcel = session.scalars(select(Fulfilment).where(Fulfilment.order_id == order.id)).one()
            parcel.state, parcel.shipped_at, parcel.tracking_number = "shipped", at, "JT-1"
            session.flush()
            customers.mail_shipped(session, FulfilmentShipped(parcel.id), at=at)
            guest_number = order.number
        (mail,) = mails(session)
        assert guest_number in mail.subject
        assert "berhenti" not in mail.body_text
        assert session.scalars(select(Order.user_id).where(Order.number == guest_number)).one() is None


class TestSending:
    @pytest.fixture
    def queued(self, app: Flask, at: datetime) -> Iterator[tuple[int, str]]:
        """A news mail that waits, and its reader's key; the mail server is down."""
        with app.app_context():
            with transaction() as session:
                user = make_user(session)
                release(session, user, at=at)
                deliver(session, at)
                found = mails(session)[0].id, notice_key(session, user.id)
            yield found

    def test_who_still_wants_it_is_sent_it(self, app: Flask, queued: tuple[int, str]) -> None:
        send_mail(queued[0], 0, config=app.extensions["lapak"])
        assert self.fate(queued[0]) == ("queued", 1)  # tried, in vain

    def test_who_has_withdrawn_is_not_even_tried(
        self, app: Flask, queued: tuple[int, str], at: datetime
    ) -> None:
        with transaction() as session:
            stop(session, queued[1], NEWS, SHOWN, at=at)
        send_mail(queued[0], 0, config=app.extensions["lapak"])
        assert self.fate(queued[0]) == ("dropped", 0)

    def test_it_is_asked_again_for_a_mail_the_withdrawal_did_not_see(
        self, app: Flask, queued: tuple[int, str], at: datetime
    ) -> None:
        with transaction() as session:
            stop(session, queued[1], NEWS, SHOWN, at=at)
            session.execute(text("UPDATE mails SET state = 'queued'"))
        send_mail(queued[0], 0, config=app.extensions["lapak"])
        assert self.fate(queued[0]) == ("dropped", 0)

    def fate(self, mail_id: int) -> tuple[str, int]:
        db.session.rollback()
        mail = db.session.get_one(Mail, mail_id, populate_existing=True)
        return mail.state, mail.attempts


class TestRace:
    """A withdrawal and the sender meet: one of them waits, and what is withdrawn is not sent."""

    @pytest.fixture
    def key(self, app: Flask, at: datetime) -> str:
        with app.app_context(), transaction() as session:
            user = make_user(session)
            choose(session, user.id, {NEWS: True}, SHOWN, at=at)
            return notice_key(session, user.id)

    @pytest.fixture
    def two(self, app: Flask) -> Iterator[tuple[Session, Session]]:
        with app.app_context():
            url = db.engine.url
        engine = create_engine(url, connect_args={"options": "-c lock_timeout=200ms"})
        with Session(engine) as one, Session(engine) as other:
            yield one, other
        engine.dispose()

    def test_the_sender_waits_for_a_withdrawal_under_way(
        self, key: str, two: tuple[Session, Session], at: datetime
    ) -> None:
        withdrawal, sender = two
        stop(withdrawal, key, NEWS, SHOWN, at=at)
        with pytest.raises(OperationalError, match="lock timeout"):
            still_wants(sender, key, NEWS)
        sender.rollback()
        withdrawal.execute(text("COMMIT"))
        assert not still_wants(sender, key, NEWS)

    def test_a_withdrawal_waits_for_a_mail_that_is_being_claimed(
        self, key: str, two: tuple[Session, Session], at: datetime
    ) -> None:
        withdrawal, sender = two
        assert still_wants(sender, key, NEWS)
        with pytest.raises(OperationalError, match="lock timeout"):
            stop(withdrawal, key, NEWS, SHOWN, at=at)

    def test_without_the_lock_the_sender_would_send(
        self, key: str, two: tuple[Session, Session], at: datetime
    ) -> None:
        withdrawal, sender = two
        stop(withdrawal, key, NEWS, SHOWN, at=at)
        user_id = sender.execute(text("SELECT user_id FROM notice_keys")).scalar_one()
        assert choices_of(sender, user_id)[NEWS]
