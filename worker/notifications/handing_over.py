"""Mails about parcels that go another way than by courier to the door, or that do not reach it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.i18n import DEFAULT_LOCALE, PREFIXES, locale_code
from kernel.money import rupiah
from kernel.web import config
from orders.events import FulfilmentNotDelivered, FulfilmentReady, PickupChosen
from orders.queries.notices import order_of_parcel, packing_notice_of, refund_notice
from orders.rules.pickup import pickup_code, spoken
from worker.notifications.order_parts import (
    goods_of,
    greeting,
    link_to,
    loss_in_words,
    parcel_in,
    post_to_buyer,
)
from worker.notifications.writing import Content, post


def mail_to_be_fetched(session: Session, event: PickupChosen, *, at: datetime) -> None:
    """Tell the UPT that a customer comes for a parcel, so that nobody hands it to a courier."""
    settings, notice = config(), packing_notice_of(session, event.fulfilment_id)

    def write() -> Content:
        return Content(
            subject=_("Not to be sent: parcel %(number)s is fetched", number=notice.number),
            opening=(
                _(
                    "The customer fetches this parcel at your institution. Please pack it as usual, then note"
                    " on its page that it may be fetched: the customer gets a code, and shows it to you."
                ),
            ),
            link=(f"{settings.base_url}/staff/paket/{notice.number}", _("Open the parcel")),
            facts=((_("Institution"), notice.upt_name), (_("Customer"), f"{notice.name}, {notice.phone}")),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    cause = f"parcel:{notice.number}:pickup"
    recipient = notice.upt_email or settings.alert_mail
    post(session, write, recipient=recipient, locale=DEFAULT_LOCALE, cause=cause, at=at)


def mail_ready(session: Session, event: FulfilmentReady, *, at: datetime) -> None:
    """A parcel may be fetched: where, and by which code. Nothing once it is, or a newer code was sent.

    The mail is deleted once it is sent, for the code stands in it.
    """
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = parcel_in(order, event.fulfilment_id)
    if parcel.state != "ready" or parcel.code_round != event.code_round:
        return
    settings = config()
    code = spoken(pickup_code(parcel.number, parcel.code_round, secret_key=settings.secret_key))

    def write() -> Content:
        page = f"{settings.base_url}{PREFIXES[locale_code()]}/upt/{parcel.upt_slug}"
        return Content(
            subject=_("Parcel %(number)s waits for you", number=parcel.number),
            opening=(
                greeting(order.name),
                _(
                    "Your parcel is packed at %(upt)s and may be fetched. Show this code there; give it to"
                    " nobody else: whoever shows it gets the parcel.",
                    upt=parcel.upt_name,
                ),
            ),
            link=(link_to(order.number), _("Follow the order")),
            facts=(
                (_("Pick-up code"), code),
                (_("Where"), ", ".join(part for part in (parcel.upt_address, parcel.city) if part)),
                (_("When the office is open"), page),
            ),
            parcels=(goods_of(parcel),),
        )

    what = f"ready:{parcel.number}:{event.code_round}"
    post_to_buyer(session, order, write, what, at, leaves_no_trace=True)


def mail_not_delivered(session: Session, event: FulfilmentNotDelivered, *, at: datetime) -> None:
    """A parcel came back, or is lost: what is returned."""
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = parcel_in(order, event.fulfilment_id)
    amount = refund_notice(session, UUID(event.refund_id)).amount if event.refund_id else 0

    def write() -> Content:
        if parcel.state == "lost":
            subject = _("Parcel %(number)s is lost", number=parcel.number)
            said = loss_in_words(parcel)
        else:
            subject = _("Parcel %(number)s came back", number=parcel.number)
            said = _(
                "Your parcel could not be handed to you and is back at %(upt)s. If you still want the goods,"
                " please order them once more.",
                upt=parcel.upt_name,
            )
        returned = _("We return %(amount)s to you the way you paid.", amount=rupiah(amount))
        return Content(
            subject=subject,
            opening=(greeting(order.name), said, *((returned,) if amount else ())),
            link=(link_to(order.number), _("Look at the order")),
            parcels=(goods_of(parcel),),
        )

    post_to_buyer(session, order, write, f"{parcel.state}:{parcel.number}", at)
