from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.mail import (
    MOST_ATTEMPTS,
    PATIENCE,
    Letter,
    Mail,
    claim_mail,
    compose,
    mark_failed,
    mark_sent,
    queue_mail,
    take_due_mails,
)

LETTER = Letter("ibu@example.id", "Pesanan Anda", "Terima kasih.", "<p>Terima kasih.</p>", "id")


def the_mail(session: Session) -> Mail:
    return session.scalars(select(Mail).execution_options(populate_existing=True)).one()


class TestQueueMail:
    def test_the_same_news_is_queued_once(self, session: Session, at: datetime) -> None:
        for _ in range(2):
            queue_mail(session, LETTER, cause="event:1:paid", at=at)
        assert the_mail(session).message_id == "<event.1.paid@mail.lapak>"


class TestTakeDueMails:
    def test_names_a_mail_again_only_after_a_while(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        ((mail_id, attempts),) = take_due_mails(session, at=at)
        assert attempts == 0
        assert take_due_mails(session, at=at + timedelta(seconds=5)) == []
        assert take_due_mails(session, at=at + timedelta(seconds=31)) == [(mail_id, 0)]

    def test_does_not_name_what_is_not_due(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at + timedelta(hours=1))
        assert take_due_mails(session, at=at) == []


class TestClaimMail:
    def test_only_the_first_of_two_senders_gets_it(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        mail_id = the_mail(session).id
        mail = claim_mail(session, mail_id, 0, at=at)
        assert mail is not None
        assert (mail.attempts, mail.letter) == (1, LETTER)
        assert claim_mail(session, mail_id, 0, at=at) is None

    def test_a_sent_mail_cannot_be_claimed(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        mail = claim_mail(session, the_mail(session).id, 0, at=at)
        assert mail is not None
        mark_sent(session, mail, at=at)
        assert claim_mail(session, mail.id, 1, at=at) is None
        assert (the_mail(session).state, the_mail(session).sent_at) == ("sent", at)

    def test_a_sender_that_died_is_replaced_after_its_lease(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        claim_mail(session, the_mail(session).id, 0, at=at)
        assert take_due_mails(session, at=at + timedelta(seconds=119)) == []
        assert take_due_mails(session, at=at + timedelta(seconds=121)) == [(the_mail(session).id, 1)]


class TestMarkFailed:
    @pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (3, 8), (9, 240), (400, 240)])
    def test_waits_twice_as_long_each_time(
        self, session: Session, at: datetime, attempts: int, seconds: int
    ) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        row = the_mail(session)
        row.attempts = attempts - 1
        session.flush()
        mail = claim_mail(session, row.id, attempts - 1, at=at)
        assert mail is not None
        assert not mark_failed(session, mail, error="busy", final=False, at=at)
        assert the_mail(session).due_at == at + timedelta(seconds=seconds)

    def test_a_final_refusal_is_not_tried_again(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        mail = claim_mail(session, the_mail(session).id, 0, at=at)
        assert mail is not None
        assert mark_failed(session, mail, error="550 no such user", final=True, at=at)
        assert (the_mail(session).state, the_mail(session).last_error) == ("dead", "550 no such user")

    @pytest.mark.parametrize(
        ("attempts", "age", "given_up"),
        [
            (MOST_ATTEMPTS, timedelta(hours=1), False),
            (MOST_ATTEMPTS - 1, PATIENCE, False),
            (MOST_ATTEMPTS, PATIENCE, True),
        ],
    )
    def test_is_patient_for_a_day(
        self, session: Session, at: datetime, attempts: int, age: timedelta, given_up: bool
    ) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        row = the_mail(session)
        row.attempts = attempts - 1
        session.flush()
        mail = claim_mail(session, row.id, attempts - 1, at=at + age)
        assert mail is not None
        assert mark_failed(session, mail, error="refused", final=False, at=at + age) is given_up


class TestLeavingNoTrace:
    def test_it_is_forgotten_once_it_is_sent_or_given_up(self, session: Session, at: datetime) -> None:
        for cause in ("sent", "dead"):
            queue_mail(session, LETTER, cause=cause, at=at, leaves_no_trace=True)
            mail = claim_mail(session, the_mail(session).id, 0, at=at)
            assert mail is not None
            if cause == "sent":
                mark_sent(session, mail, at=at)
            else:
                assert not mark_failed(session, mail, error="busy", final=False, at=at)
                assert the_mail(session).state == "queued"
                mark_failed(session, mail, error="550", final=True, at=at)
            assert session.scalars(select(Mail)).all() == []


class TestCompose:
    def test_of_a_list_it_can_be_stopped_with_one_request(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        mail = claim_mail(session, the_mail(session).id, 0, at=at)
        assert mail is not None
        message = compose(mail, sender="Lapak <a@b.example>", stop_url="https://lapak.example/berhenti/x")
        assert message["List-Unsubscribe"] == "<https://lapak.example/berhenti/x>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert compose(mail, sender="a@b.example")["List-Unsubscribe"] is None

    def test_carries_the_rows_message_id_on_every_try(self, session: Session, at: datetime) -> None:
        queue_mail(session, LETTER, cause="event:1:paid", at=at)
        mail = claim_mail(session, the_mail(session).id, 0, at=at)
        assert mail is not None
        message = compose(mail, sender="Lapak PAS <pesanan@lapak.example>")
        assert message["Message-ID"] == "<event.1.paid@mail.lapak>"
        assert message["To"] == "ibu@example.id"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]

    @pytest.mark.parametrize("recipient", ["", "@example.id", "ibu@", "ibu", "ibu sari@example.id"])
    def test_refuses_what_is_no_address(self, session: Session, at: datetime, recipient: str) -> None:
        queue_mail(session, replace(LETTER, recipient=recipient), cause="event:1:paid", at=at)
        mail = claim_mail(session, the_mail(session).id, 0, at=at)
        assert mail is not None
        with pytest.raises(ValueError, match=r".+"):
            compose(mail, sender="Lapak PAS <pesanan@lapak.example>")
