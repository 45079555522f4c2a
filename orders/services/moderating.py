"""What staff do with reviews: moderators publish or refuse them, the reviewed UPT answers once in public."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from inventory.rules import CATALOGUE
from inventory.services.rating import hold_rating, set_rating
from kernel.db import mark_changed
from kernel.outbox import publish
from orders.errors import ReviewAnswered, ReviewChanged, ReviewNotYours, WrongState
from orders.events import ReviewAnswerPublished, ReviewPublished, ReviewRefused
from orders.models import Review
from orders.queries.reviews import review_for
from orders.rules.reviews import REVIEW_MOVES
from orders.rules.screening import check_message


def may_moderate(actor: Actor, upt_id: int) -> bool:
    """Whether the actor decides on reviews of this UPT: an office above it, and nobody who works there."""
    return actor.may("review.moderate") and upt_id not in actor.upt_ids


def may_reply(actor: Actor, review: Review) -> bool:
    """Whether the actor answers for the reviewed UPT, which it does once and in public."""
    return actor.may_at("review.answer", review.upt_id) and review.state == "published" and not review.answer


def publish_review(session: Session, number: str, *, seen: int, actor: Actor, at: datetime) -> bool:
    """Show a review on its product's page; False when it is shown. `seen` is the version that was read.

    Raises ReviewNotFound, ReviewNotYours, ReviewChanged, WrongState.
    """
    review = _decide(session, number, "published", "", seen=seen, actor=actor, at=at)
    if review is None:
        return False
    publish(session, ReviewPublished(review.id))
    return True


def refuse_review(
    session: Session, number: str, reason: str, *, seen: int, actor: Actor, at: datetime
) -> bool:
    """Refuse a review, or take it down, for a reason that its buyer is told; False when it is refused.

    Raises ReviewNotFound, ReviewNotYours, ReviewChanged, MessageRefused, WrongState.
    """
    check_message(reason)
    review = _decide(session, number, "refused", reason, seen=seen, actor=actor, at=at)
    if review is None:
        return False
    publish(session, ReviewRefused(review.id))
    return True


def answer_review(session: Session, number: str, body: str, *, actor: Actor, at: datetime) -> bool:
    """Put the UPT's answer under a published review; False when it is there, word for word.

    Raises ReviewNotFound, ReviewNotYours, ReviewAnswered, WrongState, MessageRefused.
    """
    review = review_for(session, actor, number, lock=True)
    if not actor.may_at("review.answer", review.upt_id):
        raise ReviewNotYours
    if review.state != "published":
        raise WrongState(state=review.state)
    if review.answer:
        if review.answer == body:
            return False
        raise ReviewAnswered
    check_message(body, addresses=False)
    review.answer, review.answered_at = body, at
    session.flush()
    mark_changed(session, CATALOGUE)
    publish(session, ReviewAnswerPublished(review.id))
    record(session, actor, "review.answered", "review", number, upt_id=review.upt_id, at=at)
    return True


def remove_answer(session: Session, number: str, *, seen: int, actor: Actor, at: datetime) -> bool:
    """Take the UPT's answer down, which may write another; False when there is none.

    Raises ReviewNotFound, ReviewNotYours, ReviewChanged.
    """
    review = review_for(session, actor, number, lock=True)
    if not may_moderate(actor, review.upt_id):
        raise ReviewNotYours
    if not review.answer:
        return False
    if review.version != seen:
        raise ReviewChanged
    review.answer, review.answered_at, review.version = "", None, review.version + 1
    session.flush()
    mark_changed(session, CATALOGUE)
    record(session, actor, "review.answer_removed", "review", number, upt_id=review.upt_id, at=at)
    return True


def _decide(
    session: Session, number: str, state: str, reason: str, *, seen: int, actor: Actor, at: datetime
) -> Review | None:
    review = review_for(session, actor, number, lock=True)
    if not may_moderate(actor, review.upt_id):
        raise ReviewNotYours
    if review.state == state:
        return None
    if review.version != seen:
        raise ReviewChanged
    if state not in REVIEW_MOVES[review.state]:
        raise WrongState(state=review.state)
    before = {"state": review.state}
    hold_rating(session, review.product_id)
    review.state, review.reason, review.decided_at, review.decided_by = state, reason, at, actor.label
    review.version += 1
    session.flush()
    counted = select(func.count(), func.coalesce(func.sum(Review.stars), 0))
    shown = counted.where(Review.product_id == review.product_id, Review.state == "published")
    count, total = session.execute(shown).one()
    set_rating(session, review.product_id, count=count, total=total)
    record(
        session,
        actor,
        f"review.{state}",
        "review",
        number,
        upt_id=review.upt_id,
        before=before,
        after={"state": state},
        at=at,
    )
    return review
