"""What every mail about an order is made of: its greeting, its link, its parcels and sums, where it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.notices import ORDER
from kernel.i18n import locale_code, long_date
from kernel.money import rupiah
from kernel.web import config
from orders.links import order_url
from orders.queries.customer import OrderView, ParcelView
from orders.queries.notices import buyer_of
from worker.notifications.writing import Content, Goods, Notice, Parcel, post


def post_to_buyer(
    session: Session,
    order: OrderView,
    write: Callable[[], Content],
    what: str,
    at: datetime,
    notice: Notice | None = None,
    *,
    leaves_no_trace: bool = False,
) -> None:
    """Write a mail about an order to its buyer; `what` makes its cause. The rest as `post` has it."""
    post(
        session,
        write,
        recipient=order.email,
        locale=order.locale,
        cause=f"order:{order.number}:{what}",
        at=at,
        notice=notice,
        leaves_no_trace=leaves_no_trace,
    )


def stoppable(session: Session, order: OrderView) -> Notice | None:
    """For mails that repeat what the order's page says: who has an account may stop them."""
    user_id = buyer_of(session, order.number)
    return Notice(ORDER, user_id) if user_id else None


def greeting(name: str) -> str:
    """How a mail begins."""
    return str(_("Dear %(name)s,", name=name))


def link_to(number: str) -> str:
    """The page of the order, by its signed link."""
    settings = config()
    return order_url(settings.base_url, number, secret_key=settings.secret_key, locale=locale_code())


def link_to_problem(number: str, parcel_number: str) -> str:
    """Where a problem of a parcel is reported."""
    return f"{link_to(number)}/masalah/{parcel_number}"


def parcel_in(order: OrderView, fulfilment_id: int) -> ParcelView:
    """The parcel an event is about."""
    return next(parcel for parcel in order.parcels if parcel.id == fulfilment_id)


def goods_of(parcel: ParcelView) -> Parcel:
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


def carriers(parcel: ParcelView) -> tuple[tuple[str, str], ...]:
    """Who carries a parcel and under which number; of several cartons each one's."""
    first = parcel.tracking_number or ""
    if not parcel.cartons:
        return (_("Courier"), parcel.courier), (_("Tracking number"), first)
    numbers = [(1, parcel.courier, first)]
    numbers += [(each.position, each.courier or "", each.tracking_number or "") for each in parcel.cartons]
    return tuple(
        (_("Carton %(position)s", position=position), f"{courier} {number}")
        for position, courier, number in numbers
    )


def sums(order: OrderView) -> tuple[tuple[str, int], ...]:
    """What the total is made of."""
    discount = ((_("Discount"), -order.discount_total),) if order.discount_total else ()
    return ((_("Goods"), order.goods_total), *discount, (_("Shipping"), order.shipping_total))


def address(order: OrderView) -> tuple[tuple[str, str], ...]:
    """Where the order is sent."""
    place = f"{order.village}, {order.district}, {order.regency}, {order.province} {order.postcode}"
    return ((_("Delivery address"), f"{order.name}, {order.street}, {place}"),)


def promise(parcel: ParcelView) -> tuple[str, str]:
    """When a parcel arrives, as was promised."""
    days = _(
        "between %(first)s and %(last)s",
        first=long_date(parcel.promised_from),
        last=long_date(parcel.promised_until),
    )
    return (_("Parcel %(number)s arrives", number=parcel.number), days)


def delivery_in_words(parcel: ParcelView) -> str:
    """What the UPT says of the delivery: where, and to whom."""
    if parcel.hand_over == "pickup":
        return str(_("%(upt)s tells us that your parcel was fetched with its code.", upt=parcel.upt_name))
    if parcel.receiver:
        said = _(
            "%(upt)s tells us that it brought your parcel and that %(receiver)s took it in.",
            upt=parcel.upt_name,
            receiver=parcel.receiver,
        )
        return str(said)
    return str(_("%(upt)s tells us that your parcel has been delivered.", upt=parcel.upt_name))


def loss_in_words(parcel: ParcelView) -> str:
    """Who cannot find the parcel any more."""
    if parcel.hand_over == "upt_delivery":
        said = _("We are sorry: %(upt)s set out to bring your parcel, and it is lost.", upt=parcel.upt_name)
        return str(said)
    return str(_("We are sorry: the courier cannot find your parcel from %(upt)s.", upt=parcel.upt_name))


def reduction_in_words(parcel: ParcelView, amount: int, *, is_left_there: bool) -> tuple[str, str]:
    """Why pieces of a parcel do not come and what is returned; and what stands above them."""
    words = {"upt": parcel.upt_name, "amount": rupiah(amount)}
    if is_left_there:
        said = _(
            "You did not fetch the goods below at %(upt)s, so they are cancelled and free for others."
            " We return %(amount)s to you the way you paid.",
            **words,
        )
        return str(said), str(_("Not fetched from parcel %(number)s", number=parcel.number))
    said = _(
        "We are sorry: %(upt)s cannot supply the goods below. We return %(amount)s to you the way you paid.",
        **words,
    )
    return str(said), str(_("Not supplied from parcel %(number)s", number=parcel.number))
