from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Handover
from kernel.mail import Letter, Mail, queue_mail
from kernel.outbox import OutboxDelivery, OutboxEvent
from worker.models import JobRun
from worker.purging import purge

LETTER = Letter("ibu@example.id", "Pesanan", "Teks", "<p>Teks</p>", "id")


def add_event(session: Session, *, at: datetime, state: str, dispatched: bool = True) -> None:
    event = OutboxEvent(name="Rang", payload={}, created_at=at, dispatched_at=at if dispatched else None)
    session.add(event)
    session.flush()
    if dispatched:
        done_at = at if state == "done" else None
        session.add(OutboxDelivery(event_id=event.id, handler="h", state=state, done_at=done_at, due_at=at))
        session.flush()


def leave(session: Session, *, done_at: datetime | None, at: datetime) -> None:
    """A note to the national office."""
    done_by = "Budi" if done_at else None
    session.add(Handover(about="S", body="B", written_by="K", at=at, done_at=done_at, done_by=done_by))


class TestPurge:
    def test_forgets_what_is_done_and_old(self, session: Session, at: datetime) -> None:
        add_event(session, at=at - timedelta(days=31), state="done")
        session.add(JobRun(job="any", slot=at - timedelta(days=8), started_at=at - timedelta(days=8)))
        queue_mail(session, LETTER, cause="old", at=at - timedelta(days=91))
        mail = session.scalars(select(Mail)).one()
        mail.state, mail.sent_at = "sent", at - timedelta(days=91)
        leave(session, done_at=at - timedelta(days=91), at=at - timedelta(days=400))
        session.flush()
        assert purge(session, at=at) == 5
        for model in (OutboxEvent, OutboxDelivery, JobRun, Mail, Handover):
            assert session.scalars(select(model)).all() == []

    def test_keeps_what_is_young_unsettled_or_dead(self, session: Session, at: datetime) -> None:
        add_event(session, at=at - timedelta(days=29), state="done")
        add_event(session, at=at - timedelta(days=400), state="dead")
        add_event(session, at=at - timedelta(days=400), state="pending")
        add_event(session, at=at - timedelta(days=400), state="", dispatched=False)
        session.add(JobRun(job="any", slot=at - timedelta(days=6), started_at=at - timedelta(days=6)))
        queue_mail(session, LETTER, cause="old", at=at - timedelta(days=400))
        leave(session, done_at=None, at=at - timedelta(days=400))
        leave(session, done_at=at - timedelta(days=89), at=at - timedelta(days=400))
        session.flush()
        assert purge(session, at=at) == 0
