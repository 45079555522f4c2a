"""Mails about what a buyer asks: the UPT's in Indonesian, the buyer's in the language of the order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from kernel.mail import Mail
from orders.events import EnquiryAnswered, EnquiryContinued, EnquiryReceived
from orders.links import number_of
from orders.queries.parcel_questions import parcel_question
from orders.rules.allocation import Wish
from orders.services.answering import answer
from orders.services.parcel_asking import ask_about_parcel
from tests.conftest import make_config
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import published
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.notifications import enquiries

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


def told(session: Session, at: datetime) -> list[Mail]:
    """All mails after each handler has heard each event, twice."""
    for _ in range(2):
        for received in published(session, EnquiryReceived):
            assert isinstance(received, EnquiryReceived)
            enquiries.mail_enquiry_received(session, received, at=at)
            enquiries.announce_enquiry(session, received, at=at)
        for continued in published(session, EnquiryContinued):
            assert isinstance(continued, EnquiryContinued)
            enquiries.announce_continuation(session, continued, at=at)
        for answered in published(session, EnquiryAnswered):
            assert isinstance(answered, EnquiryAnswered)
            enquiries.mail_enquiry_answered(session, answered, at=at)
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_go_to_both_sides_once_each(session: Session, at: datetime) -> None:
    shop = make_shop(session, at=at)
    shop.garut.email = "garut@upt.example"
    order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at, locale="en")
    parcel = parcel_of(session, order, shop.garut).number
    officer = make_officer(session, shop.garut, name="Kenari Petugas")
    actor = actor_of(session, officer.id, officer.name)
    for key, body in (("a", "<b>Is it shipped?</b>"), ("b", "Hello?")):
        ask_about_parcel(session, order.number, parcel, body, key=key, actor=CUSTOMER, at=at)
    enquiry = parcel_question(session, order.number, parcel).enquiry
    assert enquiry is not None
    answer(session, enquiry.number, "Tomorrow & <i>surely</i>.", key="c", actor=actor, at=at)
    to_upt, to_buyer = told(session, at)
    assert (to_upt.recipient, to_upt.locale) == ("garut@upt.example", "id")
    assert parcel in to_upt.subject
    assert "<b>Is it" not in to_upt.body_html
    assert f"/staff/permintaan/{enquiry.number}" in to_upt.body_text
    assert (to_buyer.recipient, to_buyer.locale) == ("sari@example.com", "en")
    assert to_buyer.subject == f"An answer about your parcel {parcel}"
    assert "Tomorrow & <i>surely</i>." in to_buyer.body_text
    assert "<i>surely" not in to_buyer.body_html
    assert "Kenari" not in to_buyer.body_text + to_buyer.body_html
    link = to_buyer.body_text.split(f"http://localhost/en/pesanan/{order.number}/")[1].split()[0]
    token, place, named = link.partition("/tanya/")
    assert (number_of(token, secret_key=CONFIG.secret_key), place, named) == (order.number, "/tanya/", parcel)
