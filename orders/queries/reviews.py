"""Reviews as plain values: on a product's page, for their buyer, for staff within their scope, for mails."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Product
from kernel.db import in_portions
from orders.errors import OrderLineNotFound, ReviewNotFound
from orders.models import Order, OrderLine, Review, ReviewPicture
from orders.queries.pictures import PictureView
from orders.rules.reviews import shown_name

PAGE_SIZE = 20
STAFF_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A published review; `author` is a first name with an initial, empty where there is none to show.

    `body` and `author` are empty once its buyer was forgotten.
    """

    stars: int
    body: str
    locale: str
    author: str
    upt_name: str
    at: datetime
    answer: str
    pictures: tuple[PictureView, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Some reviews of a product, the newest first, from page 1."""

    rows: tuple[ShownReview, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class OwnReview:
    """A buyer's review as they see it."""

    state: str
    stars: int
    body: str
    reason: str
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A line of an order that may be reviewed: `upt_id` is who delivered it, None while nothing came."""

    id: int
    product_id: int
    product: str
    slug: str
    category: str
    variant: str
    user_id: int | None
    customer: str
    upt_id: int | None
    review: OwnReview | None


@dataclass(frozen=True, slots=True)
class StaffReview:
    """A review as staff read it: of what, of whom, by whom (as it is shown)."""

    number: str
    state: str
    stars: int
    body: str
    version: int
    product: str
    product_slug: str
    upt_name: str
    locale: str
    author: str
    changed_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    answer: str
    answered_at: datetime | None
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True, slots=True)
class StaffReviewPage:
    """Some reviews of a list, from page 1."""

    rows: tuple[StaffReview, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class ReviewNotice:
    """What mails about a review need to know; `reason` is of a refused one."""

    number: str
    state: str
    product: str
    slug: str
    stars: int
    body: str
    reason: str
    decided_at: datetime | None
    answer: str
    answered_at: datetime | None
    order_number: str
    position: int
    name: str
    email: str
    locale: str
    user_id: int | None
    upt_name: str
    upt_email: str | None


_PICTURES = """
    (SELECT coalesce(jsonb_agg(jsonb_build_object('key', p.key, 'width', p.width, 'height', p.height)
                               ORDER BY p.position), '[]')
     FROM review_pictures p WHERE p.review_id = {}.id)
"""
_PUBLISHED = text(
    f"""
    SELECT r.stars, r.body, o.locale, o.name AS author, u.name AS upt_name, r.decided_at AS at, r.answer,
           {_PICTURES.format("r")} AS pictures
    FROM reviews r JOIN order_lines l ON l.id = r.order_line_id JOIN orders o ON o.id = l.order_id
    JOIN upts u ON u.id = r.upt_id
    WHERE r.product_id = :product_id AND r.state = 'published'
    ORDER BY r.decided_at DESC, r.id DESC OFFSET :skipped LIMIT :most
    """  # noqa: S608 -- our own words
)

_LINE = text(
    f"""
    SELECT l.id, v.product_id, l.product_name AS product, p.slug, c.slug AS category,
           l.variant_name AS variant, o.user_id, o.name AS customer,
           (SELECT min(f.upt_id) FROM fulfilment_lines fl JOIN fulfilments f ON f.id = fl.fulfilment_id
            WHERE fl.order_line_id = l.id AND fl.shipped > 0 AND f.state = 'delivered') AS upt_id,
           r.state, r.stars, r.body, r.reason, {_PICTURES.format("r")} AS pictures
    FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN variants v ON v.id = l.variant_id
    JOIN products p ON p.id = v.product_id JOIN categories c ON c.id = p.category_id
    LEFT JOIN reviews r ON r.order_line_id = l.id
    WHERE o.number = :order_number AND l.position = :position
    """  # noqa: S608 -- our own words
)

_NOTICE = text(
    """
    SELECT r.number, r.state, l.product_name AS product, p.slug, r.stars, r.body, r.reason, r.decided_at,
           r.answer, r.answered_at,
           o.number AS order_number, l.position, o.name, o.email, o.locale, o.user_id,
           u.name AS upt_name, u.email AS upt_email
    FROM reviews r JOIN order_lines l ON l.id = r.order_line_id JOIN orders o ON o.id = l.order_id
    JOIN products p ON p.id = r.product_id JOIN upts u ON u.id = r.upt_id
    WHERE r.id = :id
    """
)


def published_reviews(
    session: Session, product_id: int, *, page: int = 1, size: int = PAGE_SIZE
) -> ReviewPage:
    """The published reviews of a product. One statement."""
    values = {"product_id": product_id, "skipped": (page - 1) * size, "most": size + 1}
    found = session.execute(_PUBLISHED, values).mappings().all()
    rows = tuple(
        ShownReview(**{**row, "author": shown_name(row["author"]), "pictures": _pictures(row["pictures"])})
        for row in found[:size]
    )
    return ReviewPage(rows, page, has_next=len(found) > size)


def reviewed_line(session: Session, order_number: str, position: int) -> ReviewedLine:
    """A line of an order with its review. The caller has proven its right. Raises OrderLineNotFound."""
    values = {"order_number": order_number, "position": position}
    row = session.execute(_LINE, values).mappings().one_or_none()
    if row is None:
        raise OrderLineNotFound
    line = {**row, "pictures": _pictures(row["pictures"])}
    own = OwnReview(**{name: line.pop(name) for name in ("state", "stars", "body", "reason", "pictures")})
    return ReviewedLine(**line, review=own if own.state is not None else None)


def review_notice(session: Session, review_id: int) -> ReviewNotice:
    """What mails say of a review."""
    return ReviewNotice(**session.execute(_NOTICE, {"id": review_id}).mappings().one())


def published_picture(session: Session, key: UUID) -> str:
    """The file of a photograph that all may see. Raises ReviewNotFound."""
    return _file(session, key, Review.state == "published")


def review_picture_of_order(session: Session, order_number: str, key: UUID) -> str:
    """The file of a photograph that the buyer of that order sent. Raises ReviewNotFound."""
    return _file(session, key, Order.number == order_number)


def review_picture_for(session: Session, actor: Actor, key: UUID) -> str:
    """The file of a photograph of a review that the actor may see. Raises ReviewNotFound."""
    return _file(session, key, _seen_by(actor))


def owned_review_pictures(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to a photograph of a review."""
    return set(session.scalars(select(ReviewPicture.file_key).where(ReviewPicture.file_key.in_(keys))))


def review_for(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Review:
    """The review as it is now, if the actor may see it; `lock` holds it. Raises ReviewNotFound."""
    query = select(Review).join(Upt, Upt.id == Review.upt_id).where(Review.number == number, _seen_by(actor))
    if lock:
        query = query.with_for_update(of=Review)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ReviewNotFound
    return found


def staff_review(session: Session, actor: Actor, number: str) -> StaffReview:
    """The review with what it is of, if the actor may see it. Raises ReviewNotFound."""
    row = session.execute(_staff_query(actor).where(Review.number == number)).one_or_none()
    if row is None:
        raise ReviewNotFound
    return _staff_row(row._asdict())


def reviews_for(session: Session, actor: Actor, *, states: Collection[str], page: int) -> StaffReviewPage:
    """The reviews the actor may see: those that wait for a decision, the longest on top, then the newest."""
    last = page * STAFF_PAGE_SIZE + 1
    query = (
        _staff_query(actor)
        .where(Review.id.in_(_first(actor, states, last)))
        .order_by(_IS_WAITING.desc(), case((_IS_WAITING, Review.changed_at)), Review.id.desc())
        .offset(last - STAFF_PAGE_SIZE - 1)
        .limit(STAFF_PAGE_SIZE + 1)
    )
    rows = [_staff_row(row._asdict()) for row in session.execute(query)]
    return StaffReviewPage(tuple(rows[:STAFF_PAGE_SIZE]), page, has_next=len(rows) > STAFF_PAGE_SIZE)


def review_rows(session: Session, actor: Actor, *, states: Collection[str]) -> Iterator[StaffReview]:
    """All of them, those that wait for a decision first, then the newest."""
    query = _staff_query(actor).where(Review.state.in_(states))
    names = query.selected_columns.keys()
    for row in in_portions(session, query, (_IS_WAITING, Review.id), is_falling=True):
        yield _staff_row(dict(zip(names, row, strict=True)))


_IS_WAITING: ColumnElement[bool] = Review.state == "waiting"


def _first(actor: Actor, states: Collection[str], most: int) -> CompoundSelect[int]:
    """The longest waiting and the newest of the others: no page shows more, however many there are."""
    found = select(Review.id).join(Upt, Upt.id == Review.upt_id)
    found = found.where(Review.state.in_(states), _seen_by(actor))
    return union_all(
        found.where(_IS_WAITING).order_by(Review.changed_at, Review.id.desc()).limit(most),
        found.where(~_IS_WAITING).order_by(Review.id.desc()).limit(most),
    )


def reviews_waiting(session: Session, actor: Actor) -> int:
    """How many reviews wait to be decided on by the actor; none for those who do not decide."""
    query = select(func.count()).select_from(Review).join(Upt, Upt.id == Review.upt_id)
    return session.scalars(query.where(Review.state == "waiting", _seen_by(actor))).one()


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """What is published is its UPT's to read; what waits or was refused only the offices' above it."""
    shown = Review.state == "published"
    decides = Review.upt_id.not_in(actor.upt_ids) if actor.may("review.moderate") else shown
    return and_(in_scope(actor), or_(shown, decides))


def _staff_query(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Review.number,
            Review.state,
            Review.stars,
            Review.body,
            Review.version,
            Product.name.label("product"),
            Product.slug.label("product_slug"),
            Upt.name.label("upt_name"),
            Order.locale,
            Order.name.label("author"),
            Review.changed_at,
            Review.decided_at,
            Review.decided_by,
            Review.reason,
            Review.answer,
            Review.answered_at,
            literal_column(_PICTURES.format("reviews"), JSONB).label("pictures"),
        )
        .join(Upt, Upt.id == Review.upt_id)
        .join(Product, Product.id == Review.product_id)
        .join(OrderLine, OrderLine.id == Review.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(_seen_by(actor))
    )


def _staff_row(row: Mapping[str, Any]) -> StaffReview:
    shown = {"author": shown_name(row["author"]), "pictures": _pictures(row["pictures"])}
    return StaffReview(**{**row, **shown})


def _pictures(found: Sequence[Mapping[str, Any]]) -> tuple[PictureView, ...]:
    return tuple(PictureView(UUID(each["key"]), each["width"], each["height"]) for each in found)


def _file(session: Session, key: UUID, condition: ColumnElement[bool]) -> str:
    query = (
        select(ReviewPicture.file_key)
        .join(Review, Review.id == ReviewPicture.review_id)
        .join(Upt, Upt.id == Review.upt_id)
        .join(OrderLine, OrderLine.id == Review.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
    )
    found = session.scalar(query.where(ReviewPicture.key == key, condition))
    if found is None:
        raise ReviewNotFound
    return found
