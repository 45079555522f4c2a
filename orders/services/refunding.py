"""Giving money back: decided once per cause, claimed within what was captured, asked of the provider."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.queries import email_of
from accounts.rules import Actor, system_actor
from kernel.log import alarm
from kernel.outbox import publish
from orders.errors import OrderNotPayable, OwnOrder, ProviderRejected, ProviderUnclear, RefundTooLarge
from orders.events import PaymentCheckDue, RefundDue, RefundFailed, RefundSettled
from orders.models import Order, OrderEvent, Payment, Refund, RefundShare
from orders.ports import PaymentProvider, RefundRequest, RefundSnapshot, RefundStatus
from orders.queries.payments import lock_order, lock_payment
from orders.rules.deadlines import CHECK_AGAIN, CHECK_PENDING
from orders.rules.limits import person
from orders.services.moves import may_move, move_to

_logger = logging.getLogger(__name__)
_PROVIDER = system_actor("refunds")


@dataclass(frozen=True, slots=True)
class Share:
    """What of a refund is one parcel's: pieces by line position, its shipping, and the rupiah they come to.

    `amount` is less than they cost when a part was discounted, or given back before.
    """

    fulfilment_id: int
    pieces: Mapping[int, int]
    shipping: int
    amount: int


@dataclass(frozen=True, slots=True)
class GiveBack:
    """What to ask the provider for: the request, the payment's ref, and the key that makes it one refund."""

    ref: str
    request: RefundRequest
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class NotMade:
    """The provider's last word on the key was an error, and it has no such refund: ask with a new key."""


Answer = RefundSnapshot | NotMade | ProviderRejected


def refund_order(
    session: Session,
    order_id: int,
    amount: int,
    *,
    cause: str,
    reason: str,
    actor: Actor,
    at: datetime,
    shares: Sequence[Share] = (),
) -> UUID:
    """Give `amount` rupiah of a paid order back; see `create_refund`.

    Raises OrderNotPayable when unpaid, and OwnOrder.
    """
    check_not_own(session, order_id, actor)
    payment_id = session.scalar(
        select(Payment.id).where(Payment.order_id == order_id, Payment.state == "paid")
    )
    if payment_id is None:
        raise OrderNotPayable
    return create_refund(
        session, payment_id, amount, cause=cause, reason=reason, actor=actor, at=at, shares=shares
    )


def check_not_own(session: Session, order_id: int, actor: Actor) -> None:
    """Nobody of the staff decides about the money of what they bought themselves, signed in or as a guest.

    What a customer does with their order is done by an actor without a role. Raises OwnOrder; use-cases ask
    before they change anything.
    """
    if not actor.is_staff or actor.user_id is None:
        return
    order = session.execute(select(Order.user_id, Order.buyer_email).where(Order.id == order_id)).one()
    if order.user_id == actor.user_id:
        raise OwnOrder
    if order.buyer_email and order.buyer_email == person(email_of(session, actor.user_id), "").email:
        raise OwnOrder


def create_refund(
    session: Session,
    payment_id: UUID,
    amount: int,
    *,
    cause: str,
    reason: str,
    actor: Actor,
    at: datetime,
    shares: Sequence[Share] = (),
) -> UUID:
    """Decide to give `amount` rupiah back, once per `cause`; a repeat gives the first refund's id.

    Each of the parcels' `shares` becomes a credit note once the money is there; they add up to the amount.
    Rule I12: refunds never exceed what was captured. Raises RefundTooLarge; nothing is written then.
    """
    order_id = session.scalars(select(Payment.order_id).where(Payment.id == payment_id)).one()
    refund_id = uuid4()
    values = {
        "id": refund_id,
        "payment_id": payment_id,
        "order_id": order_id,
        "amount": amount,
        "state": "due",
        "cause": cause,
        "reason": reason,
        "idempotency_key": f"refund-{refund_id}",
        "actor_user_id": actor.user_id,
        "actor_label": actor.label,
        "created_at": at,
        "check_at": at + CHECK_AGAIN,
    }
    with session.begin_nested():
        written = upsert(Refund).values(values).on_conflict_do_nothing(index_elements=["cause"])
        if session.execute(written.returning(Refund.id)).scalar_one_or_none() is None:
            return session.scalars(select(Refund.id).where(Refund.cause == cause)).one()
        if not _claim(session, payment_id, amount):
            raise RefundTooLarge(amount=amount)
        _write_shares(session, refund_id, shares)
    details = {"refund_id": str(refund_id), "amount": amount, "reason": reason}
    _write_history(session, order_id, "refund_due", details, actor, at)
    publish(session, RefundDue(str(refund_id)))
    return refund_id


def _write_shares(session: Session, refund_id: UUID, shares: Sequence[Share]) -> None:
    rows = [
        {
            "refund_id": refund_id,
            "fulfilment_id": share.fulfilment_id,
            "pieces": {str(position): count for position, count in share.pieces.items()},
            "shipping": share.shipping,
            "amount": share.amount,
        }
        for share in shares
    ]
    if rows:
        session.execute(insert(RefundShare), rows)


# The cap stands on the row that is updated: READ COMMITTED checks it again after waiting for another refund.
def _claim(session: Session, payment_id: UUID, amount: int) -> bool:
    claimed = session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.captured - Payment.refund_claimed >= amount)
        .values(refund_claimed=Payment.refund_claimed + amount)
    )
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


# --- asking the provider ------------------------------------------------------------------------------------


