"""Mails to customers, in the language of their order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.i18n import moment, province_zone, weekday_date
from kernel.money import rupiah
from orders.events import (
    FulfilmentDelivered,
    FulfilmentReduced,
    FulfilmentShipped,
    OrderCalledOff,
    OrderEnded,
    OrderPaid,
    OrderPlaced,
    RefundSettled,
)
from orders.queries.notices import order_notice, order_of_parcel, refund_notice
from orders.rules.handling import NOT_FETCHED
from orders.rules.problems import REPORT_DAYS, last_day, report_until
from worker.notifications.order_parts import (
    address,
    carriers,
    delivery_in_words,
    goods_of,
    greeting,
    link_to,
    link_to_problem,
    parcel_in,
    post_to_buyer,
    promise,
    reduction_in_words,
    stoppable,
    sums,
)
from worker.notifications.writing import Content, Goods, Parcel, post


def mail_received(session: Session, event: OrderPlaced, *, at: datetime) -> None:
    """The order is written down: how and until when to pay, unless it has ended already.

    Who has paid within the second in which this runs gets it too: it is their receipt of the order.
    """
    order = order_notice(session, event.order_id)
    if order.state in ("cancelled", "expired"):
        return  # we are late: the mail that it has ended says all there is to say

    def write() -> Content:
        until = moment(order.expires_at, province_zone(order.province_code))
        return Content(
            subject=_("Order %(number)s: please pay by %(until)s", number=order.number, until=until),
            opening=(
                greeting(order.name),
                _(
                    "Thank you for your order. The goods are kept for you until %(until)s."
                    " If it is not paid by then, the order ends by itself and nothing is charged.",
                    until=until,
                ),
            ),
            link=(link_to(order.number), _("Pay and follow the order")),
            parcels=tuple(goods_of(parcel) for parcel in order.parcels),
            sums=sums(order),
            total=order.total,
            facts=address(order),
        )

    post_to_buyer(session, order, write, "received", at)


def mail_paid(session: Session, event: OrderPaid, *, at: datetime) -> None:
    """The money is there: what happens now."""
    order = order_notice(session, event.order_id)

    def write() -> Content:
        return Content(
            subject=_("Order %(number)s is paid", number=order.number),
            opening=(
                greeting(order.name),
                _(
                    "We have received your payment of %(amount)s, thank you. Each institution now packs its"
                    " own parcel; you hear from us when one is on its way.",
                    amount=rupiah(order.total),
                ),
            ),
            link=(link_to(order.number), _("Follow the order")),
            parcels=tuple(goods_of(parcel) for parcel in order.parcels),
            sums=sums(order),
            total=order.total,
            facts=(*address(order), *(promise(parcel) for parcel in order.parcels)),
        )

    post_to_buyer(session, order, write, "paid", at)


def mail_shipped(session: Session, event: FulfilmentShipped, *, at: datetime) -> None:
    """One parcel is on its way. The order's page says so too: who has an account may stop this."""
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = parcel_in(order, event.fulfilment_id)

    def write() -> Content:
        if parcel.hand_over == "upt_delivery":
            said = _("%(upt)s brings your parcel to you itself.", upt=parcel.upt_name)
            carrier: tuple[tuple[str, str], ...] = ()
        else:
            said = _("%(upt)s has handed your parcel to the courier.", upt=parcel.upt_name)
            carrier = carriers(parcel)
        return Content(
            subject=_("Parcel %(number)s is on its way", number=parcel.number),
            opening=(greeting(order.name), said),
            link=(link_to(order.number), _("Follow the order")),
            facts=(*carrier, *address(order)),
            parcels=(goods_of(parcel),),
            closing=(
                _(
                    "Once it has arrived, please say so on the order's page. Until %(days)s working days"
                    " after that you can report a problem there.",
                    days=REPORT_DAYS,
                ),
            ),
        )

    post_to_buyer(session, order, write, f"shipped:{parcel.number}", at, stoppable(session, order))


