from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from kernel.mail import Letter, claim_mail, mark_failed, queue_mail, take_due_mails
from operations.cli import lapak
from operations.errors import OperationsError

LETTER = Letter("ibu@example.id", "Pesanan", "Teks", "<p>Teks</p>", "id")


@pytest.fixture
def run(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: datetime
) -> Callable[..., str]:
    """Runs `lapak dead-letters ...` on a database with two mails that were given up; gives what it says."""
    url = new_database()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        for cause in ("order:LP-1:paid", "order:LP-2:paid"):
            queue_mail(session, LETTER, cause=cause, at=at)
        for mail_id, attempts in take_due_mails(session, at=at):
            mail = claim_mail(session, mail_id, attempts, at=at)
            assert mail is not None
            mark_failed(session, mail, error="550 unknown", final=True, at=at)
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url.replace("+psycopg", ""))
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("LAPAK_VAR", str(tmp_path))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(lapak, ["dead-letters", *arguments], catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    return run


class TestDeadLetters:
    def test_are_listed_with_their_reason(self, run: Callable[..., str]) -> None:
        output = run("list")
        assert "mail-1" in output
        assert "order:LP-2:paid  after 1 attempt: 550 unknown" in output
        assert output.endswith("2 dead letters\n")

    def test_one_is_tried_again(self, run: Callable[..., str]) -> None:
        assert run("replay", "mail-2") == "1 dead letter will be tried again.\n"
        assert run("list").endswith("\n1 dead letter\n")

    def test_all_are_tried_again(self, run: Callable[..., str]) -> None:
        assert run("replay", "--all") == "2 dead letters will be tried again.\n"
        assert run("list") == "0 dead letters\n"

    @pytest.mark.parametrize("arguments", [["replay", "mail-99"], ["replay"], ["replay", "mail-1", "--all"]])
    def test_what_makes_no_sense_changes_nothing(self, run: Callable[..., str], arguments: list[str]) -> None:
        with pytest.raises(OperationsError):
            run(*arguments)
        assert run("list").endswith("2 dead letters\n")
