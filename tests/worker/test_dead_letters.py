from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import now
from kernel.db import transaction
from kernel.mail import Letter, Mail, claim_mail, mark_failed, queue_mail
from tests.worker.conftest import HandWorker, Rang
from worker.dead_letters import dead_letters, replay
from worker.deliveries import Subscription

LETTER = Letter("ibu@example.id", "Pesanan", "Teks", "<p>Teks</p>", "id")


def fail(session: Session, event: Rang, *, at: datetime) -> None:
    raise RuntimeError("not today")


def bury_a_mail(session: Session, at: datetime) -> Mail:
    queue_mail(session, LETTER, cause="order:LP-1:paid", at=at)
    mail = session.scalars(select(Mail)).one()
    claimed = claim_mail(session, mail.id, 0, at=at)
    assert claimed is not None
    mark_failed(session, claimed, error="550 unknown", final=True, at=at)
    session.refresh(mail)
    return mail


class TestDeadLetters:
    def test_names_a_mail_by_its_cause_and_not_by_its_address(self, session: Session, at: datetime) -> None:
        mail = bury_a_mail(session, at)
        (letter,) = dead_letters(session)
        assert (letter.id, letter.what, letter.reason) == (
            f"mail-{mail.id}",
            "order:LP-1:paid",
            "550 unknown",
        )
        assert "ibu@example.id" not in repr(letter)

    def test_is_empty_while_all_is_well(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="order:LP-1:paid", at=at)
        assert dead_letters(session) == []


class TestReplay:
    def test_a_mail_is_sent_again(self, session: Session, at: datetime) -> None:
        mail = bury_a_mail(session, at)
        assert replay(session, f"mail-{mail.id}", at=at) == 1
        session.refresh(mail)
        assert (mail.state, mail.attempts) == ("queued", 0)
        assert dead_letters(session) == []

    def test_another_letter_stays(self, session: Session, at: datetime) -> None:
        bury_a_mail(session, at)
        assert replay(session, "mail-0", at=at) == 0
        assert len(dead_letters(session)) == 1

    def test_a_delivery_has_its_effect_after_the_fault_is_mended(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "leave_row", fail)]
        worker.publish(Rang(1))
        for _ in range(5):
            worker.hurry()
            for bell in worker.bells():
                worker.answer(bell)
        with transaction() as session:
            (letter,) = dead_letters(session)
        assert letter.what == 'leave_row of Rang {"number": 1}'
        assert (letter.attempts, letter.reason) == (5, "RuntimeError: not today")
        seen: list[int] = []

        def see(session: Session, event: Rang, *, at: datetime) -> None:
            seen.append(event.number)

        worker.subscriptions = [Subscription(Rang, "leave_row", see)]
        with transaction() as session:
            assert replay(session, None, at=now()) == 1
        for bell in worker.bells():
            worker.answer(bell)
        assert seen == [1]
        assert worker.delivery().state == "done"
