"""Reported problems for tests, written as the service does but for a parcel in any state."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from orders.models import Fulfilment, Problem, ProblemEntry, ProblemPicture


def make_problem(
    session: Session, parcel: Fulfilment, *, at: datetime, body: str = "Dua jaring sobek."
) -> tuple[Problem, UUID]:
    """An open problem with one photograph, and the key of that; its file is the caller's to put."""
    problem = Problem(
        number=f"MS-{uuid4().hex[:10].upper()}",
        fulfilment_id=parcel.id,
        reason="damaged",
        state="open",
        reported_at=at,
        answer_due_at=at + timedelta(days=2),
    )
    session.add(problem)
    session.flush()
    key = uuid4()
    session.add(
        ProblemEntry(
            problem_id=problem.id,
            idempotency_key=str(uuid4()),
            sender="customer",
            kind="reported",
            body=body,
            actor_label="customer",
            at=at,
        )
    )
    session.add(
        ProblemPicture(
            key=key,
            problem_id=problem.id,
            position=1,
            file_key=f"problems/{key}.jpg",
            width=9,
            height=7,
        )
    )
    session.flush()
    return problem, key
