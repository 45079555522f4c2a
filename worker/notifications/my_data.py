"""Mails about a person's data: the copy is ready, the account is gone."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from kernel.i18n import PREFIXES, moment
from kernel.web import config
from privacy.events import AccountErased, DataExportReady
from privacy.models import DataExport, Erasure
from worker.notifications.writing import Content, post


def mail_export_ready(session: Session, event: DataExportReady, *, at: datetime) -> None:
    """The copy can be fetched, until when and where; nothing of it is in the mail."""
    export = session.get(DataExport, event.export_id)
    if export is None or export.expires_at is None:
        return  # the account is gone, or a newer copy was asked for
    user, until = session.get_one(User, export.user_id), export.expires_at

    def write() -> Content:
        return Content(
            subject=_("The copy of your data is ready"),
            opening=(
                _("You asked for a copy of what Lapak holds about you. Sign in to fetch it."),
                _(
                    "It can be fetched until %(until)s, by you alone. Then it is deleted.",
                    until=moment(until),
                ),
            ),
            link=(f"{config().base_url}{PREFIXES[user.locale]}/akun/data-saya", _("Fetch the copy")),
            closing=(_("Was it not you? Then change your password."),),
            reason=_("You receive this mail because you have an account at Lapak."),
        )

    post(
        session,
        write,
        recipient=user.email,
        locale=user.locale,
        cause=f"export:{event.export_id}:ready",
        at=at,
    )


def mail_account_erased(session: Session, event: AccountErased, *, at: datetime) -> None:
    """Confirm it once; with this mail the address is forgotten too."""
    erasure = session.get_one(Erasure, event.erasure_id)
    if erasure.email is None:
        return

    def write() -> Content:
        return Content(
            subject=_("Your account is deleted"),
            opening=(
                _(
                    "As you asked, your account and your data at Lapak were deleted on %(at)s.",
                    at=moment(erasure.at),
                ),
                _(
                    "Orders stay in the books without your name. What tax law makes us keep of invoices lies"
                    " apart, is used for nothing else, and is deleted after ten years."
                ),
                _("This is the last mail you get from us about it; with it we forget this address."),
            ),
            reason=_("You receive this mail because you deleted your account at Lapak."),
        )

    post(
        session,
        write,
        recipient=erasure.email,
        locale=erasure.locale,
        cause=f"erasure:{event.erasure_id}",
        at=at,
        leaves_no_trace=True,
    )
    erasure.email = None
