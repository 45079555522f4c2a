"""`lapak check-invariants` and `lapak verify-audit` say what holds and fail on what does not."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from accounts.services import audit
from operations.audit import verify_audit_command
from operations.errors import OperationsError
from operations.invariants import check_invariants_command
from reporting import audit_chain
from reporting.audit_chain import BEGINNING

SETTINGS = {
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "s" * 40,
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "MAIL_URL": "smtp://127.0.0.1:1",
    "BASE_URL": "http://localhost",
}


class TestCheckInvariants:
    def test_all_is_well_on_an_empty_shop_and_a_broken_counter_is_named(
        self, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = new_database()
        for name, value in {**SETTINGS, "DATABASE_URL": url}.items():
            monkeypatch.setenv(name, value)
        sound = CliRunner().invoke(check_invariants_command)
        assert sound.exit_code == 0, sound.output
        assert "BROKEN" not in sound.output
        whole = CliRunner().invoke(verify_audit_command, ["--noted", BEGINNING.hex()])
        assert (whole.exit_code, whole.output.strip().endswith(BEGINNING.hex())) == (0, True), whole.output
        for wrong, said in (("zz", "no hash"), ("00" * 32, "written anew")):
            refused = CliRunner().invoke(verify_audit_command, ["--noted", wrong])
            assert isinstance(refused.exception, OperationsError)
            assert said in str(refused.exception)

        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE audit_head SET hash = 'forged'"))
        engine.dispose()
        broken = CliRunner().invoke(check_invariants_command)
        assert broken.exit_code == 1
        assert "BROKEN  I22" in broken.output
        forged = CliRunner().invoke(verify_audit_command)
        assert isinstance(forged.exception, OperationsError)
        assert "entries are missing" in str(forged.exception)


class TestVerifyAudit:
    def test_what_is_written_while_the_log_is_read_is_no_tampering(
        self, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = new_database()
        for name, value in {**SETTINGS, "DATABASE_URL": url}.items():
            monkeypatch.setenv(name, value)
        engine = create_engine(url)
        for number in range(3):
            write(engine, f"A-{number}")
        met: list[bytes] = []

        def sha256(content: bytes) -> Any:
            """Each entry that is read is met by one more that somebody writes."""
            met.append(content)
            write(engine, f"B-{len(met)}")
            return hashlib.sha256(content)

        monkeypatch.setattr(audit_chain, "_AT_ONCE", 1)
        monkeypatch.setattr(audit_chain, "hashlib", SimpleNamespace(sha256=sha256))
        whole = CliRunner().invoke(verify_audit_command)
        assert whole.exit_code == 0, whole.exception
        assert f"{len(met)} entries" in whole.output
        assert len(met) == 3
        engine.dispose()


def write(engine: Engine, key: str) -> None:
    """One entry, by a connection of its own."""
    with Session(engine) as session, session.begin():
        moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
        audit.record(session, system_actor("test"), "thing.do", "thing", key, at=moment)
