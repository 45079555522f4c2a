"""Mails to the UPTs: a new parcel to pack, with its own lines alone, or that it is not to be packed."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.i18n import DEFAULT_LOCALE, long_date
from kernel.web import config
from orders.events import OrderCalledOff, OrderPaid
from orders.queries.notices import CalledOffNotice, PackingNotice, called_off_notices, packing_notices
from worker.notifications.writing import Content, Goods, Parcel, post


def mail_packing(session: Session, event: OrderPaid, *, at: datetime) -> None:
    """Tell each UPT of a paid order what to pack; the staff on duty are told for a UPT without an address."""
    settings = config()
    for notice in packing_notices(session, event.order_id):
        post(
            session,
            partial(_content, notice),
            recipient=notice.upt_email or settings.alert_mail,
            locale=DEFAULT_LOCALE,
            cause=f"parcel:{notice.number}:packing",
            at=at,
        )


def mail_called_off(session: Session, event: OrderCalledOff, *, at: datetime) -> None:
    """Tell each UPT that its parcel is not to be packed after all."""
    settings = config()
    for notice in called_off_notices(session, event.order_id):
        post(
            session,
            partial(_called_off, notice),
            recipient=notice.upt_email or settings.alert_mail,
            locale=DEFAULT_LOCALE,
            cause=f"parcel:{notice.number}:called_off",
            at=at,
        )


def _called_off(notice: CalledOffNotice) -> Content:
    return Content(
        subject=_("Do not pack: parcel %(number)s is cancelled", number=notice.number),
        opening=(
            _(
                "The customer has cancelled the order before it was packed. Please do not pack this parcel;"
                " its goods are free for others again."
            ),
        ),
        link=(f"{config().base_url}/staff/paket/{notice.number}", _("Open the parcel")),
        facts=((_("Institution"), notice.upt_name),),
        reason=_("You receive this mail because your institution sells on Lapak."),
    )


def _content(notice: PackingNotice) -> Content:
    place = f"{notice.village}, {notice.district}, {notice.regency}, {notice.province} {notice.postcode}"
    facts = [
        (_("Institution"), notice.upt_name),
        (_("Courier"), f"{notice.courier} {notice.service}"),
        (_("Promised to arrive by"), long_date(notice.promised_until)),
        (_("Recipient"), f"{notice.name}, {notice.phone}"),
        (_("Delivery address"), f"{notice.street}, {place}"),
    ]
    if notice.wanted_by:
        facts.insert(3, (_("Wanted by"), long_date(notice.wanted_by)))
    if notice.note:
        facts.append((_("Note from the customer"), notice.note))
    return Content(
        subject=_("New parcel to pack: %(number)s", number=notice.number),
        opening=(_("A paid order waits at your institution. Please accept, pack and ship this parcel."),),
        link=(f"{config().base_url}/staff/paket", _("Open the parcels")),
        parcels=(
            Parcel(
                _("Parcel %(number)s", number=notice.number),
                tuple(
                    Goods(
                        line.name, line.variant, line.quantity, line.quantity * line.unit_price, line.own_text
                    )
                    for line in notice.lines
                ),
            ),
        ),
        facts=tuple(facts),
        reason=_("You receive this mail because your institution sells on Lapak."),
    )
