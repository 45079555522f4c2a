"""W3: pieces go round between five UPTs while somebody sums them up; no reading loses or makes one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import Actor
from inventory.errors import StockTooLow, TransferRefused
from inventory.models import Stock
from inventory.services.stock import adjust, receive
from inventory.services.transferring import (
    begin_transfer,
    receive_transfer,
    send_transfer,
    take_back_transfer,
)
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.accounts import make_membership, make_user
from tests.factories.inventory import make_product, make_upt, make_variant

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
UPTS, EACH, RACERS, ROUNDS = 5, 20, 8, 4

_EVERYWHERE = text(
    """
    SELECT (SELECT coalesce(sum(on_hand), 0) FROM stocks)
         + (SELECT coalesce(sum(line.pieces), 0) FROM transfer_lines line
            JOIN transfers t ON t.id = line.transfer_id WHERE t.state = 'sent')
         - (SELECT coalesce(sum(delta), 0) FROM ledger_entries WHERE kind = 'adjusted')
    """
)


def bank(engine: Engine) -> tuple[Actor, list[str], str]:
    """Five UPTs with twenty pieces each of one thing, and somebody who works in all of them."""
    with Session(engine) as session, session.begin():
        upts = [make_upt(session) for _ in range(UPTS)]
        variant = make_variant(session, make_product(session, makers=tuple(upts)))
        user = make_user(session)
        for upt in upts:
            make_membership(session, user, "upt_officer", upt=upt)
        actor = actor_of(session, user.id, user.name)
        for upt in upts:
            receive(session, variant.id, upt.id, EACH, reason="test", actor=actor, at=AT)
        return actor, [upt.code for upt in upts], variant.sku


def rounds(engine: Engine, actor: Actor, codes: list[str], sku: str, seed: int) -> Callable[[Session], int]:
    """Some transfers and corrections, each step a transaction of its own; gives how many arrived."""
    chance = random.Random(seed)

    def run(_session: Session) -> int:
        arrived = 0
        for _ in range(ROUNDS):
            source, target = chance.sample(codes, 2)
            pieces, key = chance.randint(1, 9), uuid4()
            try:
                with Session(engine) as session, session.begin():
                    begin_transfer(session, source, target, key=key, actor=actor, at=AT)
                    send_transfer(session, key, {sku: pieces}, actor=actor, at=AT)
            except TransferRefused:
                continue
            correct(engine, actor, chance)
            with Session(engine) as session, session.begin():
                if chance.random() < 0.25:
                    take_back_transfer(session, key, actor=actor, at=AT)
                    continue
                receive_transfer(session, key, {sku: pieces}, "", actor=actor, at=AT)
            arrived += 1
        return arrived

    return run


def correct(engine: Engine, actor: Actor, chance: random.Random) -> None:
    """A recount of some shelf by one piece."""
    with Session(engine) as session, session.begin():
        stock_id = chance.choice(session.scalars(select(Stock.id).order_by(Stock.id)).all())
        try:
            adjust(session, stock_id, chance.choice((-1, 1)), reason="count", actor=actor, at=AT)
        except StockTooLow:
            return


@contextmanager
def summing(engine: Engine) -> Iterator[set[int]]:
    """Read all pieces every few milliseconds meanwhile; gives the sums that were seen."""
    sums, is_over = set[int](), threading.Event()

    def read() -> None:
        while not is_over.wait(0.005):
            with engine.connect() as connection:
                sums.add(int(connection.execute(_EVERYWHERE).scalar_one()))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield sums
    finally:
        is_over.set()
        reader.join()


def test_no_piece_is_lost_or_made_on_any_reading(engine: Engine) -> None:
    actor, codes, sku = bank(engine)
    before = deadlocks(engine)
    with summing(engine) as sums:
        outcomes = race(engine, [rounds(engine, actor, codes, sku, seed) for seed in range(RACERS)])
    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) > RACERS
    assert sums == {UPTS * EACH}
    assert deadlocks(engine) == before
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


def test_who_reads_then_writes_without_the_condition_loses_some(engine: Engine) -> None:
    """The same moves by what one has seen: sums drift at once."""
    bank(engine)

    have_looked = everybody(4)

    def naive(session: Session) -> None:
        source, target = session.execute(select(Stock.id, Stock.on_hand).order_by(Stock.id).limit(2)).all()
        have_looked()
        for stock_id, pieces in ((source.id, source.on_hand - 1), (target.id, target.on_hand + 1)):
            session.execute(
                text("UPDATE stocks SET on_hand = :pieces WHERE id = :id"), {"pieces": pieces, "id": stock_id}
            )

    race(engine, [naive] * 4)
    with Session(engine) as session:
        assert "I1" in violations(session, at=AT)
        first, second = session.scalars(select(Stock.on_hand).order_by(Stock.id).limit(2))
    assert (first, second) != (EACH - 4, EACH + 4), "four moves, of which three are lost"
