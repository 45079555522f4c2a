"""What runs by the clock: the pulses that ring doorbells, and jobs that run once per slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from inventory.services import batches, catalogue, pausing, permit_warnings
from orders.services import expiring, inviting, reconciling
from privacy.services import erasing, exporting
from worker import purging, recounting, sweeping
from worker.models import JobRun

RELAY_TASK, MAILS_TASK, JOB_TASK = "lapak.relay", "lapak.mails", "lapak.job"

_CHECK_AT_LEAST = timedelta(minutes=1)
_EXPIRES_SECONDS = 5
_NIGHT = timedelta(hours=19)  # UTC: two in the morning in western Indonesia
_MIDNIGHT = timedelta(hours=17, minutes=5)  # UTC: the day of western Indonesia has begun by every clock
_MORNING = timedelta(hours=0, minutes=30)  # UTC: half past seven there, when offices open


class Work(Protocol):
    """A job: changes rows or publishes events, and says how many. It must not commit."""

    def __call__(self, session: Session, *, at: datetime) -> int:
        """Do it as of `at`, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its slots: they begin at multiples of `every` since midnight UTC, shifted by `offset`."""

    name: str
    every: timedelta
    work: Work
    offset: timedelta = timedelta(0)

    def slot(self, at: datetime) -> datetime:
        """The beginning of the slot that `at` lies in."""
        first = datetime(2000, 1, 1, tzinfo=UTC) + self.offset
        return at - (at - first) % self.every


JOBS: tuple[Job, ...] = (
    Job("expire_orders", timedelta(seconds=30), expiring.expire_orders),
    Job("check_payments", timedelta(minutes=1), reconciling.check_payments),
    Job("collect_notices", timedelta(minutes=5), reconciling.collect_notices),
    Job("recount_stock", timedelta(hours=1), recounting.recount_stock),
    Job("check_invariants", timedelta(days=1), recounting.check_invariants, offset=_NIGHT),
    Job("forget_exports", timedelta(minutes=15), exporting.forget_old_exports),
    Job("forget_held", timedelta(days=1), erasing.forget_held, offset=_NIGHT),
    Job("leave_out_resting", timedelta(days=1), catalogue.leave_out_resting, offset=_MIDNIGHT),
    Job("end_past_pauses", timedelta(days=1), pausing.end_past_pauses, offset=_MIDNIGHT),
    Job("warn_of_ending", timedelta(days=1), permit_warnings.warn_of_ending, offset=_MORNING),
    Job("invite_reviews", timedelta(hours=1), inviting.invite_reviews),
    Job("sweep_files", timedelta(days=1), sweeping.sweep_due, offset=_NIGHT),
    Job("withdraw_expired", timedelta(hours=1), batches.withdraw_expired),
    Job("purge", timedelta(days=1), purging.purge, offset=_NIGHT),
)


def run_job(session: Session, job: Job, *, at: datetime) -> int | None:
    """Run `job` unless its present slot has run; None when there was nothing to do.

    The slot's row is written in the job's own transaction, so a run that fails is made up for at the next
    check. Slots missed while nothing ran are made up for by one run.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(f"job:{job.name}")))):
        return None
    new = session.execute(
        insert(JobRun)
        .values(job=job.name, slot=job.slot(at), started_at=at)
        .on_conflict_do_nothing()
        .returning(JobRun.slot)
    )
    if new.one_or_none() is None:
        return None
    return job.work(session, at=at)


def beat_schedule(jobs: tuple[Job, ...] = JOBS) -> dict[str, dict[str, Any]]:
    """What the beat queues: the pulses, and a check of each job at least once a minute."""
    entries: dict[str, dict[str, Any]] = {
        "relay": _entry(RELAY_TASK, timedelta(seconds=1)),
        "mails": _entry(MAILS_TASK, timedelta(seconds=2)),
    }
    for job in jobs:
        entries[job.name] = _entry(JOB_TASK, min(job.every, _CHECK_AT_LEAST), job.name)
    return entries


def _entry(task: str, every: timedelta, *args: str) -> dict[str, Any]:
    seconds = every.total_seconds()
    # a message that waited for the next one would only repeat it
    return {
        "task": task,
        "schedule": seconds,
        "args": args,
        "options": {"expires": max(seconds, _EXPIRES_SECONDS)},
    }
