"""Asking to be told while the goods come in: nobody is forgotten, nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from inventory.errors import BackAlready
from inventory.events import BackInStock
from inventory.models import RestockRequest
from inventory.services.restocking import Waiting, ask_restock, take_waiting
from inventory.services.stock import receive
from tests.concurrency.racing import deadlocks, race
from tests.factories.accounts import make_user
from tests.factories.inventory import make_ready_good, make_stock
from tests.factories.paying import published

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEEPER = system_actor("test")
ROUNDS = 6


def world(engine: Engine, *, has_shelf: bool) -> tuple[int, str, int, list[int]]:
    """A sold-out variant, whose UPT has a shelf for it or not yet, and eight people."""
    with Session(engine) as session, session.begin():
        _, variant, upt = make_ready_good(session, pieces=0)
        if has_shelf:
            make_stock(session, variant, upt, 0)
        return variant.id, variant.sku, upt.id, [make_user(session).id for _ in range(8)]


def asking(sku: str, user_id: int) -> Callable[[Session], None]:
    email = f"racer{user_id}@example.id"
    return lambda session: ask_restock(session, sku, user_id=user_id, email=email, locale="id", at=AT)


@pytest.mark.parametrize("has_shelf", [True, False])
def test_whoever_is_let_wait_is_told(engine: Engine, has_shelf: bool) -> None:
    before = deadlocks(engine)
    for _ in range(ROUNDS):
        variant_id, sku, upt_id, user_ids = world(engine, has_shelf=has_shelf)

        def come_in(session: Session, place: tuple[int, int] = (variant_id, upt_id)) -> None:
            receive(session, *place, 5, reason="made", actor=KEEPER, at=AT)

        runs = [asking(sku, user_id) for user_id in user_ids[:4]]
        outcomes = race(engine, [*runs, come_in])
        assert all(outcome is None or isinstance(outcome, BackAlready) for outcome in outcomes), outcomes
        with Session(engine) as session, session.begin():
            waiting = session.scalar(
                select(func.count()).where(
                    RestockRequest.variant_id == variant_id, RestockRequest.ended_at.is_(None)
                )
            )
            assert waiting == sum(outcome is None for outcome in outcomes[:-1])
            if waiting:
                assert BackInStock(variant_id) in published(session, BackInStock)
    assert deadlocks(engine) == before


def test_one_person_in_many_windows_waits_once(engine: Engine) -> None:
    variant_id, sku, _, user_ids = world(engine, has_shelf=True)
    outcomes = race(engine, [asking(sku, user_ids[0])] * 8)
    assert outcomes == [None] * 8
    with Session(engine) as session:
        assert session.scalar(select(func.count()).where(RestockRequest.variant_id == variant_id)) == 1


def test_two_handlers_tell_each_person_once(engine: Engine) -> None:
    variant_id, sku, upt_id, user_ids = world(engine, has_shelf=True)
    with Session(engine) as session, session.begin():
        for user_id in user_ids:
            asking(sku, user_id)(session)
        receive(session, variant_id, upt_id, 1, reason="made", actor=KEEPER, at=AT)

    def take(session: Session) -> Sequence[Waiting]:
        return take_waiting(session, variant_id, most=100, at=AT)

    outcomes = race(engine, [take] * 4)
    told = [each.user_id for outcome in outcomes if not isinstance(outcome, Exception) for each in outcome]
    assert sorted(user_id for user_id in told if user_id is not None) == sorted(user_ids)
