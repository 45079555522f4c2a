"""I22: entries written at once by many make one chain, whoever rolls back; without the lock it would fork."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from accounts.services import audit
from reporting.audit_chain import verify_chain
from tests.concurrency.racing import deadlocks, gather_in_database, race

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 12


class Stopped(Exception):
    """What a racer meets after it has written its entry."""


def writing(number: int, *, fails: bool) -> Callable[[Session], str]:
    def write(session: Session) -> str:
        for part in range(2):
            key = f"T-{number}-{part}"
            audit.record(session, system_actor("test"), "thing.do", "thing", key, at=AT, after={"n": number})
        if fails:
            raise Stopped
        return "written"

    return write


def test_the_chain_is_one_and_whole_when_some_roll_back(engine: Engine) -> None:
    before = deadlocks(engine)
    outcomes = race(engine, [writing(number, fails=number % 3 == 0) for number in range(RACERS)])
    written = outcomes.count("written")
    assert written == RACERS - 4
    assert sum(isinstance(outcome, Stopped) for outcome in outcomes) == 4
    with Session(engine) as session:
        verdict = verify_chain(session)
    assert (verdict.entries, verdict.problem) == (2 * written, None)
    assert deadlocks(engine) == before


def test_the_naive_twin_forks(engine: Engine) -> None:
    """The same trigger without the lock on the head: several entries follow the same one."""
    gather_in_database(engine, 4)
    with Session(engine) as session, session.begin():
        body: str = session.execute(
            text("SELECT pg_get_functiondef('chain_audit_entry()'::regprocedure)")
        ).scalar_one()
        naive = body.replace("FOR UPDATE", "").replace(
            "UPDATE audit_head", "PERFORM gather(); UPDATE audit_head"
        )
        assert naive.count("FOR UPDATE") < body.count("FOR UPDATE")
        session.execute(text(naive.replace(":=", "\\:=")))
    assert race(engine, [writing(number, fails=False) for number in range(4)]) == ["written"] * 4
    with Session(engine) as session:
        assert verify_chain(session).problem is not None
