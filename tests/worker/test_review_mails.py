"""Mails about reviews: what buyers and UPTs read, nothing of it live, and why it was refused as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor
from inventory.models import Product, Variant
from kernel.mail import Mail
from kernel.outbox import Event
from orders.events import ReviewAnswerPublished, ReviewInvited, ReviewPublished, ReviewRefused
from orders.models import Order
from orders.rules.allocation import Wish
from orders.rules.reviews import INVITED_AFTER
from orders.services.fulfilling import cannot_supply
from orders.services.inviting import invite_reviews
from orders.services.moderating import answer_review, publish_review, refuse_review, remove_answer
from orders.services.placing import Contact
from tests.conftest import make_config
from tests.factories.accounts import make_officer
from tests.factories.inventory import list_products
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import published
from tests.factories.placing import make_shop
from tests.factories.reviews import deliver_all, make_delivered_order, make_director, make_review
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.notifications import reviews

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
HOSTILE = '<img src=x onerror="kenari()">'


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


@dataclass(frozen=True)
class Bought:
    """An English order of bread of Garut that has arrived, its UPT, and who decides."""

    order: Order
    garut: Upt
    director: Actor
    bread: Variant
    net: Variant


@pytest.fixture
def bought(session: Session, at: datetime) -> Bought:
    shop = make_shop(session, at=at)
    shop.garut.email = "garut@upt.example"
    list_products(session, session.get_one(Product, shop.bread.product_id))
    order = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=at, locale="en")
    return Bought(order, shop.garut, make_director(session), shop.bread, shop.net)


HANDLERS: tuple[tuple[type[Event], Callable[..., None]], ...] = (
    (ReviewInvited, reviews.mail_invitation),
    (ReviewPublished, reviews.mail_published),
    (ReviewPublished, reviews.announce_published),
    (ReviewRefused, reviews.mail_refused),
    (ReviewAnswerPublished, reviews.mail_answered),
)


def told(session: Session, at: datetime) -> list[Mail]:
    """All mails after each handler has heard each event, twice."""
    for moment in (at, at + timedelta(minutes=5)):
        for event, handler in HANDLERS:
            for each in published(session, event):
                handler(session, each, at=moment)
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_ask_once_thank_and_bring_the_answer(session: Session, bought: Bought, at: datetime) -> None:
    for _ in range(2):
        invite_reviews(session, at=at + INVITED_AFTER + timedelta(minutes=1))
    review = make_review(session, bought.order, at=at, body=HOSTILE)
    publish_review(session, review.number, seen=1, actor=bought.director, at=at)
    officer = make_officer(session, bought.garut, name="Kenari Petugas")
    answer_review(session, review.number, HOSTILE, actor=actor_of(session, officer.id, officer.name), at=at)
    asked, thanked, announced, answered = told(session, at)
    for mail in (asked, thanked, answered):
        assert (mail.recipient, mail.locale) == ("sari@example.com", "en")
    assert f"/en/pesanan/{bought.order.number}/" in asked.body_text
    assert "/en/produk/" in thanked.body_text
    assert (announced.recipient, announced.locale) == ("garut@upt.example", "id")
    assert f"/staff/ulasan/{review.number}" in announced.body_text
    for mail in (announced, answered):
        assert HOSTILE in mail.body_text
        assert "<img src=x" not in mail.body_html
        assert "&lt;img src=x" in mail.body_html
        assert "Petugas" not in mail.body_html
    assert "Sari" not in announced.body_html


def test_say_why_once_for_each_refusal(session: Session, bought: Bought, at: datetime) -> None:
    review = make_review(session, bought.order, at=at)
    for turn, reason in ((1, f"Satu {HOSTILE}"), (2, "Dua")):
        moment = at + timedelta(hours=turn)
        refuse_review(session, review.number, reason, seen=review.version, actor=bought.director, at=moment)
        mails = told(session, at)
        assert len(mails) == turn
        assert reason in mails[-1].body_text
        assert "<img src=x" not in mails[-1].body_html
        assert f"/ulasan/{1}" in mails[-1].body_text
        make_review(session, bought.order, at=moment, body=f"Lain {turn}")


def test_a_refusal_that_is_no_more_is_not_told(session: Session, bought: Bought, at: datetime) -> None:
    review = make_review(session, bought.order, at=at)
    refuse_review(session, review.number, "Salah", seen=1, actor=bought.director, at=at)
    make_review(session, bought.order, at=at, body="Sudah diperbaiki")
    assert told(session, at) == []


def test_thank_and_announce_once_for_each_publication(session: Session, bought: Bought, at: datetime) -> None:
    review = make_review(session, bought.order, at=at)
    for turn in (1, 2):
        moment = at + timedelta(hours=turn)
        publish_review(session, review.number, seen=review.version, actor=bought.director, at=moment)
        mails = told(session, at)
        assert [mail.recipient for mail in mails] == ["sari@example.com", "garut@upt.example"] * turn
        refuse_review(session, review.number, "Salah", seen=review.version, actor=bought.director, at=moment)


def test_what_was_taken_down_meanwhile_is_not_told(session: Session, bought: Bought, at: datetime) -> None:
    review = make_review(session, bought.order, at=at)
    publish_review(session, review.number, seen=1, actor=bought.director, at=at)
    officer = make_officer(session, bought.garut)
    answer_review(session, review.number, "Hm", actor=actor_of(session, officer.id, officer.name), at=at)
    remove_answer(session, review.number, seen=2, actor=bought.director, at=at)
    refuse_review(session, review.number, "Salah", seen=3, actor=bought.director, at=at)
    (refused,) = told(session, at)
    assert "Salah" in refused.body_text


def test_an_invitation_names_only_what_came(session: Session, bought: Bought, at: datetime) -> None:
    officer = make_officer(session, bought.garut)
    wishes = Wish(1, bought.bread.id, 1), Wish(2, bought.net.id, 1)
    short = make_paid_order(
        session, *wishes, at=at, contact=Contact("budi@example.com", "Budi", "0812345678")
    )
    cannot_supply(
        session,
        parcel_of(session, short, bought.garut).number,
        {2: 1},
        reason="damaged",
        seen_cancelled=0,
        actor=actor_of(session, officer.id, officer.name),
        at=at,
    )
    deliver_all(session, short, at=at)
    invite_reviews(session, at=at + INVITED_AFTER + timedelta(minutes=1))
    (mail,) = (mail for mail in told(session, at) if mail.recipient == "budi@example.com")
    assert "Roti" in mail.body_text
    assert "Coir Net" not in mail.body_text


def test_who_was_forgotten_is_told_nothing(session: Session, bought: Bought, at: datetime) -> None:
    review = make_review(session, bought.order, at=at)
    refuse_review(session, review.number, "Salah", seen=1, actor=bought.director, at=at)
    bought.order.email = ""
    session.flush()
    assert told(session, at) == []
