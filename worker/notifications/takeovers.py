"""Mails about pieces that another UPT sends: to both UPTs, and to the customer once it is so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.i18n import DEFAULT_LOCALE
from kernel.mail import Mail
from kernel.web import config
from orders.events import TakeoverAccepted, TakeoverAsked, TakeoverRefused, TakeoverWithdrawn
from orders.queries.notices import order_notice
from orders.queries.takeovers import takeover_notice
from worker.notifications.order_parts import goods_of, greeting, link_to, post_to_buyer, promise
from worker.notifications.writing import Content, post


def mail_takeover_asked(session: Session, event: TakeoverAsked, *, at: datetime) -> None:
    """Tell the UPT that is asked, unless that is over; the staff on duty for one without an address."""
    notice = takeover_notice(session, event.takeover_id)
    if notice.state != "asked":
        return
    said = _asked, "/staff/alih-paket", notice.from_upt
    _post(session, event.takeover_id, "asked", notice.to_email, said, at)


def mail_takeover_accepted(session: Session, event: TakeoverAccepted, *, at: datetime) -> None:
    """Tell the UPT that asked: the other sends the pieces."""
    notice = takeover_notice(session, event.takeover_id)
    said = _accepted, f"/staff/paket/{notice.number}", notice.to_upt
    _post(session, event.takeover_id, "accepted", notice.from_email, said, at)


def mail_takeover_refused(session: Session, event: TakeoverRefused, *, at: datetime) -> None:
    """Tell the UPT that asked: the pieces are its own still."""
    notice = takeover_notice(session, event.takeover_id)
    said = _refused, f"/staff/paket/{notice.number}", notice.to_upt
    _post(session, event.takeover_id, "refused", notice.from_email, said, at)


def mail_takeover_withdrawn(session: Session, event: TakeoverWithdrawn, *, at: datetime) -> None:
    """Tell the UPT that was told it is asked: nobody waits for its answer any more."""
    told = select(Mail.id).where(Mail.cause == _cause(event.takeover_id, "asked"))
    if session.scalar(told) is None:
        return
    notice = takeover_notice(session, event.takeover_id)
    said = _withdrawn, "/staff/alih-paket", notice.from_upt
    _post(session, event.takeover_id, "withdrawn", notice.to_email, said, at)


def mail_moved(session: Session, event: TakeoverAccepted, *, at: datetime) -> None:
    """Tell the customer who sends the pieces now; nothing else changes for them."""
    notice = takeover_notice(session, event.takeover_id)
    order = order_notice(session, notice.order_id)
    parcel = next(each for each in order.parcels if each.number == notice.taken_number)

    def write() -> Content:
        return Content(
            subject=_("Order %(number)s: another unit sends some goods", number=order.number),
            opening=(
                greeting(order.name),
                _(
                    "%(second)s sends the goods below in place of %(first)s. What you paid and what was"
                    " promised stay as they are.",
                    first=notice.from_upt,
                    second=notice.to_upt,
                ),
            ),
            link=(link_to(order.number), _("Follow the order")),
            facts=(promise(parcel),),
            parcels=(goods_of(parcel),),
        )

    post_to_buyer(session, order, write, f"moved:{parcel.number}", at)


def _asked(upt: str) -> tuple[str, str]:
    return (
        _("Can you send a parcel for %(upt)s?", upt=upt),
        _("It cannot send the goods itself and asks you, who make them too. Please accept or refuse soon."),
    )


def _accepted(upt: str) -> tuple[str, str]:
    return (
        _("%(upt)s sends your parcel", upt=upt),
        _("The goods you asked for are in a parcel of theirs now. Please do not send them."),
    )


def _refused(upt: str) -> tuple[str, str]:
    return (
        _("%(upt)s cannot send your parcel", upt=upt),
        _("The goods are still yours to send. Ask another UPT, or say what cannot be supplied."),
    )


def _withdrawn(upt: str) -> tuple[str, str]:
    return (
        _("%(upt)s no longer asks you for a parcel", upt=upt),
        _("It sends the goods itself, or the order was cancelled. You need not answer, nor send anything."),
    )


def _post(
    session: Session,
    takeover_id: int,
    what: str,
    recipient: str | None,
    said: tuple[Callable[[str], tuple[str, str]], str, str],
    at: datetime,
) -> None:
    settings, (words, path, upt) = config(), said

    def write() -> Content:
        subject, sentence = words(upt)
        return Content(
            subject=subject,
            opening=(sentence,),
            link=(f"{settings.base_url}{path}", _("Open the parcels")),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    post(
        session,
        write,
        recipient=recipient or settings.alert_mail,
        locale=DEFAULT_LOCALE,
        cause=_cause(takeover_id, what),
        at=at,
    )


def _cause(takeover_id: int, what: str) -> str:
    return f"takeover:{takeover_id}:{what}"
