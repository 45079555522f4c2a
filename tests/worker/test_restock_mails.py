"""Mails about goods that were sold out: one question, one answer, and nobody told who stopped it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.notices import BACK_IN_STOCK
from accounts.rules import system_actor
from accounts.services.consents import Evidence, choose
from inventory.events import BackInStock, RestockAsked
from inventory.links import restock_key_of
from inventory.models import RestockRequest, Stock, Variant
from inventory.services.restocking import ask_restock, confirm_restock
from inventory.services.stock import adjust, receive
from kernel.mail import Mail
from tests.conftest import make_config
from tests.factories.accounts import make_user
from tests.factories.inventory import make_ready_good, make_stock
from tests.factories.paying import published
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.notifications import restock

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
KEEPER = system_actor("test")


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


@pytest.fixture
def bread(session: Session) -> Variant:
    _, variant, upt = make_ready_good(session, "Roti", pieces=0)
    make_stock(session, variant, upt, 0)
    return variant


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def request_of(session: Session) -> RestockRequest:
    return session.scalars(select(RestockRequest)).one()


def come_in(session: Session, variant: Variant, at: datetime) -> None:
    upt_id = session.scalars(select(Stock.upt_id).where(Stock.variant_id == variant.id)).one()
    receive(session, variant.id, upt_id, 4, reason="made", actor=KEEPER, at=at)


def tell(session: Session, at: datetime) -> None:
    for event in published(session, BackInStock):
        assert isinstance(event, BackInStock)
        restock.mail_back_in_stock(session, event, at=at)


class TestQuestion:
    def test_is_put_once_with_a_link(self, session: Session, bread: Variant, at: datetime) -> None:
        ask_restock(session, bread.sku, user_id=None, email="sari@example.id", locale="en", at=at)
        (event,) = published(session, RestockAsked)
        assert isinstance(event, RestockAsked)
        for _ in range(2):
            restock.mail_restock_question(session, event, at=at)
        (mail,) = mails(session)
        assert (mail.recipient, mail.subject) == ("sari@example.id", "Shall we tell you when Roti is back?")
        token = mail.body_text.partition("/en/kabari/")[2].split()[0]
        assert restock_key_of(token, secret_key=CONFIG.secret_key) == request_of(session).key
        assert str(request_of(session).key) not in mail.body_text

    def test_is_not_put_any_more_once_it_is_answered(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        ask_restock(session, bread.sku, user_id=None, email="sari@example.id", locale="id", at=at)
        confirm_restock(session, request_of(session).key, at=at)
        restock.mail_restock_question(session, RestockAsked(request_of(session).id), at=at)
        restock.mail_restock_question(session, RestockAsked(0), at=at)
        assert mails(session) == []


class TestBack:
    def test_each_is_told_once_in_their_language(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        for name, locale in (("sari", "id"), ("budi", "en")):
            user = make_user(session, email=f"{name}@example.id")
            ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale=locale, at=at)
        come_in(session, bread, at)
        tell(session, at)
        tell(session, at)
        assert [mail.subject for mail in mails(session)] == ["Roti tersedia lagi", "Roti is back"]
        assert "Rp25.000" in mails(session)[0].body_text
        assert {mail.topic for mail in mails(session)} == {BACK_IN_STOCK}

    def test_nobody_is_told_of_what_is_sold_out_again(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        user = make_user(session)
        ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="id", at=at)
        come_in(session, bread, at)
        stock = session.scalars(select(Stock).where(Stock.variant_id == bread.id)).one()
        adjust(session, stock.id, -4, reason="count", actor=KEEPER, at=at)
        tell(session, at)
        assert mails(session) == []
        come_in(session, bread, at)
        tell(session, at)
        assert len(mails(session)) == 1

    def test_whoever_wants_no_such_notices_gets_none(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        user = make_user(session)
        ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="id", at=at)
        choose(session, user.id, {BACK_IN_STOCK: False}, Evidence("", "id", "account_page", ""), at=at)
        come_in(session, bread, at)
        tell(session, at)
        assert mails(session) == []

    def test_many_are_told_in_portions(
        self, session: Session, bread: Variant, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(restock, "PORTION", 2)
        for _ in range(3):
            user = make_user(session)
            ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="id", at=at)
        come_in(session, bread, at)
        restock.mail_back_in_stock(session, BackInStock(bread.id), at=at)
        assert len(mails(session)) == 2
        assert len(published(session, BackInStock)) == 2
        tell(session, at)
        assert len(mails(session)) == 3
