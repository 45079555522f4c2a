"""Of two who shut each other out at once one comes first, and the other no longer may: somebody stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.errors import RoleNotYours
from accounts.models import User
from accounts.queries import actor_of
from accounts.services.officers import admit
from tests.concurrency.racing import deadlocks, race
from tests.factories.accounts import make_membership, make_user

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_somebody_stays(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        users = [make_user(session) for _ in range(2)]
        keys = [make_membership(session, user, "directorate").key for user in users]
        actors = [actor_of(session, user.id, user.name) for user in users]

    def shutting_out(who: int, whom: UUID) -> Callable[[Session], bool]:
        return lambda session: admit(session, whom, is_active=False, actor=actors[who], at=AT)

    before = deadlocks(engine)
    outcomes = race(engine, [shutting_out(0, keys[1]), shutting_out(1, keys[0])])
    assert outcomes.count(True) == 1
    assert sum(isinstance(outcome, RoleNotYours) for outcome in outcomes) == 1
    assert deadlocks(engine) == before
    with Session(engine) as session:
        assert session.scalar(select(func.count()).where(User.is_active)) == 1
