"""Every mail the shop can send, shown with made-up rows: one entry a mail, and the pages of development."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from flask import Blueprint, Response, make_response, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from accounts.events import AccountChanged, AccountTakenBack, Change, LinkAsked, NewsReleased
from accounts.rules import LINK_PURPOSES
from inventory.events import BackInStock, PermitEnding, PermitReviewed, ProductReviewed, RestockAsked
from kernel.clock import now
from kernel.db import db
from kernel.errors import NotFound
from kernel.mail import Mail
from operations.mail_samples import Sample, write_sample
from orders import events
from orders.models import Fulfilment, OrderEvent
from privacy.events import AccountErased, DataExportReady
from worker.notifications import (
    accounts,
    alerts,
    customers,
    enquiries,
    handing_over,
    my_data,
    news,
    permits,
    problems,
    products,
    restock,
    reviews,
    takeovers,
    upts,
)

blueprint = Blueprint("mail_previews", __name__)

LOCALES = ("id", "en")
VIEWS = ("light", "dark", "text")
_FRAMES_ALLOWED = "default-src 'none'; img-src 'self' data: http: https:; style-src 'unsafe-inline'"
_DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class Preview:
    """One mail: the handler that writes it, what it is handed for a sample, and what its case is called."""

    handler: Callable[..., object]
    event: Callable[[Sample], Any]
    case: str = ""
    prepare: Callable[[Sample, datetime], None] | None = None

    @property
    def name(self) -> str:
        """The word for it in an address."""
        return f"{self.handler.__name__}-{self.case}" if self.case else self.handler.__name__


def _has_ended(state: str) -> Callable[[Sample, datetime], None]:
    def end(sample: Sample, at: datetime) -> None:
        sample.order.state, sample.order.ended_at = state, at

    return end


def _has_come_to(state: str) -> Callable[[Sample, datetime], None]:
    def end(sample: Sample, _at: datetime) -> None:
        sample.parcel.state = state

    return end


def _waits(sample: Sample, _at: datetime) -> None:
    sample.parcel.hand_over, sample.parcel.state = "pickup", "ready"
    sample.parcel.shipped_at = sample.parcel.tracking_number = None


def _has_arrived(sample: Sample, at: datetime) -> None:
    session = object_session(sample.order)
    assert session is not None  # a sample is written in one
    session.add(
        OrderEvent(
            order_id=sample.order.id,
            fulfilment_id=sample.parcel.id,
            kind="fulfilment_delivered",
            actor_label="contoh",
            at=at,
        )
    )


def _was_taken_over(sample: Sample, at: datetime) -> None:
    session = object_session(sample.order)
    assert session is not None  # a sample is written in one
    takeover, first = sample.takeover, sample.parcel
    second = Fulfilment(
        number=f"{sample.order.number}-2",
        order_id=sample.order.id,
        upt_id=takeover.to_upt_id,
        state="accepted",
        shipping_cost=0,
        chargeable_weight_g=first.chargeable_weight_g,
        courier=first.courier,
        service=first.service,
        promised_from=first.promised_from,
        promised_until=first.promised_until,
    )
    session.add(second)
    session.flush()
    takeover.state, takeover.taken_by_id = "accepted", second.id
    takeover.decided_at, takeover.decided_label = at, "contoh"


def _takeover(event: type) -> Callable[[Sample], Any]:
    return lambda sample: event(sample.takeover.id)


def _was_asked(sample: Sample, at: datetime) -> None:
    session = object_session(sample.takeover)
    assert session is not None  # the sample was written with one
    takeovers.mail_takeover_asked(session, events.TakeoverAsked(sample.takeover.id), at=at)


def _was_reviewed(refusal: str) -> Callable[[Sample, datetime], None]:
    def review(sample: Sample, at: datetime) -> None:
        sample.permit.refusal = refusal
        if not refusal:
            sample.permit.verified_at, sample.permit.verified_by = at, "Kanwil Ditjenpas Jawa Barat"

    return review


def _reviewed(sample: Sample) -> PermitReviewed:
    return PermitReviewed(sample.permit.id, "2026-11-22")


def _decided(refusal: str) -> Callable[[Sample], ProductReviewed]:
    def decide(sample: Sample) -> ProductReviewed:
        return ProductReviewed(sample.review.product_id, sample.permit.upt_id, refusal, "2026-11-22")

    return decide


def _order(event: type) -> Callable[[Sample], Any]:
    return lambda sample: event(sample.order.id)


def _entry(event: type, name: str) -> Callable[[Sample], Any]:
    return lambda sample: event(sample.entries[name])


def _said_about(kind: str) -> Callable[[Sample], Any]:
    return lambda sample: events.ProblemAnswered(sample.problem[kind])


def _link(case: str) -> Callable[[Sample], Any]:
    return lambda sample: LinkAsked(sample.links[case].id)


def _changed(what: Change) -> Callable[[Sample], Any]:
    return lambda sample: AccountChanged(sample.reader.id, what)


def _review(event: type) -> Callable[[Sample], Any]:
    return lambda sample: event(sample.review.id)


def _refuse_review(sample: Sample, _at: datetime) -> None:
    sample.review.state, sample.review.reason = "refused", "Ulasannya tentang kurir, bukan barang."


def _violations(_sample: Sample) -> dict[str, list[dict[str, object]]]:
    return {"I1": [{"stock_id": 7, "on_hand": 12, "ledger": 11}]}


PREVIEWS: Sequence[Preview] = (
    # to customers about an order
    Preview(customers.mail_received, _order(events.OrderPlaced)),
    Preview(customers.mail_paid, _order(events.OrderPaid)),
    Preview(
        handing_over.mail_ready, lambda sample: events.FulfilmentReady(sample.parcel.id, 1), prepare=_waits
    ),
    Preview(customers.mail_shipped, lambda sample: events.FulfilmentShipped(sample.parcel.id)),
    Preview(
        customers.mail_delivered,
        lambda sample: events.FulfilmentDelivered(sample.parcel.id),
        prepare=_has_arrived,
    ),
    *(
        Preview(
            handing_over.mail_not_delivered,
            lambda sample: events.FulfilmentNotDelivered(sample.parcel.id, str(sample.shortage_id)),
            end,
            _has_come_to(end),
        )
        for end in ("returned", "lost")
    ),
    Preview(takeovers.mail_moved, _takeover(events.TakeoverAccepted), prepare=_was_taken_over),
    Preview(customers.mail_ended, _order(events.OrderEnded), "expired", _has_ended("expired")),
    Preview(customers.mail_ended, _order(events.OrderEnded), "cancelled", _has_ended("cancelled")),
    Preview(customers.mail_called_off, _order(events.OrderCalledOff), "customer"),
    Preview(
        customers.mail_reduced,
        lambda sample: events.FulfilmentReduced(sample.parcel.id, str(sample.shortage_id)),
    ),
    Preview(customers.mail_refunded, lambda sample: events.RefundSettled(str(sample.refund_id)), "late"),
    Preview(customers.mail_refunded, lambda sample: events.RefundSettled(str(sample.shortage_id))),
    # to customers about a request
    Preview(
        enquiries.mail_enquiry_received, lambda sample: events.EnquiryReceived(sample.enquiry_id), "booking"
    ),
    *(
        Preview(enquiries.mail_enquiry_answered, _entry(events.EnquiryAnswered, kind), kind)
        for kind in ("message", "confirmed", "declined", "closed", "link")
    ),
    # about problems
    Preview(
        problems.mail_problem_received, lambda sample: events.ProblemReported(sample.problem["reported"])
    ),
    *(
        Preview(problems.mail_problem_answered, _said_about(kind), kind)
        for kind in ("answered", "refunded", "closed")
    ),
    Preview(problems.announce_problem, lambda sample: events.ProblemReported(sample.problem["reported"])),
    # about reviews
    Preview(reviews.mail_invitation, _order(events.ReviewInvited)),
    Preview(reviews.mail_published, _review(events.ReviewPublished)),
    Preview(reviews.mail_refused, _review(events.ReviewRefused), prepare=_refuse_review),
    Preview(reviews.mail_answered, _review(events.ReviewAnswerPublished)),
    Preview(reviews.announce_published, _review(events.ReviewPublished)),
    # to customers who agreed to it
    Preview(news.mail_news, lambda sample: NewsReleased(sample.news_id, sample.reader.id - 1)),
    # to whom an account belongs, or is to belong
    *(Preview(accounts.mail_link, _link(purpose), purpose) for purpose in LINK_PURPOSES),
    *(Preview(accounts.mail_link_notice, _link(case), case) for case in ("known", "change_email")),
    *(Preview(accounts.mail_changed, _changed(what), what) for what in get_args(Change)),
    Preview(accounts.mail_taken_back, lambda sample: AccountTakenBack(sample.links["take_back"].id)),
    # to customers about their data
    Preview(my_data.mail_export_ready, lambda sample: DataExportReady(sample.export_id)),
    Preview(my_data.mail_account_erased, lambda sample: AccountErased(sample.erasure_id)),
    # to who waits for goods
    Preview(restock.mail_restock_question, lambda sample: RestockAsked(sample.restock_id)),
    Preview(restock.mail_back_in_stock, lambda sample: BackInStock(sample.variant_id)),
    # to UPTs
    Preview(upts.mail_packing, _order(events.OrderPaid)),
    Preview(handing_over.mail_to_be_fetched, lambda sample: events.PickupChosen(sample.parcel.id)),
    Preview(takeovers.mail_takeover_asked, _takeover(events.TakeoverAsked)),
    Preview(takeovers.mail_takeover_accepted, _takeover(events.TakeoverAccepted)),
    Preview(takeovers.mail_takeover_refused, _takeover(events.TakeoverRefused)),
    Preview(takeovers.mail_takeover_withdrawn, _takeover(events.TakeoverWithdrawn), prepare=_was_asked),
    Preview(upts.mail_called_off, _order(events.OrderCalledOff), "upt"),
    Preview(enquiries.announce_enquiry, lambda sample: events.EnquiryReceived(sample.enquiry_id)),
    Preview(enquiries.announce_continuation, _entry(events.EnquiryContinued, "again")),
    Preview(permits.mail_permit_ending, lambda sample: PermitEnding(sample.permit.id, 30)),
    Preview(permits.mail_permit_reviewed, _reviewed, "verified", _was_reviewed("")),
    Preview(permits.mail_permit_reviewed, _reviewed, "returned", _was_reviewed("Nomor tidak terbaca.")),
    Preview(products.mail_product_decided, _decided(""), "published"),
    Preview(products.mail_product_decided, _decided("Tulis satuan yang benar."), "returned"),
    # to the staff on duty
    Preview(alerts.alert_quarantined, lambda sample: events.PaymentQuarantined(str(sample.payment_id))),
    Preview(alerts.alert_disputed, lambda sample: events.PaymentDisputed(str(sample.payment_id))),
    Preview(alerts.alert_refund_failed, lambda sample: events.RefundFailed(str(sample.refund_id))),
    Preview(alerts.alert_violations, _violations),
)


def written(session: Session, preview: Preview, *, locale: str, at: datetime) -> list[Mail]:
    """The mails that a handler queues for a sample customer who reads `locale`; the caller rolls back."""
    sample = write_sample(session, locale=locale, at=at)
    if preview.prepare:
        preview.prepare(sample, at)
        session.flush()
    newest = session.scalar(select(Mail.id).order_by(Mail.id.desc()).limit(1)) or 0
    preview.handler(session, preview.event(sample), at=at)
    return list(session.scalars(select(Mail).where(Mail.id > newest).order_by(Mail.id)))


@blueprint.get("/styleguide/surat")
def mails() -> str:
    """List every mail with its subject in the languages it is sent in, and where to look at it."""
    subjects = {
        preview.name: {locale: _mail(preview, locale).subject for locale in LOCALES} for preview in PREVIEWS
    }
    return render_template("storefront/styleguide/mails.html", subjects=subjects, views=VIEWS)


@blueprint.get("/styleguide/surat/<name>/<any(id, en):locale>/<any(light, dark, text):view>")
def mail(name: str, locale: str, view: str) -> Response:
    """Show one mail as a mail program does: in the light, in the dark, or its text."""
    preview = next((each for each in PREVIEWS if each.name == name), None)
    if preview is None:
        raise NotFound
    letter = _mail(preview, locale)
    if view == "text":
        return Response(letter.body_text, mimetype="text/plain")
    response = make_response(in_scheme(letter.body_html, view))
    response.headers["Content-Security-Policy"] = _FRAMES_ALLOWED
    return response


def in_scheme(html: str, scheme: str) -> str:
    """The mail as it looks in one scheme, whatever the device prefers."""
    html = html.replace('content="light dark"', f'content="{scheme}"')
    return html.replace(_DARK, "@media all" if scheme == "dark" else "@media not all")


def _mail(preview: Preview, locale: str) -> Mail:
    """The first mail of a preview, written in a transaction that is given up again."""
    with Session(db.engine) as session:
        letter = written(session, preview, locale=locale, at=now())[0]
        session.expunge(letter)
        session.rollback()
    return letter


def has_dark_rules(html: str) -> bool:
    """Whether a mail says how it looks in the dark."""
    return re.search(re.escape(_DARK), html) is not None