def mail_delivered(session: Session, event: FulfilmentDelivered, *, at: datetime) -> None:
    """The UPT says that a parcel has arrived: until when to report a problem, also that it has not.

    Who said it themselves on the order's page has read this there.
    """
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = parcel_in(order, event.fulfilment_id)
    delivered = [
        entry
        for entry in order.events
        if entry.kind == "fulfilment_delivered" and entry.parcel_number == parcel.number
    ]
    if not delivered or delivered[-1].is_customers:
        return
    zone = province_zone(order.province_code)
    day = last_day(report_until(delivered[-1].at, zone), zone)

    def write() -> Content:
        return Content(
            subject=_("Parcel %(number)s has arrived", number=parcel.number),
            opening=(
                greeting(order.name),
                delivery_in_words(parcel),
                _(
                    "Is something broken, wrong or missing, or is the parcel not there at all? Please report"
                    " it by %(day)s; photographs help.",
                    day=weekday_date(day),
                ),
            ),
            link=(link_to_problem(order.number, parcel.number), _("Report a problem")),
            facts=((_("Report a problem by"), weekday_date(day)), *address(order)),
            parcels=(goods_of(parcel),),
            closing=(_("If all is well, there is nothing to do. Enjoy what you bought!"),),
        )

    post_to_buyer(session, order, write, f"delivered:{parcel.number}", at, stoppable(session, order))


def mail_ended(session: Session, event: OrderEnded, *, at: datetime) -> None:
    """The order ended unpaid: cancelled by the customer, or its time was over."""
    order = order_notice(session, event.order_id)

    def write() -> Content:
        if order.state == "expired":
            subject = _("Order %(number)s has expired", number=order.number)
            sentence = _("The time to pay is over, so the order has ended and its goods are free again.")
        else:
            subject = _("Order %(number)s is cancelled", number=order.number)
            sentence = _("As you wished, the order is cancelled and its goods are free again.")
        return Content(
            subject=subject,
            opening=(greeting(order.name), sentence),
            link=(link_to(order.number), _("Look at the order")),
            closing=(
                _("Should a payment still arrive for it, the whole amount is returned the way it came."),
            ),
        )

    post_to_buyer(session, order, write, "ended", at)


def mail_called_off(session: Session, event: OrderCalledOff, *, at: datetime) -> None:
    """The customer called the paid order off: what is returned."""
    order = order_notice(session, event.order_id)
    amount = sum(refund.amount for refund in order.refunds if refund.reason == "called_off")

    def write() -> Content:
        returned = _("We return %(amount)s to you the way you paid.", amount=rupiah(amount))
        return Content(
            subject=_("Order %(number)s is cancelled", number=order.number),
            opening=(
                greeting(order.name),
                _("As you wished, the order is cancelled and its goods are free again."),
                *((returned,) if amount else ()),
            ),
            link=(link_to(order.number), _("Look at the order")),
        )

    post_to_buyer(session, order, write, "called_off", at)


def mail_reduced(session: Session, event: FulfilmentReduced, *, at: datetime) -> None:
    """A UPT cannot supply some pieces, or nobody fetched them: which do not come, and what is returned."""
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = parcel_in(order, event.fulfilment_id)
    refund = refund_notice(session, UUID(event.refund_id))
    # a parcel can be reduced more than once: this mail names the pieces of this refund
    history = next(
        entry
        for entry in order.events
        if entry.details.get("refund_id") == event.refund_id and "pieces" in entry.details
    )
    pieces = {int(position): count for position, count in history.details["pieces"].items()}
    missing = tuple(
        Goods(line.name, line.variant, count, count * line.unit_price, line.own_text)
        for line in parcel.lines
        if (count := pieces.get(line.position, 0))
    )

    is_left_there = history.details.get("reason") == NOT_FETCHED

    def write() -> Content:
        said, heading = reduction_in_words(parcel, refund.amount, is_left_there=is_left_there)
        if is_left_there:
            subject = _("Order %(number)s: what was not fetched is cancelled", number=order.number)
        else:
            subject = _("Order %(number)s: some goods cannot be supplied", number=order.number)
        return Content(
            subject=subject,
            opening=(greeting(order.name), said),
            link=(link_to(order.number), _("Look at the order")),
            parcels=(Parcel(heading, missing),),
        )

    post_to_buyer(session, order, write, f"reduced:{event.refund_id}", at)


def mail_refunded(session: Session, event: RefundSettled, *, at: datetime) -> None:
    """The provider has given money back."""
    refund = refund_notice(session, UUID(event.refund_id))

    def write() -> Content:
        apology = _(
            "Your payment reached us after the order had ended, or a second time. We are sorry for it."
        )
        return Content(
            subject=_("Order %(number)s: your money is returned", number=refund.order_number),
            opening=(
                greeting(refund.name),
                *((apology,) if refund.is_of_late_payment else ()),
                _(
                    "We have returned %(amount)s the way you paid. Depending on your bank it takes some days"
                    " until you see it.",
                    amount=rupiah(refund.amount),
                ),
            ),
            link=(link_to(refund.order_number), _("Look at the order")),
        )

    post(
        session,
        write,
        recipient=refund.email,
        locale=refund.locale,
        cause=f"order:{refund.order_number}:refunded:{event.refund_id}",
        at=at,
    )
