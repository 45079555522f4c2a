"""Reviews: what the product's page shows of them, all of them on a page of their own, and writing one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from flask import Blueprint, flash, make_response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from accounts.rules import Actor
from accounts.web.limits import limiter
from inventory.errors import ProductNotFound
from inventory.images import TakenPicture
from inventory.queries.product_rows import ProductRow
from inventory.queries.products import product_by_slug
from inventory.rules import parse_pieces
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError, Unavailable
from kernel.files import files
from kernel.forms import form_key
from kernel.i18n import locale_code
from kernel.web import accepts_uploads, keep_private, sentence, status_of, to, upload_is_too_heavy
from orders.errors import MessageRefused, ReviewExists, ReviewSettled, ReviewTooSoon
from orders.queries.reviews import (
    ShownReview,
    published_picture,
    published_reviews,
    review_picture_of_order,
    reviewed_line,
)
from orders.rules.pictures import MOST_PICTURES, Picture
from orders.rules.reviews import LONGEST_REVIEW, shown_name
from orders.services.reviewing import write_review
from orders.web.order_access import check_order_link
from storefront.web.order_door import buyer
from storefront.web.sent_pictures import MOST_BYTES_SENT, keep_with, pictures_field, refuse_weight, taken_in
from storefront.web.shelves import rating_text
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("reviews", __name__)

REVIEWS_PER_VISITOR = "60 per hour"

_ON_PRODUCT = 5
_MOST_PAGES = 10_000
_PICTURE_KEPT = "public, max-age=300"


class ReviewForm(FlaskForm):
    """Stars and words. `key` is the page's own: a repeat changes nothing."""

    class Meta:
        csrf = False

    key = form_key()
    stars = RadioField(
        lazy_gettext("How do you like it?"),
        choices=[
            SelectChoice("5", lazy_gettext("5 stars: very good")),
            SelectChoice("4", lazy_gettext("4 stars: good")),
            SelectChoice("3", lazy_gettext("3 stars: it will do")),
            SelectChoice("2", lazy_gettext("2 stars: not so good")),
            SelectChoice("1", lazy_gettext("1 star: bad")),
        ],
        validators=[InputRequired(lazy_gettext("Please choose one to five stars."))],
        invalid_choice_message=lazy_gettext("Please choose one to five stars."),
    )
    body = TextAreaField(
        lazy_gettext("Your review"),
        filters=[lambda value: value.strip().replace("\r\n", "\n") if value else ""],
        validators=[
            InputRequired(lazy_gettext("Please write what you think of it.")),
            Length(
                max=LONGEST_REVIEW,
                message=lazy_gettext("Please write at most %(most)s characters.", most=LONGEST_REVIEW),
            ),
        ],
        render_kw={"rows": 6, "maxlength": LONGEST_REVIEW},
    )
    pictures = pictures_field(
        lazy_gettext(
            "Up to %(most)s pictures (JPEG, PNG, WebP) of the goods, without faces. Everybody sees them once"
            " they are published; new ones take the place of those you sent before.",
            most=MOST_PICTURES,
        )
    )
    without_old = BooleanField(lazy_gettext("Remove the photographs sent before"))


def reviews_on_page(session: Session, product: ProductRow) -> Sequence[ShownReview]:
    """The newest reviews for the product's own page; asks nothing where there are none."""
    if not product.rating_count:
        return ()
    return published_reviews(session, product.id, size=_ON_PRODUCT).rows


@blueprint.get("/produk/<slug>/ulasan")
def reviews(slug: str) -> Response:
    """All reviews of a product, the newest first. Two statements."""
    product = product_by_slug(reading_session(), slug, locale=locale_code())
    if product is None or product.is_withdrawn:
        raise ProductNotFound
    page = min(max(parse_pieces(request.args.get("hal", "1")) or 1, 1), _MOST_PAGES)
    allow_keeping()
    body = render_page(
        "storefront/catalogue/reviews.html",
        product=product,
        found=published_reviews(reading_session(), product.id, page=page),
        rating=rating_text(product.rating_total, product.rating_count),
    )
    return make_response(body)


@blueprint.get("/ulasan/foto/<uuid:key>")
def picture(key: UUID) -> Response:
    """A photograph of a published review; kept for minutes only, since a review can be taken down."""
    answer = Response(files().get(published_picture(reading_session(), key)), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = _PICTURE_KEPT
    return answer


@blueprint.get("/pesanan/<number>/<token>/ulasan/foto/<uuid:key>")
def own_picture(number: str, token: str, key: UUID) -> Response:
    """A photograph that the buyer of this order sent, whatever became of the review."""
    check_order_link(number, token)
    found = review_picture_of_order(reading_session(), number, key)
    return keep_private(Response(files().get(found), mimetype="image/jpeg"))


@blueprint.get("/pesanan/<number>/<token>/ulasan/<int:position>")
def show(number: str, token: str, position: int) -> Response:
    """The buyer's review of one line of the order, and the form while it can be written."""
    check_order_link(number, token)
    own = reviewed_line(reading_session(), number, position).review
    written = {"stars": str(own.stars), "body": own.body} if own else {}
    return _page(number, token, position, ReviewForm(formdata=None, key=str(uuid4()), **written))


@blueprint.post("/pesanan/<number>/<token>/ulasan/<int:position>")
@limiter.limit(REVIEWS_PER_VISITOR, key_func=get_remote_address)
@accepts_uploads(MOST_BYTES_SENT)
def write(number: str, token: str, position: int) -> Response:
    """Store the review; what is refused is said in place."""
    check_order_link(number, token)
    line = reviewed_line(reading_session(), number, position)
    if upload_is_too_heavy():
        form = ReviewForm(formdata=None, key=str(uuid4()))
        refuse_weight(form.pictures)
        return _page(number, token, position, form, status=422)
    form = ReviewForm()
    is_valid = form.validate()
    taken = taken_in(form.pictures)
    if not is_valid or taken is None:
        return _page(number, token, position, form, status=422)
    try:
        is_new = _write(number, position, form, taken, writer=buyer(line.user_id))
    except MessageRefused as refusal:
        form.body.errors = (sentence(refusal),)
        return _page(number, token, position, form, status=status_of(refusal))
    except (ReviewExists, ReviewSettled, ReviewTooSoon, Unavailable) as refusal:
        return _page(number, token, position, form, refusal, status=status_of(refusal))
    if is_new:
        flash(_("Thank you. Your review appears once a moderator has read it."), "good")
    else:
        flash(_("This was sent already; nothing was done twice."), "info")
    return redirect(to(f"/pesanan/{number}/{token}/ulasan/{position}"), 303)


def _write(
    number: str, position: int, form: ReviewForm, taken: Sequence[TakenPicture], *, writer: Actor
) -> bool:
    leaves_old = not taken and not form.without_old.data

    def write(pictures: Sequence[Picture]) -> bool:
        with transaction() as session:
            return write_review(
                session,
                number,
                position,
                stars=int(form.stars.data),
                body=form.body.data,
                key=form.key.data,
                pictures=None if leaves_old else pictures,
                actor=writer,
                at=now(),
            )

    return keep_with(taken, "reviews", write)


def _page(
    number: str,
    token: str,
    position: int,
    form: ReviewForm,
    refusal: DomainError | None = None,
    *,
    status: int = 200,
) -> Response:
    line = reviewed_line(reading_session(), number, position)
    page = render_page(
        "storefront/orders/review.html",
        line=line,
        number=number,
        token=token,
        position=position,
        form=form,
        problem=sentence(refusal) if refusal else None,
        shown_as=shown_name(line.customer),
    )
    return keep_private(make_response(page, status))
