from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inventory.models import Stock
from kernel.mail import Mail
from tests.conftest import make_config
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from worker.app import create_context
from worker.recounting import check_invariants, recount_stock

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


class TestRecountStock:
    def test_is_silent_while_the_books_add_up(self, session: Session, at: datetime) -> None:
        make_shop(session, at=at)
        assert recount_stock(session, at=at) == 0
        assert session.scalars(select(Mail)).all() == []

    def test_a_difference_is_an_alarm_and_not_a_repair(
        self, session: Session, at: datetime, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_shop(session, at=at)
        session.execute(
            text("UPDATE stocks SET on_hand = on_hand + 1 WHERE id = (SELECT min(id) FROM stocks)")
        )
        before = session.execute(select(Stock.id, Stock.on_hand).order_by(Stock.id)).all()
        assert recount_stock(session, at=at) == 1
        assert session.execute(select(Stock.id, Stock.on_hand).order_by(Stock.id)).all() == before
        mail = session.scalars(select(Mail)).one()
        assert mail.recipient == CONFIG.alert_mail
        assert "I1" in mail.body_text
        assert any(getattr(record, "fields", {}).get("alarm") for record in caplog.records)

    def test_the_same_difference_is_told_once_a_day(self, session: Session, at: datetime) -> None:
        make_shop(session, at=at)
        session.execute(text("UPDATE stocks SET on_hand = on_hand + 1"))
        for _ in range(3):
            recount_stock(session, at=at)
        assert len(session.scalars(select(Mail)).all()) == 1


class TestCheckInvariants:
    def test_finds_what_is_not_about_stock(self, session: Session, at: datetime) -> None:
        session.execute(
            text(
                "INSERT INTO outbox_events (name, payload, created_at)"
                " VALUES ('Forgotten', '{}', CAST(:at AS timestamptz) - interval '5 minutes')"
            ),
            {"at": at},
        )
        assert recount_stock(session, at=at) == 0
        assert check_invariants(session, at=at) == 1
        assert "I18" in session.scalars(select(Mail)).one().body_text
