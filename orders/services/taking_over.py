"""A UPT asks another that makes the goods too to send pieces in its place; the other accepts or refuses.

Nothing moves before it accepts: the pieces stay reserved where they are, and the parcel does not leave.
Locks as orders.services.parcel_work has them: whoever comes first, the answer or the withdrawal, counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from accounts.rules import Actor
from accounts.services import audit
from inventory.services.stock import Piece, TakenMeanwhile, release, reserve, write_off_reserved
from kernel.outbox import publish
from orders.errors import (
    OrderNotPayable,
    ParcelNotYours,
    ShortageReasonMissing,
    TakeoverNotPossible,
    TakeoverOver,
    WrongState,
)
from orders.events import TakeoverAccepted, TakeoverAsked, TakeoverRefused, TakeoverWithdrawn
from orders.models import Fulfilment, FulfilmentLine, OrderEvent, Takeover
from orders.queries.payments import lock_order
from orders.queries.staff import is_disputed, lock_fulfilment, whole_parcel
from orders.queries.takeovers import Side, able_upts, lock_shelves, lock_takeover, takeover_for
from orders.rules.handling import OPEN_STATES, REASONS_TO_KEEP, TAKEOVER_REASONS
from orders.services.moves import move_to
from orders.services.parcel_work import (
    audit_parcel,
    check_in_one_box,
    check_not_asked_for,
    chosen_lines,
    hold_parcel,
    note_parcel,
    open_pieces,
)


def ask(
    session: Session,
    number: str,
    upt_code: str,
    pieces: Mapping[int, int],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask the UPT of that code for `pieces` of a parcel, by line position; gives the request's key.

    Raises FulfilmentNotFound, ParcelNotYours, ShortageReasonMissing, WrongState for what has left or is to be
    fetched, TakeoverOpen, ParcelInCartons, PieceCountWrong, TakeoverNotPossible, OrderNotPayable while the
    bank disputes the payment.
    """
    if reason not in TAKEOVER_REASONS:
        raise ShortageReasonMissing
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state not in OPEN_STATES or fulfilment.hand_over != "courier":
        raise WrongState(state=fulfilment.state)
    check_not_asked_for(session, fulfilment)
    check_in_one_box(session, fulfilment)
    if is_disputed(session, fulfilment.order_id):
        raise OrderNotPayable("payment_in_question")
    chosen = chosen_lines(fulfilment, pieces)
    able = able_upts(session, fulfilment, _variants(chosen), at=at)
    found = next((upt for upt in able if upt.code == upt_code and upt.has_enough), None)
    if found is None:
        raise TakeoverNotPossible
    takeover = Takeover(
        key=uuid4(),
        fulfilment_id=fulfilment.id,
        to_upt_id=found.id,
        state="asked",
        pieces={str(line.order_line.position): count for line, count in chosen},
        reason=reason,
        asked_by=actor.user_id,
        asked_label=actor.label,
        asked_at=at,
    )
    session.add(takeover)
    session.flush()
    details = {"reason": reason, "pieces": takeover.pieces, "to": found.name}
    note_parcel(session, fulfilment, "fulfilment_takeover_asked", details, actor, at)
    audit_parcel(session, fulfilment, "parcel.ask_takeover", actor, at, {}, details)
    publish(session, TakeoverAsked(takeover.id))
    return takeover.key


def withdraw(session: Session, key: UUID, *, actor: Actor, at: datetime) -> bool:
    """The UPT that asked sends the pieces itself after all; False when that was said before.

    Raises TakeoverNotFound, ParcelNotYours, TakeoverOver.
    """
    fulfilment, takeover = _hold(session, key, "ours", actor)
    is_new = _end(session, fulfilment, takeover, "withdrawn", "parcel.withdraw_takeover", actor, at)
    if is_new:
        publish(session, TakeoverWithdrawn(takeover.id))
    return is_new


def refuse(session: Session, key: UUID, *, actor: Actor, at: datetime) -> bool:
    """The UPT that was asked does not send the pieces; False when it said so before. Raises as `withdraw`."""
    fulfilment, takeover = _hold(session, key, "theirs", actor)
    is_new = _end(session, fulfilment, takeover, "refused", "parcel.refuse_takeover", actor, at)
    if is_new:
        publish(session, TakeoverRefused(takeover.id))
    return is_new


