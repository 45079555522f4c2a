"""Mails to customers, in the language of their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.notices import ORDER
from kernel.i18n import locale_code, long_date, moment, province_zone, weekday_date
from kernel.money import rupiah
from kernel.web import config
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
from orders.links import order_url
from orders.queries.customer import OrderView, ParcelView
from orders.queries.notices import buyer_of, order_notice, order_of_parcel, refund_notice
from orders.rules.problems import REPORT_DAYS, last_day, report_until
from worker.notifications.writing import Content, Goods, Notice, Parcel, post


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
                _greeting(order.name),
                _(
                    "Thank you for your order. The goods are kept for you until %(until)s."
                    " If it is not paid by then, the order ends by itself and nothing is charged.",
                    until=until,
                ),
            ),
            link=(_link(order.number), _("Pay and follow the order")),
            parcels=tuple(_parcel(parcel) for parcel in order.parcels),
            sums=_sums(order),
            total=order.total,
            facts=_address(order),
        )

    _post(session, order, write, "received", at)


def mail_paid(session: Session, event: OrderPaid, *, at: datetime) -> None:
    """The money is there: what happens now."""
    order = order_notice(session, event.order_id)

    def write() -> Content:
        return Content(
            subject=_("Order %(number)s is paid", number=order.number),
            opening=(
                _greeting(order.name),
                _(
                    "We have received your payment of %(amount)s, thank you. Each institution now packs its"
                    " own parcel; you hear from us when one is on its way.",
                    amount=rupiah(order.total),
                ),
            ),
            link=(_link(order.number), _("Follow the order")),
            parcels=tuple(_parcel(parcel) for parcel in order.parcels),
            sums=_sums(order),
            total=order.total,
            facts=(*_address(order), *(_promise(parcel) for parcel in order.parcels)),
        )

    _post(session, order, write, "paid", at)


def mail_shipped(session: Session, event: FulfilmentShipped, *, at: datetime) -> None:
    """One parcel is with the courier. The order's page says so too: who has an account may stop this."""
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = _the_parcel(order, event.fulfilment_id)

    def write() -> Content:
        return Content(
            subject=_("Parcel %(number)s is on its way", number=parcel.number),
            opening=(
                _greeting(order.name),
                _("%(upt)s has handed your parcel to the courier.", upt=parcel.upt_name),
            ),
            link=(_link(order.number), _("Follow the order")),
            facts=(
                (_("Courier"), parcel.courier),
                (_("Tracking number"), parcel.tracking_number or ""),
                *_address(order),
            ),
            parcels=(_parcel(parcel),),
            closing=(
                _(
                    "Once it has arrived, please say so on the order's page. Until %(days)s working days"
                    " after that you can report a problem there.",
                    days=REPORT_DAYS,
                ),
            ),
        )

    _post(session, order, write, f"shipped:{parcel.number}", at, _stoppable(session, order))


def mail_delivered(session: Session, event: FulfilmentDelivered, *, at: datetime) -> None:
    """The UPT says that a parcel has arrived: until when to report a problem, also that it has not.

    Who said it themselves on the order's page has read this there.
    """
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = _the_parcel(order, event.fulfilment_id)
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
                _greeting(order.name),
                _("%(upt)s tells us that your parcel has been delivered.", upt=parcel.upt_name),
                _(
                    "Is something broken, wrong or missing, or is the parcel not there at all? Please report"
                    " it by %(day)s; photographs help.",
                    day=weekday_date(day),
                ),
            ),
            link=(_problem_link(order.number, parcel.number), _("Report a problem")),
            facts=((_("Report a problem by"), weekday_date(day)), *_address(order)),
            parcels=(_parcel(parcel),),
            closing=(_("If all is well, there is nothing to do. Enjoy what you bought!"),),
        )

    _post(session, order, write, f"delivered:{parcel.number}", at, _stoppable(session, order))


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
            opening=(_greeting(order.name), sentence),
            link=(_link(order.number), _("Look at the order")),
            closing=(
                _("Should a payment still arrive for it, the whole amount is returned the way it came."),
            ),
        )

    _post(session, order, write, "ended", at)


