"""What a buyer says of what they bought: written once a product, and reworded until it is published.

Whoever calls has proven the buyer's right to the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from kernel.files import FilesToForget
from kernel.outbox import publish
from orders.errors import ReviewExists, ReviewSettled, ReviewTooSoon, StarsInvalid
from orders.models import Order, Review, ReviewPicture
from orders.queries.payments import lock_buyers_order
from orders.queries.reviews import ReviewedLine, reviewed_line
from orders.rules.pictures import Picture
from orders.rules.reviews import MOST_STARS
from orders.rules.screening import check_message
from orders.services.numbering import draw_number


def write_review(
    session: Session,
    order_number: str,
    position: int,
    *,
    stars: int,
    body: str,
    key: str,
    pictures: Sequence[Picture] | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Write or reword the review of an order line; it waits for a moderator. False for a repeated key.

    `pictures` take the place of those it had; None leaves these.
    Raises OrderNotFound, OrderLineNotFound, ReviewTooSoon before the delivery, ReviewExists when the buyer
    has reviewed the product with another line, ReviewSettled once it is published, StarsInvalid and
    MessageRefused.
    """
    order = lock_buyers_order(session, order_number)
    line = reviewed_line(session, order_number, position)
    review = session.scalar(select(Review).where(Review.order_line_id == line.id).with_for_update())
    if review is not None and review.key == key:
        return False
    if line.upt_id is None:
        raise ReviewTooSoon
    if not 1 <= stars <= MOST_STARS:
        raise StarsInvalid
    check_message(body, known=[order.number], addresses=False)
    if review is None:
        _check_first(session, order, line)
        review = Review(
            number=draw_number("UL"),
            order_line_id=line.id,
            product_id=line.product_id,
            upt_id=line.upt_id,
            version=0,
        )
        session.add(review)
    elif review.state == "published":
        raise ReviewSettled
    review.state, review.stars, review.body, review.key = "waiting", stars, body, key
    review.version, review.changed_at = review.version + 1, at
    review.decided_at, review.decided_by, review.reason = None, "", ""
    review.answer, review.answered_at = "", None
    session.flush()
    if pictures is not None:
        _replace_pictures(session, review, pictures)
    after = {"stars": stars, "version": review.version}
    record(session, actor, "review.written", "review", review.number, upt_id=line.upt_id, after=after, at=at)
    return True


def _replace_pictures(session: Session, review: Review, pictures: Sequence[Picture]) -> None:
    old = delete(ReviewPicture).where(ReviewPicture.review_id == review.id)
    keys = session.scalars(old.returning(ReviewPicture.file_key)).all()
    if keys:
        publish(session, FilesToForget(list(keys)))
    session.add_all(
        ReviewPicture(
            key=picture.key,
            review_id=review.id,
            position=position,
            file_key=picture.file_key,
            width=picture.width,
            height=picture.height,
        )
        for position, picture in enumerate(pictures, start=1)
    )


def _check_first(session: Session, order: Order, line: ReviewedLine) -> None:
    """Raises ReviewExists when the buyer, by account or address, has reviewed the product already.

    First reviews of a product wait for each other here: a buyer may have several orders of it.
    """
    session.execute(_LOCK, {"key": f"review:{line.product_id}"})
    values = {"product_id": line.product_id, "email": order.buyer_email, "user_id": order.user_id}
    if session.execute(_OTHER, values).scalar_one():
        raise ReviewExists


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

_OTHER = text(
    """
    SELECT EXISTS (
        SELECT FROM reviews r JOIN order_lines l ON l.id = r.order_line_id JOIN orders o ON o.id = l.order_id
        WHERE r.product_id = :product_id
          AND (o.user_id = CAST(:user_id AS bigint) OR (o.buyer_email = :email AND o.buyer_email <> ''))
    )
    """
)
