"""`lapak check-invariants` and `lapak verify-audit` say what holds and fail on what does not."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from operations.audit import verify_audit_command
from operations.errors import OperationsError
from operations.invariants import check_invariants_command
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
