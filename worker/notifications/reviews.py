"""Mails about reviews: the invitation, what became of a review, and to the UPT that it may answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.notices import ORDER
from kernel.i18n import DEFAULT_LOCALE, PREFIXES
from kernel.web import config
from orders.events import ReviewAnswerPublished, ReviewInvited, ReviewPublished, ReviewRefused
from orders.links import order_url
from orders.queries.notices import buyer_of, order_notice
from orders.queries.reviews import ReviewNotice, review_notice
from worker.notifications.writing import Content, Notice, post


def mail_invitation(session: Session, event: ReviewInvited, *, at: datetime) -> None:
    """Ask the buyer how they like what has arrived, unless they want no mails about orders."""
    order = order_notice(session, event.order_id)
    user_id = buyer_of(session, order.number)

    def write() -> Content:
        names = dict.fromkeys(
            line.name
            for parcel in order.parcels
            if parcel.state == "delivered"
            for line in parcel.lines
            if line.quantity > line.cancelled
        )
        return Content(
            subject=_("How do you like it? Order %(number)s", number=order.number),
            opening=(
                _("Dear %(name)s,", name=order.name),
                _(
                    "everything of your order has arrived. Others who think of buying it would like to know"
                    " how you find it, and so would those who made it."
                ),
            ),
            link=(_order_link(order.number, order.locale), _("Write a review")),
            facts=((_("What you bought"), ", ".join(names)),),
            closing=(_("We ask once and remind nobody."),),
        )

    post(
        session,
        write,
        recipient=order.email,
        locale=order.locale,
        cause=f"order:{order.number}:review",
        at=at,
        notice=Notice(ORDER, user_id) if user_id else None,
    )


def mail_published(session: Session, event: ReviewPublished, *, at: datetime) -> None:
    """Thank the buyer, each time it is published, unless it was taken down since."""
    review = review_notice(session, event.review_id)
    if review.state != "published":
        return

    def write() -> Content:
        return Content(
            subject=_("Your review of %(product)s is published", product=review.product),
            opening=(
                _("Dear %(name)s,", name=review.name),
                _("thank you: your review stands on the product's page now."),
            ),
            link=(_product_link(review), _("See it on the product page")),
        )

    _to_buyer(session, review, write, f"published:{review.decided_at}", at)


def announce_published(session: Session, event: ReviewPublished, *, at: datetime) -> None:
    """Tell the UPT what is said of its goods, and that it may answer, unless it was taken down since."""
    review = review_notice(session, event.review_id)
    if review.state != "published":
        return
    settings = config()

    def write() -> Content:
        return Content(
            subject=_("A review of %(product)s", product=review.product),
            opening=(
                _(
                    "A buyer has reviewed your goods, and a moderator has published it."
                    " You may answer it once."
                ),
            ),
            link=(f"{settings.base_url}/staff/ulasan/{review.number}", _("Read and answer")),
            facts=((_("Stars"), str(review.stars)), (_("Review"), review.body)),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    recipient = review.upt_email or settings.alert_mail
    cause = f"review:{review.number}:announced:{review.decided_at}"
    post(session, write, recipient=recipient, locale=DEFAULT_LOCALE, cause=cause, at=at)


def mail_refused(session: Session, event: ReviewRefused, *, at: datetime) -> None:
    """Tell the buyer why, and that they may reword it, unless they have done so or it is shown again."""
    review = review_notice(session, event.review_id)
    if review.state != "refused":
        return

    def write() -> Content:
        return Content(
            subject=_("Your review of %(product)s is not published", product=review.product),
            opening=(
                _("Dear %(name)s,", name=review.name),
                _("a moderator has read your review and could not publish it. You may reword it."),
            ),
            link=(_own_link(review), _("Reword the review")),
            facts=((_("Reason"), review.reason),),
        )

    _to_buyer(session, review, write, f"refused:{review.decided_at}", at)


def mail_answered(session: Session, event: ReviewAnswerPublished, *, at: datetime) -> None:
    """Tell the buyer what the UPT says to it, unless the answer is not shown any more."""
    review = review_notice(session, event.review_id)
    if review.state != "published" or not review.answer:
        return

    def write() -> Content:
        return Content(
            subject=_("%(upt)s has answered your review", upt=review.upt_name),
            opening=(
                _("Dear %(name)s,", name=review.name),
                _("there is an answer to your review of %(product)s.", product=review.product),
            ),
            link=(_product_link(review), _("See it on the product page")),
            facts=((review.upt_name, review.answer),),
        )

    _to_buyer(session, review, write, f"answered:{review.answered_at}", at)


def _to_buyer(
    session: Session, review: ReviewNotice, write: Callable[[], Content], what: str, at: datetime
) -> None:
    cause = f"review:{review.number}:{what}"
    post(session, write, recipient=review.email, locale=review.locale, cause=cause, at=at)


def _order_link(number: str, locale: str) -> str:
    settings = config()
    return order_url(settings.base_url, number, secret_key=settings.secret_key, locale=locale)


def _own_link(review: ReviewNotice) -> str:
    return f"{_order_link(review.order_number, review.locale)}/ulasan/{review.position}"


def _product_link(review: ReviewNotice) -> str:
    return f"{config().base_url}{PREFIXES[review.locale]}/produk/{review.slug}#ulasan"