def withdraw_all(session: Session, fulfilment_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """No UPT is asked any more for pieces of these parcels, which the caller holds: they do not come."""
    open_ones = select(Takeover).where(Takeover.fulfilment_id.in_(fulfilment_ids), Takeover.state == "asked")
    whole = open_ones.options(joinedload(Takeover.fulfilment), joinedload(Takeover.to_upt))
    for takeover in session.scalars(whole).all():
        _decide(takeover, "withdrawn", actor, at)
        details = {"to": takeover.to_upt.name}
        note_parcel(session, takeover.fulfilment, "fulfilment_takeover_withdrawn", details, actor, at)
        publish(session, TakeoverWithdrawn(takeover.id))


def accept(session: Session, key: UUID, *, actor: Actor, at: datetime) -> str:
    """The UPT that was asked sends the pieces: gives the number of its parcel, which it has accepted.

    The reservation moves: the pieces are free, or written off, at the first UPT, and reserved at this one. A
    parcel of which nothing is left goes with its shipping. A second time gives the same number. Keeps I2, I3,
    I14. Raises TakeoverNotFound, ParcelNotYours, TakeoverOver, WrongState, PieceCountWrong, OrderNotPayable
    while the bank disputes the payment, and TakeoverNotPossible when the free pieces do not suffice any more.
    """
    first, takeover = _hold(session, key, "theirs", actor)
    if takeover.state == "accepted":
        taken_by = select(Fulfilment.number).where(Fulfilment.id == takeover.taken_by_id)
        return session.scalars(taken_by).one()
    if takeover.state != "asked":
        raise TakeoverOver(state=takeover.state)
    if first.state not in OPEN_STATES or first.order.state != "paid":
        raise WrongState(state=first.state)
    if is_disputed(session, first.order_id):
        raise OrderNotPayable("payment_in_question")
    chosen = chosen_lines(first, {int(position): count for position, count in takeover.pieces.items()})
    reservation_ids = _reserve(session, first, takeover, chosen, at)
    is_whole = sum(open_pieces(line) for line in first.lines) == sum(count for _, count in chosen)
    second = _parcel_of_pieces(session, first, takeover, chosen, reservation_ids, is_whole, actor, at)
    _let_go(session, takeover, chosen, at)
    takeover.taken_by_id, takeover.with_shipping = second.id, is_whole
    _decide(takeover, "accepted", actor, at)
    details = {"pieces": takeover.pieces, "to": takeover.to_upt.name, "number": second.number}
    if is_whole:
        move_to(session, first, "taken_over", actor=actor, at=at, details=details)
    else:
        note_parcel(session, first, "fulfilment_part_taken_over", details, actor, at)
    publish(session, TakeoverAccepted(takeover.id))
    _audit(session, first, takeover, "parcel.accept_takeover", {"number": second.number}, actor, at)
    return second.number


def _hold(session: Session, key: UUID, side: Side, actor: Actor) -> tuple[Fulfilment, Takeover]:
    """The parcel and the request, held until the transaction ends, for those of that side who may work."""
    found = takeover_for(session, actor, key, side)
    if not actor.may_at("parcel.work", found.upt_id):
        raise ParcelNotYours
    lock_order(session, found.order_id)
    lock_fulfilment(session, found.fulfilment_id)
    takeover = lock_takeover(session, found.id)
    return whole_parcel(session, takeover.fulfilment_id), takeover


def _end(
    session: Session,
    fulfilment: Fulfilment,
    takeover: Takeover,
    state: str,
    action: str,
    actor: Actor,
    at: datetime,
) -> bool:
    if takeover.state == state:
        return False
    if takeover.state != "asked":
        raise TakeoverOver(state=takeover.state)
    _decide(takeover, state, actor, at)
    note_parcel(session, fulfilment, f"fulfilment_takeover_{state}", {"to": takeover.to_upt.name}, actor, at)
    _audit(session, fulfilment, takeover, action, {}, actor, at)
    return True


def _decide(takeover: Takeover, state: str, actor: Actor, at: datetime) -> None:
    takeover.state, takeover.decided_at = state, at
    takeover.decided_by, takeover.decided_label = actor.user_id, actor.label


def _audit(
    session: Session,
    fulfilment: Fulfilment,
    takeover: Takeover,
    action: str,
    after: Mapping[str, object],
    actor: Actor,
    at: datetime,
) -> None:
    """Whoever decides does so in their own office, which may be the other one."""
    upt_id = fulfilment.upt_id if takeover.state == "withdrawn" else takeover.to_upt_id
    audit.record(
        session,
        actor,
        action,
        "parcel",
        fulfilment.number,
        at=at,
        upt_id=upt_id,
        before={"takeover": "asked"},
        after={"takeover": takeover.state, **after},
    )


def _variants(chosen: Sequence[tuple[FulfilmentLine, int]]) -> dict[int, int]:
    """How many pieces of each variant are wanted: two lines may be of one, with other texts on them."""
    wanted: dict[int, int] = {}
    for line, count in chosen:
        wanted[line.order_line.variant_id] = wanted.get(line.order_line.variant_id, 0) + count
    return wanted


def _reserve(
    session: Session,
    first: Fulfilment,
    takeover: Takeover,
    chosen: Sequence[tuple[FulfilmentLine, int]],
    at: datetime,
) -> list[int]:
    """Hold every shelf concerned in one order, and reserve at the other UPT. Raises TakeoverNotPossible."""
    variants = _variants(chosen)
    shelves = lock_shelves(session, variants, (first.upt_id, takeover.to_upt_id))
    able = able_upts(session, first, variants, at=at)
    if not any(upt.id == takeover.to_upt_id and upt.has_enough for upt in able):
        raise TakeoverNotPossible
    pieces = [Piece(shelves[line.order_line.variant_id, takeover.to_upt_id], count) for line, count in chosen]
    try:
        return reserve(session, pieces, order_number=first.order.number, expires_at=None)
    except TakenMeanwhile as error:
        raise TakeoverNotPossible from error


def _parcel_of_pieces(
    session: Session,
    first: Fulfilment,
    takeover: Takeover,
    chosen: Sequence[tuple[FulfilmentLine, int]],
    reservation_ids: Sequence[int],
    is_whole: bool,
    actor: Actor,
    at: datetime,
) -> Fulfilment:
    """The other UPT's parcel, accepted, with the promise the customer was given."""
    parcels = select(func.count()).where(Fulfilment.order_id == first.order_id)
    grams = sum(line.order_line.weight_g * count for line, count in chosen)
    second = Fulfilment(
        number=f"{first.order.number}-{session.scalars(parcels).one() + 1}",
        order_id=first.order_id,
        upt_id=takeover.to_upt_id,
        state="new",
        shipping_cost=first.shipping_cost if is_whole else 0,
        chargeable_weight_g=first.chargeable_weight_g if is_whole else grams,
        courier=first.courier,
        service=first.service,
        promised_from=first.promised_from,
        promised_until=first.promised_until,
    )
    session.add(second)
    session.flush()
    for (line, count), reservation_id in zip(chosen, reservation_ids, strict=True):
        session.add(
            FulfilmentLine(
                fulfilment_id=second.id,
                order_line_id=line.order_line_id,
                reservation_id=reservation_id,
                quantity=count,
            )
        )
    who = {"actor_user_id": actor.user_id, "actor_label": actor.label, "at": at}
    kept = {"order_id": second.order_id, "fulfilment_id": second.id}
    details = {"from": first.number, "upt": first.upt.name}
    session.add(OrderEvent(**kept, **who, kind="fulfilment_new", to_state="new", details=details))
    session.flush()
    move_to(session, second, "accepted", actor=actor, at=at)
    return second


def _let_go(
    session: Session, takeover: Takeover, chosen: Sequence[tuple[FulfilmentLine, int]], at: datetime
) -> None:
    """The pieces leave the first parcel; what is not there leaves its shelf too, as its officer had said."""
    asker = Actor(takeover.asked_label, user_id=takeover.asked_by)
    for line, count in chosen:
        if takeover.reason in REASONS_TO_KEEP:
            release(session, line.reservation_id, count, at=at)
        else:
            cause = f"taken-over:{takeover.id}:{line.id}"
            write_off_reserved(
                session, line.reservation_id, count, cause=cause, actor=asker, at=at, reason="left_to_upt"
            )
        line.taken_over += count
    session.flush()
