"""Mails to the staff on duty: what no rule can put right and a person must decide."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import log
from kernel.i18n import DEFAULT_LOCALE, moment
from kernel.money import rupiah
from kernel.web import config
from orders.events import PaymentDisputed, PaymentQuarantined, RefundFailed
from orders.queries.notices import PaymentNotice, payment_notice, refund_notice
from worker.notifications.writing import Content, post

_logger = logging.getLogger(__name__)


def alert_quarantined(session: Session, event: PaymentQuarantined, *, at: datetime) -> None:
    """A payment does not fit its order: nothing is shipped until somebody has looked."""
    notice = payment_notice(session, UUID(event.payment_id))

    def write() -> Content:
        sentence = _("A payment does not fit its order. Nothing is shipped until somebody has decided.")
        subject = _("Payment of order %(number)s needs a decision", number=notice.order_number)
        return Content(subject, (sentence,), facts=_payment_facts(notice), reason=_reason())

    _alert(session, write, f"payment:{event.payment_id}:quarantined", at)


def alert_disputed(session: Session, event: PaymentDisputed, *, at: datetime) -> None:
    """A customer's bank takes a payment back: there is a time limit to answer it."""
    notice = payment_notice(session, UUID(event.payment_id))

    def write() -> Content:
        sentence = _("The customer's bank disputes a payment. Answer at the payment provider in time.")
        subject = _("Payment of order %(number)s is disputed", number=notice.order_number)
        return Content(subject, (sentence,), facts=_payment_facts(notice), reason=_reason())

    _alert(session, write, f"payment:{event.payment_id}:disputed", at)


def alert_refund_failed(session: Session, event: RefundFailed, *, at: datetime) -> None:
    """Money is owed to a customer and the provider cannot return it."""
    notice = refund_notice(session, UUID(event.refund_id))

    def write() -> Content:
        return Content(
            subject=_("Refund for order %(number)s failed", number=notice.order_number),
            opening=(_("The money is still owed. Please return it in another way and write that down."),),
            facts=(
                (_("Order"), notice.order_number),
                (_("Amount"), rupiah(notice.amount)),
                (_("Customer"), f"{notice.name}, {notice.email}"),
                (_("Reason"), notice.problem or "-"),
            ),
            reason=_reason(),
        )

    _alert(session, write, f"refund:{event.refund_id}:failed:{at:%Y%m%d%H%M}", at)


def alert_violations(
    session: Session, found: Mapping[str, Sequence[Mapping[str, object]]], *, at: datetime
) -> None:
    """The books do not add up: which rules are broken and by what, once a day for the same ones."""

    def write() -> Content:
        return Content(
            subject=_("The books do not add up"),
            opening=(
                _("Rules that must always hold were found broken at %(at)s.", at=moment(at)),
                _("Nothing was changed. Please find the cause before correcting a number."),
            ),
            facts=tuple((name, "; ".join(str(dict(row)) for row in rows)) for name, rows in found.items()),
            reason=_reason(),
        )

    _alert(session, write, f"violations:{'+'.join(found)}:{at:%Y%m%d}", at)


def _alert(session: Session, write: Callable[[], Content], cause: str, at: datetime) -> None:
    log.alarm(_logger, "somebody must act", cause=cause)
    recipient = config().alert_mail
    post(session, write, recipient=recipient, locale=DEFAULT_LOCALE, cause=f"alert:{cause}", at=at)


def _reason() -> str:
    return str(_("You receive this mail because you look after Lapak."))


def _payment_facts(notice: PaymentNotice) -> tuple[tuple[str, str], ...]:
    return (
        (_("Order"), notice.order_number),
        (_("Provider"), notice.provider),
        (_("Reference"), notice.ref or "-"),
        (_("Asked for"), rupiah(notice.amount)),
        (_("Received"), rupiah(notice.captured)),
        (_("Reason"), notice.problem or "-"),
    )
