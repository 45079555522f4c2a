"""Mails to UPTs about their permits: that one ends soon, and what the office above found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from inventory.events import PermitEnding, PermitReviewed
from inventory.queries.permits import PermitNotice, permit_notice
from inventory.web.permit_words import KIND_NAMES
from kernel.clock import jakarta_day
from kernel.i18n import DEFAULT_LOCALE, long_date
from kernel.web import config
from worker.notifications.writing import Content, post


def mail_permit_ending(session: Session, event: PermitEnding, *, at: datetime) -> None:
    """Tell the holder that a permit ends soon; nothing when it was put off or renewed meanwhile."""
    notice = permit_notice(session, event.permit_id)
    if notice is None or notice.expires_on is None or notice.has_next:
        return
    left = (notice.expires_on - jakarta_day(at)).days
    if not 0 <= left <= event.days:
        return

    def write() -> Content:
        return Content(
            subject=ngettext(
                "%(permit)s ends in %(num)s day",
                "%(permit)s ends in %(num)s days",
                left,
                permit=_name(notice),
            ),
            opening=(_what_is_next(notice),),
            link=_link(notice),
            facts=(*_facts(notice), (_("Valid until"), long_date(notice.expires_on or jakarta_day(at)))),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    _to_holder(session, notice, write, f"{notice.expires_on}:{event.days}", at)


def mail_permit_reviewed(session: Session, event: PermitReviewed, *, at: datetime) -> None:
    """Tell the holder whether a permit was found right; nothing when it was changed again meanwhile."""
    notice = permit_notice(session, event.permit_id)
    if notice is None or not (notice.verified_by or notice.refusal):
        return

    def write() -> Content:
        facts = _facts(notice)
        if notice.refusal:
            subject = _("Sent back: %(permit)s", permit=_name(notice))
            opening = _("Your permit was sent back. Please put it right; it is checked again then.")
            facts = (*facts, (_("What has to be put right"), notice.refusal))
        else:
            subject = _("Checked: %(permit)s", permit=_name(notice))
            opening = _("Your permit was compared with the paper. The shop shows its mark from now on.")
        return Content(
            subject=subject,
            opening=(opening,),
            link=_link(notice),
            facts=facts,
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    _to_holder(session, notice, write, f"reviewed:{event.at}", at)


def _to_holder(
    session: Session, notice: PermitNotice, write: Callable[[], Content], what: str, at: datetime
) -> None:
    """To the institution; to the staff on duty for one without an address."""
    post(
        session,
        write,
        recipient=notice.upt_email or config().alert_mail,
        locale=DEFAULT_LOCALE,
        cause=f"permit:{notice.key}:{what}",
        at=at,
    )


def _what_is_next(notice: PermitNotice) -> str:
    if notice.waiting_next:
        text = _(
            "The next permit, %(number)s, is entered and waits for your Kanwil to check it. Until then goods"
            " that need it rest once this one has ended.",
            number=notice.waiting_next,
        )
    elif notice.checked_next:
        text = _(
            "The next permit, %(number)s, is checked, but does not cover all products of this one: add them"
            " there, or take them off this one. Goods that need it and are left out rest once this one has"
            " ended.",
            number=notice.checked_next,
        )
    else:
        text = _(
            "Please ask the authority for the next permit and enter it: when this one has ended, its"
            " mark is shown in the shop no more, and goods that need it rest until the next one is"
            " checked."
        )
    return str(text)


def _name(notice: PermitNotice) -> str:
    return f"{KIND_NAMES[notice.kind]} {notice.number}"


def _facts(notice: PermitNotice) -> tuple[tuple[str, str], ...]:
    return ((_("Institution"), notice.upt_name), (_("Permit"), _name(notice)))


def _link(notice: PermitNotice) -> tuple[str, str]:
    return f"{config().base_url}/staff/izin/{notice.key}", _("Open the permit")