def ask_refund(session: Session, event: RefundDue) -> GiveBack | None:
    """What the provider is to be asked for; None when it has answered already."""
    refund = session.get(Refund, UUID(event.refund_id), populate_existing=True)
    if refund is None or refund.state != "due":
        return None
    payment = session.get_one(Payment, refund.payment_id, populate_existing=True)
    assert payment.ref is not None  # money was captured, so the provider knows it
    request = RefundRequest(refund.id, refund.amount, refund.reason)
    return GiveBack(payment.ref, request, refund.idempotency_key)


def give_back(provider: PaymentProvider, question: GiveBack) -> Answer:
    """Ask for the refund. An unclear outcome is resolved by looking, never by a second key.

    Raises ProviderUnavailable and ProviderUnclear: ask again later with the same question.
    """
    try:
        return provider.refund(question.ref, question.request, idempotency_key=question.idempotency_key)
    except ProviderRejected as refusal:
        return refusal
    except ProviderUnclear as unclear:
        made = provider.look(question.ref).refunds
        ours = [refund for refund in made if refund.refund_id == question.request.id]
        if ours:
            return ours[0]
        if unclear.parameters.get("is_final"):
            return NotMade()
        raise


def apply_refund(session: Session, event: RefundDue, answer: Answer, *, at: datetime) -> None:
    """Write down what the provider answered; a repeat changes nothing."""
    refund = session.get_one(Refund, UUID(event.refund_id))
    lock_order(session, refund.order_id)
    payment = lock_payment(session, refund.payment_id)
    session.refresh(refund, with_for_update=True)
    match answer:
        case RefundSnapshot():
            record_refund(session, payment, answer, at=at)
        case NotMade():
            _change_key(session, refund)
        case ProviderRejected():
            if refund.state == "due":
                _fail(session, payment, refund, str(answer.parameters.get("reason", answer.code)), at)
                # why it was refused may be a refund made elsewhere, for which there was no room till now
                publish(session, PaymentCheckDue(str(payment.id), close=False))


def record_refund(session: Session, payment: Payment, made: RefundSnapshot, *, at: datetime) -> None:
    """Bring our row of a provider's refund forward; one made elsewhere gets a row. `payment` is locked."""
    refund = _row_of(session, payment, made)
    if refund is None:
        _write_foreign(session, payment, made, at)
        return
    if refund.amount != made.amount:
        alarm(_logger, "refund amount differs", refund=str(refund.id), ours=refund.amount, theirs=made.amount)
    refund.ref = made.ref
    to_state = _STATES[made.status]
    if not may_move(refund, to_state):
        return
    if to_state == "failed":
        _fail(session, payment, refund, "provider", at)
        return
    refund.check_at = at + CHECK_PENDING if to_state == "pending" else None
    refund.settled_at = at if to_state == "succeeded" else None
    move_to(session, refund, to_state, actor=_PROVIDER, at=at)
    if to_state == "succeeded":
        publish(session, RefundSettled(str(refund.id)))


_STATES = {
    RefundStatus.PENDING: "pending",
    RefundStatus.SUCCEEDED: "succeeded",
    RefundStatus.FAILED: "failed",
}


def _row_of(session: Session, payment: Payment, made: RefundSnapshot) -> Refund | None:
    """Our row of it: by the provider's ref, else by our id unless that row stands for another refund."""
    mine = select(Refund).where(Refund.payment_id == payment.id).with_for_update()
    fresh = {"populate_existing": True}
    by_ref = session.scalars(mine.where(Refund.ref == made.ref), execution_options=fresh).one_or_none()
    if by_ref is not None or made.refund_id is None:
        return by_ref
    by_id = mine.where(Refund.id == made.refund_id, Refund.ref.is_(None), Refund.state != "failed")
    return session.scalars(by_id, execution_options=fresh).one_or_none()


def _write_foreign(session: Session, payment: Payment, made: RefundSnapshot, at: datetime) -> None:
    """A refund made in the provider's own pages, by a person there."""
    if made.status is RefundStatus.FAILED:
        return
    if not _claim(session, payment.id, made.amount):
        # a refund of ours holds the claim; when it is refused we look again, and find room for this one
        alarm(_logger, "refund made elsewhere does not fit", payment=str(payment.id), ref=made.ref)
        return
    refund = Refund(
        id=uuid4(),
        payment_id=payment.id,
        order_id=payment.order_id,
        amount=made.amount,
        state="due",
        cause=f"provider:{made.ref}",
        reason="made_at_provider",
        idempotency_key=f"provider:{made.ref}",
        ref=made.ref,
        actor_label=_PROVIDER.label,
        created_at=at,
    )
    session.add(refund)
    record_refund(session, payment, made, at=at)


def _fail(session: Session, payment: Payment, refund: Refund, problem: str, at: datetime) -> None:
    """The money stays with us and is owed again: the claim is free for another refund, a person is told."""
    session.execute(
        update(Payment)
        .where(Payment.id == payment.id)
        .values(refund_claimed=Payment.refund_claimed - refund.amount)
    )
    refund.problem, refund.check_at, refund.settled_at = problem, None, at
    move_to(session, refund, "failed", actor=_PROVIDER, at=at, details={"problem": problem})
    publish(session, RefundFailed(str(refund.id)))


def _change_key(session: Session, refund: Refund) -> None:
    if refund.state == "due":
        refund.idempotency_key = f"refund-{refund.id}-{uuid4().hex[:8]}"
        publish(session, RefundDue(str(refund.id)))


def _write_history(
    session: Session, order_id: int, kind: str, details: dict[str, object], actor: Actor, at: datetime
) -> None:
    row = OrderEvent(order_id=order_id, kind=kind, details=details, actor_label=actor.label, at=at)
    row.actor_user_id = actor.user_id
    session.add(row)
