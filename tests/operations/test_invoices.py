"""The command that writes missing invoices: each order once, however often it runs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from operations.cli import lapak
from orders.models import Invoice
from orders.rules.allocation import Wish
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_shop


def test_writes_what_is_missing_and_nothing_twice(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: datetime
) -> None:
    url = new_database()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=at)
        for _ in range(2):
            make_paid_order(session, Wish(1, shop.bread.id, 1), at=at)
    monkeypatch.setenv("DATABASE_URL", url.replace("+psycopg", ""))
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("LAPAK_VAR", str(tmp_path))
    said = []
    for _ in range(2):
        result = CliRunner().invoke(lapak, ["issue-invoices"], catch_exceptions=False)
        assert result.exit_code == 0
        said.append(result.output)
    assert said == [
        "2 orders lacked papers; what they lacked is written.\n",
        "0 orders lacked papers; what they lacked is written.\n",
    ]
    with Session(engine) as session:
        assert session.scalars(select(Invoice.serial).order_by(Invoice.id)).all() == [1, 2]
    engine.dispose()
