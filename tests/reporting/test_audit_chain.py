"""`verify_chain` reads a whole log as whole, and names the entry where somebody's hand was."""

import hashlib
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.models import AuditEntry
from accounts.rules import system_actor
from accounts.services import audit
from reporting.audit_chain import BEGINNING, verify_chain

ACTOR = system_actor("test")


def record(session: Session, at: datetime, *names: str) -> None:
    for name in names:
        values = {"n": name, "ü": [1.5, None, {"deep": True}]}
        audit.record(session, ACTOR, "thing.do", "thing", name, at=at, after=values)


def by_force(session: Session, *statements: str) -> None:
    """Do what only somebody with the database's own keys can: switch the triggers off."""
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    for statement in statements:
        session.execute(text(statement))
    session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))


def test_a_log_is_whole_empty_and_after_each_entry(session: Session, at: datetime) -> None:
    assert verify_chain(session).head == BEGINNING
    record(session, at, "A", "B")
    verdict = verify_chain(session)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (verdict.entries, verdict.head, verdict.problem) == (2, last.hash, None)


@pytest.mark.parametrize(
    ("tampering", "broken", "problem"),
    [
        ("UPDATE audit_entries SET after = '{}' WHERE object_key = 'B'", "B", "is not what was written"),
        ("UPDATE audit_entries SET actor_label = 'x' WHERE object_key = 'A'", "A", "is not what was written"),
        ("DELETE FROM audit_entries WHERE object_key = 'B'", "C", "does not follow the entry before it"),
        ("DELETE FROM audit_entries WHERE object_key = 'A'", "B", "does not follow the entry before it"),
        ("DELETE FROM audit_entries WHERE object_key = 'C'", None, "does not end"),
        ("DELETE FROM audit_entries", None, "does not end"),
        ("DELETE FROM audit_head", None, "does not end"),
    ],
)
def test_the_broken_entry_is_named(
    session: Session, at: datetime, tampering: str, broken: str | None, problem: str
) -> None:
    record(session, at, "A", "B", "C")
    by_force(session, tampering)
    verdict = verify_chain(session)
    assert verdict.problem is not None
    assert problem in verdict.problem
    assert verdict.broken_at == session.scalar(select(AuditEntry.id).where(AuditEntry.object_key == broken))


def test_a_log_written_anew_is_told_by_a_head_that_was_noted(session: Session, at: datetime) -> None:
    record(session, at, "A", "B")
    noted = verify_chain(session).head
    record(session, at, "C")
    assert verify_chain(session, noted=noted).problem is None
    by_force(session, "DELETE FROM audit_entries", "UPDATE audit_head SET hash = sha256('lapak')")
    record(session, at, "A", "C")
    assert verify_chain(session).problem is None  # whole in itself
    forged = verify_chain(session, noted=noted).problem
    assert forged is not None
    assert "noted" in forged


def test_the_content_is_what_the_database_seals(session: Session, at: datetime) -> None:
    """The command writes an entry down by itself: both must write the same."""
    record(session, at, "A")
    content, previous, sealed = session.execute(
        text("SELECT audit_content(e), e.previous_hash, e.hash FROM audit_entries e")
    ).one()
    assert hashlib.sha256(bytes(previous) + bytes(content)).digest() == bytes(sealed)
    assert verify_chain(session).head == bytes(sealed)
