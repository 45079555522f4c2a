"""Mails about enquiries: the customer's in their language, staff's to whom the enquiry is put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from kernel.mail import Mail
from orders.events import EnquiryAnswered, EnquiryContinued, EnquiryReceived
from orders.links import enquiry_of_token
from orders.queries.enquiries import EnquiryView, enquiry_view
from orders.services.answering import answer, close, confirm_booking, decline_booking, renew_link, reopen
from orders.services.enquiring import write_on
from tests.conftest import make_config
from tests.factories.accounts import make_officer
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.inventory import make_upt
from tests.factories.paying import published
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.notifications import enquiries

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


@pytest.fixture
def upt(session: Session) -> Upt:
    return make_upt(session, "Lapas Kelas IIA Malang", email="malang@upt.example")


@pytest.fixture
def officer(session: Session, upt: Upt) -> Actor:
    user = make_officer(session, upt, name="Kenari Petugas")
    return actor_of(session, user.id, user.name)


@pytest.fixture
def booking(session: Session, upt: Upt, at: datetime) -> EnquiryView:
    slot = make_slot(session, make_service(session, upt, name="Potong Rambut"), upt)
    return make_enquiry(session, slot=slot, locale="en", name="<b>Sari</b>", at=at)


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def last_answer(session: Session, at: datetime) -> Mail:
    event = published(session, EnquiryAnswered)[-1]
    assert isinstance(event, EnquiryAnswered)
    enquiries.mail_enquiry_answered(session, event, at=at)
    return mails(session)[-1]


class TestCustomers:
    def test_are_thanked_with_a_link_to_the_thread(
        self, session: Session, booking: EnquiryView, at: datetime
    ) -> None:
        for _ in range(2):
            enquiries.mail_enquiry_received(session, EnquiryReceived(booking.id), at=at)
        (mail,) = mails(session)
        assert (mail.recipient, mail.locale) == ("sari@example.com", "en")
        assert mail.subject == f"Your request {booking.number} has arrived"
        assert "counts once it is confirmed" in mail.body_text
        assert "Tuesday" in mail.body_text
        assert "<b>Sari" not in mail.body_html
        prefix = f"http://localhost/en/permintaan/{booking.number}/"
        token = mail.body_text.split(prefix)[1].split()[0]
        assert enquiry_of_token(token, secret_key=CONFIG.secret_key) == (booking.number, booking.link_key)

    def test_hear_each_answer_and_never_who_wrote_it(
        self, session: Session, booking: EnquiryView, officer: Actor, at: datetime
    ) -> None:
        answer(session, booking.number, "Yes, <i>please</i>.", key="a", actor=officer, at=at)
        mail = last_answer(session, at)
        assert mail.subject == f"An answer to your request {booking.number}"
        assert "Yes, <i>please</i>." in mail.body_text
        assert "<i>please" not in mail.body_html
        assert "Lapas Kelas IIA Malang" in mail.body_text
        assert "Kenari" not in mail.body_text + mail.body_html

    def test_hear_what_was_decided(
        self, session: Session, booking: EnquiryView, officer: Actor, at: datetime
    ) -> None:
        number = booking.number
        confirm_booking(session, number, "See you.", key="a", actor=officer, at=at)
        assert last_answer(session, at).subject == f"Your booking is confirmed: {number}"
        decline_booking(session, number, "", key="b", actor=officer, at=at)
        assert last_answer(session, at).subject == f"Your booking cannot take place: {number}"
        close(session, number, "", key="c", actor=officer, at=at)
        assert last_answer(session, at).subject == f"Your request {number} is closed"
        reopen(session, number, "", key="d", actor=officer, at=at)
        before = len(mails(session))
        last_answer(session, at)
        assert len(mails(session)) == before

    def test_a_new_link_opens_and_the_old_one_does_not(
        self, session: Session, booking: EnquiryView, officer: Actor, at: datetime
    ) -> None:
        renew_link(session, booking.number, "", key="a", actor=officer, at=at)
        mail = last_answer(session, at)
        token = mail.body_text.split(f"{booking.number}/")[1].split()[0]
        _, link_key = enquiry_of_token(token, secret_key=CONFIG.secret_key)
        assert link_key == enquiry_view(session, booking.number).link_key != booking.link_key


class TestStaff:
    def test_of_the_upt_are_told_in_indonesian(
        self, session: Session, booking: EnquiryView, at: datetime
    ) -> None:
        enquiries.announce_enquiry(session, EnquiryReceived(booking.id), at=at)
        (mail,) = mails(session)
        assert (mail.recipient, mail.locale) == ("malang@upt.example", "id")
        assert mail.subject == f"Permintaan baru {booking.number}: Potong Rambut"
        assert f"http://localhost/staff/permintaan/{booking.number}" in mail.body_text

    def test_of_the_national_office_are_told_what_goes_abroad(
        self, session: Session, upt: Upt, at: datetime
    ) -> None:
        view = make_enquiry(session, kind="export", upts=(upt,), quantity=5400, unit="gulung", at=at)
        enquiries.announce_enquiry(session, EnquiryReceived(view.id), at=at)
        assert {mail.recipient for mail in mails(session)} == {"malang@upt.example", CONFIG.alert_mail}
        assert all("5400 gulung" in mail.body_text for mail in mails(session))

    def test_of_the_national_office_stand_in_where_a_upt_has_no_address(
        self, session: Session, at: datetime
    ) -> None:
        view = make_enquiry(session, upts=(make_upt(session),), at=at)
        enquiries.announce_enquiry(session, EnquiryReceived(view.id), at=at)
        assert [mail.recipient for mail in mails(session)] == [CONFIG.alert_mail]

    def test_hear_when_the_customer_goes_on(
        self, session: Session, booking: EnquiryView, at: datetime
    ) -> None:
        write_on(session, booking.number, "And on Friday?", key="a", actor=CUSTOMER, at=at)
        (event,) = published(session, EnquiryContinued)
        assert isinstance(event, EnquiryContinued)
        enquiries.announce_continuation(session, event, at=at)
        assert "And on Friday?" in mails(session)[-1].body_text