def mail_called_off(session: Session, event: OrderCalledOff, *, at: datetime) -> None:
    """The customer called the paid order off: what is returned."""
    order = order_notice(session, event.order_id)
    amount = sum(refund.amount for refund in order.refunds if refund.reason == "called_off")

    def write() -> Content:
        returned = _("We return %(amount)s to you the way you paid.", amount=rupiah(amount))
        return Content(
            subject=_("Order %(number)s is cancelled", number=order.number),
            opening=(
                _greeting(order.name),
                _("As you wished, the order is cancelled and its goods are free again."),
                *((returned,) if amount else ()),
            ),
            link=(_link(order.number), _("Look at the order")),
        )

    _post(session, order, write, "called_off", at)


def mail_reduced(session: Session, event: FulfilmentReduced, *, at: datetime) -> None:
    """A UPT cannot supply some pieces: which will not come, and what is returned."""
    order = order_of_parcel(session, event.fulfilment_id)
    parcel = _the_parcel(order, event.fulfilment_id)
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

    def write() -> Content:
        return Content(
            subject=_("Order %(number)s: some goods cannot be supplied", number=order.number),
            opening=(
                _greeting(order.name),
                _(
                    "We are sorry: %(upt)s cannot supply the goods below. We return %(amount)s to you"
                    " the way you paid.",
                    upt=parcel.upt_name,
                    amount=rupiah(refund.amount),
                ),
            ),
            link=(_link(order.number), _("Look at the order")),
            parcels=(Parcel(_("Not supplied from parcel %(number)s", number=parcel.number), missing),),
        )

    _post(session, order, write, f"reduced:{event.refund_id}", at)


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
                _greeting(refund.name),
                *((apology,) if refund.is_of_late_payment else ()),
                _(
                    "We have returned %(amount)s the way you paid. Depending on your bank it takes some days"
                    " until you see it.",
                    amount=rupiah(refund.amount),
                ),
            ),
            link=(_link(refund.order_number), _("Look at the order")),
        )

    post(
        session,
        write,
        recipient=refund.email,
        locale=refund.locale,
        cause=f"order:{refund.order_number}:refunded:{event.refund_id}",
        at=at,
    )


def _post(
    session: Session,
    order: OrderView,
    write: Callable[[], Content],
    what: str,
    at: datetime,
    notice: Notice | None = None,
) -> None:
    cause = f"order:{order.number}:{what}"
    post(session, write, recipient=order.email, locale=order.locale, cause=cause, at=at, notice=notice)


def _stoppable(session: Session, order: OrderView) -> Notice | None:
    """For mails that repeat what the order's page says: who has an account may stop them."""
    user_id = buyer_of(session, order.number)
    return Notice(ORDER, user_id) if user_id else None


def _greeting(name: str) -> str:
    return str(_("Dear %(name)s,", name=name))


def _link(number: str) -> str:
    settings = config()
    return order_url(settings.base_url, number, secret_key=settings.secret_key, locale=locale_code())


def _problem_link(number: str, parcel_number: str) -> str:
    return f"{_link(number)}/masalah/{parcel_number}"


def _the_parcel(order: OrderView, fulfilment_id: int) -> ParcelView:
    return next(parcel for parcel in order.parcels if parcel.id == fulfilment_id)


def _parcel(parcel: ParcelView) -> Parcel:
    """The pieces of a parcel that come."""
    return Parcel(
        heading=_("Parcel %(number)s from %(upt)s", number=parcel.number, upt=parcel.upt_name),
        lines=tuple(
            Goods(
                line.name,
                line.variant,
                pieces,
                pieces * line.unit_price,
                line.own_text,
                f"{config().base_url}/gambar/{line.category}/{line.slug}.png",
            )
            for line in parcel.lines
            if (pieces := line.quantity - line.cancelled)
        ),
    )


def _sums(order: OrderView) -> tuple[tuple[str, int], ...]:
    discount = ((_("Discount"), -order.discount_total),) if order.discount_total else ()
    return ((_("Goods"), order.goods_total), *discount, (_("Shipping"), order.shipping_total))


def _address(order: OrderView) -> tuple[tuple[str, str], ...]:
    place = f"{order.village}, {order.district}, {order.regency}, {order.province} {order.postcode}"
    return ((_("Delivery address"), f"{order.name}, {order.street}, {place}"),)


def _promise(parcel: ParcelView) -> tuple[str, str]:
    days = _(
        "between %(first)s and %(last)s",
        first=long_date(parcel.promised_from),
        last=long_date(parcel.promised_until),
    )
    return (_("Parcel %(number)s arrives", number=parcel.number), days)
