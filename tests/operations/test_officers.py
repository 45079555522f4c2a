"""The commands that let officers in and out, as a person runs them, on a database of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from operations.cli import lapak
from tests.factories.inventory import make_kanwil, make_upt

PASSWORD = "a password for officers"
ASEP = "asep@example.id"
ADD = ("add", ASEP, "Asep", "--role", "upt_officer", "--at", "LPS-GARUT")


@pytest.fixture
def shop(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A shop with Lapas Garut and its Kanwil, named in the environment as the commands read it."""
    database = new_database()
    engine = create_engine(database)
    with Session(engine) as session:
        make_upt(session, code="LPS-GARUT", kanwil=make_kanwil(session, "Jawa Barat"))
        session.commit()
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("CELERY_BROKER_URL", valkey_url)
    monkeypatch.setenv("LAPAK_VAR", str(tmp_path / "var"))
    return database


def run(*arguments: str, password: str = PASSWORD) -> Result:
    """Run a command in this process; the password is typed when it asks."""
    return CliRunner().invoke(lapak, ["officers", *arguments], input=f"{password}\n{password}\n")


def refusal(result: Result) -> str:
    """The sentence a command ended with."""
    assert result.exit_code != 0
    return str(result.exception)


def audited(database: str) -> list[str]:
    engine = create_engine(database)
    with engine.connect() as connection:
        actions = connection.execute(text("SELECT action FROM audit_entries ORDER BY id")).scalars().all()
    engine.dispose()
    return list(actions)


def give_second_step(database: str) -> None:
    """Set up the second step of whoever there is, with one recovery code."""
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at)"
                " SELECT id, 'sealed', now(), now() FROM users"
            )
        )
        connection.execute(
            text("INSERT INTO recovery_codes (user_id, code_hash) SELECT id, 'hash' FROM users")
        )
    engine.dispose()


def second_steps(database: str) -> tuple[int, int]:
    """How many second steps and recovery codes there are."""
    engine = create_engine(database)
    with engine.connect() as connection:
        factors = connection.execute(text("SELECT count(*) FROM second_factors")).scalar_one()
        codes = connection.execute(text("SELECT count(*) FROM recovery_codes")).scalar_one()
    engine.dispose()
    return factors, codes


class TestOfficers:
    def test_a_life_of_an_officer(self, shop: str) -> None:
        assert run(*ADD).output.endswith("asep@example.id can sign in.\n")
        assert (
            run("grant", "asep@example.id", "--role", "kanwil_officer", "--at", "jawa-barat").exit_code == 0
        )
        assert run("list").output == (
            "asep@example.id  Asep  upt_officer at LPS-GARUT, kanwil_officer at jawa-barat\n"
        )
        assert "Revoked." in run("revoke", "asep@example.id", *ADD[3:]).output
        assert "Nothing changed" in run("revoke", "asep@example.id", *ADD[3:]).output
        assert "new password" in run("password", "asep@example.id").output
        assert "is shut out." in run("disable", "asep@example.id").output
        assert "is shut out already." in run("disable", "asep@example.id").output
        assert run("list").output.endswith("kanwil_officer at jawa-barat  (shut out)\n")
        assert "is let in." in run("enable", "asep@example.id").output
        assert audited(shop) == [
            *("user.add", "membership.grant", "membership.grant", "membership.revoke"),
            *("user.set_password", "user.disable", "user.enable"),
        ]

    def test_each_refusal_is_a_sentence_and_changes_nothing(self, shop: str) -> None:
        assert "too short" in refusal(run(*ADD, password="short"))
        assert "no UPT of code" in refusal(run(*ADD[:-1], "LPS-NONE"))
        assert "holds for one upt" in refusal(run(*ADD[:-2]))
        assert "Nobody signs in with budi@example.id" in refusal(run("disable", "budi@example.id"))
        assert audited(shop) == []
        run(*ADD)
        before = audited(shop)
        assert "already signs in" in refusal(run(*ADD))
        assert audited(shop) == before

    def test_a_lost_second_step_is_forgotten(self, shop: str) -> None:
        run(*ADD)
        assert "Nothing changed: asep@example.id has no second step." in run("forget-code", ASEP).output
        give_second_step(shop)
        before = audited(shop)
        assert "Nobody signs in with budi@example.id" in refusal(run("forget-code", "budi@example.id"))
        assert (audited(shop), second_steps(shop)) == (before, (1, 1))
        assert "sets up a new second step at the next sign-in." in run("forget-code", ASEP).output
        assert second_steps(shop) == (0, 0)
        assert audited(shop) == [*before, "user.forget_second_factor"]
        assert "Nothing changed" in run("forget-code", ASEP).output
        assert audited(shop) == [*before, "user.forget_second_factor"]

    def test_a_password_is_never_shown(self, shop: str) -> None:
        assert PASSWORD not in run(*ADD).output
