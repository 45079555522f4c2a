"""What the schedule has already done: one row per job and slot, so two beats make one run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base


class JobRun(Base):
    """A scheduled job's run for one slot (the start of its interval, UTC)."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
