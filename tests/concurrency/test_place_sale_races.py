"""A sale that a browser sends again and again counts once, beside others at the same place."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from inventory.models import Location, PlaceSale
from inventory.services.locations import open_place
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, race
from tests.inventory.test_place_sales import SOUND, Fair, there


def test_sent_by_many_at_once_it_counts_once(engine: Engine, at: datetime) -> None:
    with Session(engine) as session, session.begin():
        fair = Fair(session, at)
    before, key = deadlocks(engine), uuid4()

    def once(session: Session) -> bool:
        return fair.sell(session, {fair.net: 2}, at, key=key)

    def another(session: Session) -> bool:
        return fair.sell(session, {fair.pot: 1, fair.net: 1}, at)

    outcomes = race(engine, [once, another, once, another, once])
    assert sorted(map(str, outcomes)) == ["False", "False", "True", "True", "True"]
    with Session(engine) as session:
        assert there(session) == [2, 2]
        assert session.scalar(select(func.count(PlaceSale.id))) == 3
        assert not SOUND & set(violations(session, at=at))
    assert deadlocks(engine) == before


def test_a_place_opened_by_two_clicks_is_one_and_neither_is_refused(engine: Engine, at: datetime) -> None:
    with Session(engine) as session, session.begin():
        fair = Fair(session, at)
        upt_code = session.scalars(select(Upt.code).where(Upt.id == fair.upt_id)).one()
    key = uuid4()

    def click(session: Session) -> None:
        open_place(session, upt_code, "fair", "Pasar", key=key, actor=fair.officer, at=at)

    assert race(engine, [click] * 4) == [None] * 4
    with Session(engine) as session:
        assert session.scalar(select(func.count(Location.id)).where(Location.key == key)) == 1
        opened = select(func.count(AuditEntry.id)).where(AuditEntry.object_key == "Pasar")
        assert session.scalar(opened) == 1
