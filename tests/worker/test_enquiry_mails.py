"""Mails about enquiries: the customer's in their language, staff's to whom the enquiry is put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

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


def announced(session: Session, at: datetime) -> list[Mail]:
    """All mails, once each of the customer's further messages was announced."""
    for event in published(session, EnquiryContinued):
        assert isinstance(event, EnquiryContinued)
        enquiries.announce_continuation(session, event, at=at)
    return mails(session)


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
        assert "is not read" in mail.body_text
        prefix = f"http://localhost/en/permintaan/{booking.number}/"
        token = mail.body_text.split(prefix)[1].split()[0]
        assert enquiry_of_token(token, secret_key=CONFIG.secret_key) == (booking.number, booking.link_key)

    def test_get_nothing_back_that_was_typed(self, session: Session, upt: Upt, at: datetime) -> None:
        """Whoever types a stranger's address makes us write to it, but not what we write."""
        typed: dict[str, Any] = {
            "name": "Win",
            "company": "PT Win",
            "unit": "spam.unit",
            "destination": "spam.harbour",
        }
        typed |= {"body": "Visit http://spam.example now", "phone": "081234567890"}
        view = make_enquiry(session, kind="export", upts=(upt,), quantity=54321, locale="en", at=at, **typed)
        enquiries.mail_enquiry_received(session, EnquiryReceived(view.id), at=at)
        (mail,) = mails(session)
        whole = mail.subject + mail.body_text + mail.body_html
        assert "54321" in whole
        assert not [written for written in typed.values() if written in whole.replace(CONFIG.base_url, "")]

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
        assert all("5400" in mail.body_text and "gulung" in mail.body_text for mail in mails(session))

    def test_of_the_national_office_stand_in_where_a_upt_has_no_address(
        self, session: Session, at: datetime
    ) -> None:
        view = make_enquiry(session, upts=(make_upt(session),), at=at)
        enquiries.announce_enquiry(session, EnquiryReceived(view.id), at=at)
        assert [mail.recipient for mail in mails(session)] == [CONFIG.alert_mail]

    def test_hear_once_that_the_customer_goes_on_until_they_answer(
        self, session: Session, booking: EnquiryView, officer: Actor, at: datetime
    ) -> None:
        number = booking.number
        write_on(session, number, "And on Monday?", key="a", actor=CUSTOMER, at=at)
        assert announced(session, at) == []
        answer(session, number, "Yes.", key="b", actor=officer, at=at)
        write_on(session, number, "And on Friday?", key="c", actor=CUSTOMER, at=at)
        renew_link(session, number, "", key="d", actor=officer, at=at)
        write_on(session, number, "And on Sunday?", key="e", actor=CUSTOMER, at=at)
        (mail,) = announced(session, at)
        assert "And on Friday?" in mail.body_text

    def test_of_many_makers_are_asked_once_and_only_who_answered_hears_more(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        makers = (upt, *(make_upt(session, email=f"upt{place}@upt.example") for place in range(6)))
        view = make_enquiry(session, upts=makers, at=at)
        enquiries.announce_enquiry(session, EnquiryReceived(view.id), at=at)
        assert len(mails(session)) == 7
        answer(session, view.number, "Yes.", key="a", actor=officer, at=at)
        write_on(session, view.number, "When?", key="b", actor=CUSTOMER, at=at)
        assert [mail.recipient for mail in announced(session, at)[7:]] == ["malang@upt.example"]
