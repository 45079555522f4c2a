from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.db import db, transaction
from tests.conftest import make_config
from tests.fakes import FakeProvider
from worker.app import create_worker
from worker.models import JobRun
from worker.schedule import JOBS, Job, beat_schedule, run_job
from worker.tasks import TASKS

AT = datetime(2026, 11, 21, 3, 0, 7, tzinfo=UTC)


def counting(runs: list[datetime], *, name: str = "count", every: timedelta = timedelta(minutes=2)) -> Job:
    def work(session: Session, *, at: datetime) -> int:
        runs.append(at)
        return 1

    return Job(name, every, work)


class TestSlot:
    @pytest.mark.parametrize(
        ("every", "offset", "slot"),
        [
            (timedelta(seconds=30), timedelta(0), datetime(2026, 11, 21, 3, 0, 0, tzinfo=UTC)),
            (timedelta(hours=1), timedelta(minutes=10), datetime(2026, 11, 21, 2, 10, tzinfo=UTC)),
            (timedelta(days=1), timedelta(hours=19), datetime(2026, 11, 20, 19, 0, tzinfo=UTC)),
        ],
    )
    def test_begins_at_a_multiple_of_its_interval(
        self, every: timedelta, offset: timedelta, slot: datetime
    ) -> None:
        job = Job("any", every, lambda session, *, at: 0, offset=offset)
        assert job.slot(AT) == slot


class TestRunJob:
    def test_runs_once_a_slot(self, session: Session) -> None:
        runs: list[datetime] = []
        job = counting(runs)
        assert run_job(session, job, at=AT) == 1
        assert run_job(session, job, at=AT + timedelta(seconds=90)) is None
        assert run_job(session, job, at=AT + timedelta(seconds=120)) == 1
        assert runs == [AT, AT + timedelta(seconds=120)]

    def test_makes_up_for_many_missed_slots_with_one_run(self, session: Session) -> None:
        runs: list[datetime] = []
        job = counting(runs)
        run_job(session, job, at=AT)
        later = AT + timedelta(hours=5)
        for second in range(3):
            run_job(session, job, at=later + timedelta(seconds=second))
        assert runs == [AT, later]

    def test_a_failed_run_is_made_up_for_at_the_next_check(self, app: Flask) -> None:
        def fail(session: Session, *, at: datetime) -> int:
            raise RuntimeError

        runs: list[datetime] = []
        with app.app_context():
            with pytest.raises(RuntimeError), transaction() as session:
                run_job(session, Job("same", timedelta(days=1), fail), at=AT)
            with transaction() as session:
                run_job(session, counting(runs, name="same", every=timedelta(days=1)), at=AT)
        assert runs == [AT]

    def test_two_beats_make_one_run(self, app: Flask) -> None:
        runs: list[datetime] = []
        job = counting(runs)

        def beat() -> None:
            with app.app_context():
                for second in range(0, 20, 2):
                    with transaction() as session:
                        run_job(session, job, at=AT + timedelta(seconds=second))

        threads = [Thread(target=beat) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(JobRun)) == 1
        assert len(runs) == 1


class TestBeatSchedule:
    def test_names_only_tasks_that_exist(self) -> None:
        assert {entry["task"] for entry in beat_schedule().values()} <= TASKS.keys()

    def test_checks_each_job_at_least_once_a_minute(self) -> None:
        entries = beat_schedule()
        for job in JOBS:
            entry = entries[job.name]
            assert entry["args"] == (job.name,)
            assert entry["schedule"] <= min(60, job.every.total_seconds())

    def test_is_what_the_beat_runs_and_every_message_expires(self) -> None:
        config = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
        entries: dict[str, Any] = create_worker(config, FakeProvider()).conf.beat_schedule
        assert entries == beat_schedule()
        assert all(entry["options"]["expires"] <= 60 for entry in entries.values())
