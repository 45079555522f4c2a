"""W3: pieces go round between five UPTs while somebody sums them up; no reading loses or makes one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from inventory.models import LedgerEntry, Stock, Transfer, TransferLine
from orders.models import Fulfilment, Order, Refund
from reporting.invariants import violations
from tests.concurrency.bank import AT, EACH, make_bank
from tests.concurrency.racing import deadlocks, everybody, race

RACERS = 8
ROUNDS = int(os.environ.get("LAPAK_W3_ROUNDS", "1"))
"""How often each racer does everything there is; by night more: a round takes some seconds."""

ALWAYS = {
    *("I1", "I1-places", "I2", "I2-lines", "I3", "I4", "I4-batches", "I4-transfers", "I4-counts", "I6", "I22")
}
"""What holds at any moment, whoever is in the midst of what: asked on every fourth reading."""

# Pieces on shelves and at fairs, on the way and lost on the way, less what the ledger says came and went.
_OUT_OF_NOTHING = text(
    """
    SELECT (SELECT coalesce(sum(on_hand), 0) FROM stocks)
         + (SELECT coalesce(sum(on_hand), 0) FROM location_stocks)
         + (SELECT coalesce(sum(line.pieces - coalesce(line.received, 0)), 0) FROM transfer_lines line
            JOIN transfers t ON t.id = line.transfer_id WHERE t.state IN ('sent', 'received'))
         - (SELECT coalesce(sum(delta), 0) FROM ledger_entries WHERE kind <> 'moved')
    """
)


@dataclass
class Seen:
    """What the readings found: pieces out of nothing, broken invariants, the most that was reserved."""

    sums: set[int] = field(default_factory=set)
    broken: dict[str, Any] = field(default_factory=dict)
    most_reserved: int = 0


@contextmanager
def summing(engine: Engine) -> Iterator[Seen]:
    """Recount all pieces again and again meanwhile."""
    seen, is_over = Seen(), threading.Event()

    def read() -> None:
        for reading in count():
            if is_over.wait(0.05):
                return
            with Session(engine) as session:
                seen.sums.add(int(session.execute(_OUT_OF_NOTHING).scalar_one()))
                if reading % 4 == 0:
                    seen.broken |= violations(session, at=AT, names=ALWAYS)
                reserved = session.scalar(select(func.sum(Stock.reserved))) or 0
                seen.most_reserved = max(seen.most_reserved, reserved)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        is_over.set()
        reader.join()


def test_no_piece_is_lost_or_made_on_any_reading(engine: Engine) -> None:
    bank = make_bank(engine)
    before = deadlocks(engine)
    with summing(engine) as seen:
        outcomes = race(engine, [bank.rounds(seed, ROUNDS) for seed in range(RACERS)])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert seen.broken == {}
    assert seen.sums == {0}
    assert seen.most_reserved > 0
    assert deadlocks(engine) == before
    with Session(engine) as session:
        found = violations(session, at=AT)
        found.pop("I18", None)  # nobody dispatches here
        assert found == {}
        assert_all_of_it_happened(session, outcomes)


def assert_all_of_it_happened(session: Session, outcomes: object) -> None:
    """See that the rounds did not end in mere refusals."""
    assert set(session.scalars(select(Order.state))) >= {"paid", "cancelled", "expired"}, outcomes
    states = {"accepted", "delivered", "returned", "lost", "cancelled"}
    assert set(session.scalars(select(Fulfilment.state))) >= states, outcomes
    assert set(session.scalars(select(Refund.reason))) >= {"called_off", "returned", "lost"}, outcomes
    assert set(session.scalars(select(LedgerEntry.kind))) == {
        *("received", "issued", "adjusted", "returned", "moved")
    }
    reasons = set(session.scalars(select(LedgerEntry.reason)))
    assert reasons >= {"shipped", "count", "sold_offline", "made"}, reasons
    assert set(session.scalars(select(Transfer.state))) >= {"received", "taken_back"}
    short = select(func.count(TransferLine.id)).where(TransferLine.received < TransferLine.pieces)
    assert session.scalar(short), "every transfer arrived whole"
    assert session.scalar(select(func.sum(Stock.reserved))), "nothing is held in the end"


def test_who_reads_then_writes_without_the_condition_loses_some(engine: Engine) -> None:
    """The same moves by what one has seen: sums drift at once."""
    make_bank(engine)

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
