"""The audit log is chained: what is recorded stays, and a change from outside shows."""

from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from accounts.models import AuditEntry
from accounts.rules import system_actor
from accounts.services import audit
from kernel import log
from reporting.invariants import violations

ACTOR = system_actor("test")


def record_three(session: Session, at: datetime) -> None:
    for number in range(3):
        audit.record(session, ACTOR, "thing.do", "thing", f"T-{number}", at=at, after={"n": number})


def is_whole(session: Session, at: datetime) -> bool:
    return "I22" not in violations(session, at=at)


def without_guard(session: Session, statement: str) -> None:
    """Do what only somebody with the database's own keys can: switch the triggers off."""
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    session.execute(text(statement))
    session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))


class TestRecord:
    def test_says_who_did_what_when_and_in_which_request(self, session: Session, at: datetime) -> None:
        log.request_id.set("abc")
        audit.record(session, ACTOR, "thing.do", "thing", "T-1", at=at, before={"n": 1}, after={"n": 2})
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.actor_label, entry.action, entry.object_key) == ("system:test", "thing.do", "T-1")
        assert (entry.before, entry.after) == ({"n": 1}, {"n": 2})
        assert (entry.at, entry.request_id) == (at, "abc")

    def test_is_kept_by_the_database(self, session: Session, at: datetime) -> None:
        record_three(session, at)
        for statement in ("UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"):
            with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
                session.execute(text(statement))
        assert is_whole(session, at)


class TestChain:
    def test_is_whole_when_empty_and_when_only_appended_to(self, session: Session, at: datetime) -> None:
        assert is_whole(session, at)
        record_three(session, at)
        assert is_whole(session, at)

    @pytest.mark.parametrize(
        "tampering",
        [
            "UPDATE audit_entries SET after = '{}' WHERE object_key = 'T-1'",
            "UPDATE audit_entries SET at = at + interval '1 second' WHERE object_key = 'T-2'",
            "DELETE FROM audit_entries WHERE object_key = 'T-0'",
            "DELETE FROM audit_entries WHERE object_key = 'T-1'",
            "DELETE FROM audit_entries WHERE object_key = 'T-2'",
            "DELETE FROM audit_entries",
        ],
    )
    def test_shows_tampering(self, session: Session, at: datetime, tampering: str) -> None:
        record_three(session, at)
        without_guard(session, tampering)
        assert not is_whole(session, at)
