"""The provider's notices, each kept once, and finding out what no notice told us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.outbox import publish
from orders.events import NoticesDue, PaymentCheckDue, PaymentReported, RefundDue
from orders.models import Order, Payment, ProviderCursor, ProviderNotice, Refund
from orders.ports import Notice, PaymentProvider
from orders.rules.deadlines import CHECK_AGAIN, CHECK_PENDING
from orders.rules.states import PROVIDERS
from orders.services.expiring import ring

_AT_ONCE = 200
_NOTICES_AT_ONCE = 500


def take_notice(session: Session, provider: str, notice: Notice, *, source: str, at: datetime) -> bool:
    """Keep a proven notice once (rule I20) and have its payment looked at; False for a repeat."""
    written = session.execute(
        upsert(ProviderNotice)
        .values(
            provider=provider,
            event_id=notice.event_id,
            kind=notice.kind,
            ref=notice.ref,
            body=notice.body,
            source=source,
            received_at=at,
        )
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(ProviderNotice.id)
    )
    is_new = written.scalar_one_or_none() is not None
    if is_new:
        publish(session, PaymentReported(provider, notice.ref))
    return is_new


# --- notices that did not reach us --------------------------------------------------------------------------


def collect_notices(session: Session, *, at: datetime) -> int:
    """Have the providers asked for the notices that did not reach us; gives how many providers."""
    for provider in PROVIDERS:
        publish(session, NoticesDue(provider, at.isoformat()))
    return len(PROVIDERS)


@dataclass(frozen=True, slots=True)
class Since:
    """Ask for the events after this one; None when none was ever seen."""

    event_id: str | None


def ask_missed(session: Session, event: NoticesDue) -> Since:
    """From where to read the provider's events."""
    cursor = session.get(ProviderCursor, event.provider, populate_existing=True)
    return Since(cursor.event_id if cursor else None)


def fetch_missed(provider: PaymentProvider, question: Since) -> tuple[Notice, ...]:
    """Read on in the provider's events, oldest first, so many at once; no database."""
    return tuple(islice(provider.missed(question.event_id), _NOTICES_AT_ONCE))


def store_missed(session: Session, event: NoticesDue, notices: tuple[Notice, ...], *, at: datetime) -> None:
    """Put them into the same inbox as the webhooks, and remember how far we have read."""
    for notice in notices:
        take_notice(session, event.provider, notice, source="reconciliation", at=at)
    if notices:
        position = {"event_id": notices[-1].event_id, "at": notices[-1].at}
        session.execute(
            upsert(ProviderCursor)
            .values(provider=event.provider, **position)
            .on_conflict_do_update(index_elements=["provider"], set_=position)
        )


# --- looking without being told -----------------------------------------------------------------------------


def check_payments(session: Session, *, at: datetime) -> int:
    """Have everything looked at that ought to be settled by now; gives how many payments and refunds."""
    payments = session.execute(
        select(Payment, Order)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.check_at <= at)
        .order_by(Payment.check_at)
        .limit(_AT_ONCE)
        .with_for_update(of=Payment, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for payment, order in payments:
        ring(session, order, payment, at=at)
    refunds = session.scalars(
        select(Refund)
        .where(Refund.check_at <= at)
        .order_by(Refund.check_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for refund in refunds:
        _ring_for(session, refund, at)
    return len(payments) + len(refunds)


def _ring_for(session: Session, refund: Refund, at: datetime) -> None:
    """One not yet asked for is asked for; one under way is seen when its payment is looked at."""
    if refund.state == "due":
        refund.check_at = at + CHECK_AGAIN
        publish(session, RefundDue(str(refund.id)))
    else:
        refund.check_at = at + CHECK_PENDING
        publish(session, PaymentCheckDue(str(refund.payment_id), close=False))
