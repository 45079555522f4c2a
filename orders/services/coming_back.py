"""What becomes of a parcel that did not reach its customer: it came back to the UPT, or it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.services.taking_back import pieces_past_date, take_back
from kernel.outbox import publish
from orders.errors import OrderNotPayable, PastDateNotGood, PieceCountWrong, ReturnReasonMissing, WrongState
from orders.events import FulfilmentNotDelivered
from orders.models import Fulfilment, FulfilmentLine
from orders.queries.paid_shipping import paid_shipping
from orders.queries.payments import lock_left_of_payment
from orders.queries.problems import is_shipping_returned, returnable_lines
from orders.queries.staff import is_disputed
from orders.rules.handling import RETURN_REASONS, RETURNS_WITH_SHIPPING
from orders.rules.paid_shipping import shipping_to_return
from orders.services.parcel_work import hold_parcel, in_stock_order, move_parcel
from orders.services.refunding import Share, check_not_own, refund_order


def come_back(
    session: Session, number: str, good: Mapping[int, int], *, reason: str, actor: Actor, at: datetime
) -> bool:
    """A parcel is at its UPT again: the `good` pieces, by line position, go back onto the shelf.

    The others are written off: they are not sold again. What the customer paid for the goods goes back, and
    the shipping too where the reason is none of theirs. False when it was noted before. Raises
    ReturnReasonMissing, PieceCountWrong, PastDateNotGood for pieces whose batches have ended by now,
    WrongState, OwnOrder, OrderNotPayable while the bank disputes the payment.
    """
    if reason not in RETURN_REASONS:
        raise ReturnReasonMissing
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "returned":
        return False
    _check_sent(session, fulfilment, actor)
    _check_good(session, fulfilment, good, at)
    shares = _left_to_give(session, fulfilment, with_shipping=reason in RETURNS_WITH_SHIPPING)
    for line in in_stock_order(fulfilment):
        line.restocked = good.get(line.order_line.position, 0)
        line.written_off = line.shipped - line.restocked
        if line.restocked:
            take_back(session, *_left_with(line), quantity=line.restocked, actor=actor, at=at)
    pieces = {
        "restocked": sum(line.restocked for line in fulfilment.lines),
        "written_off": sum(line.written_off for line in fulfilment.lines),
    }
    _end(session, fulfilment, "returned", {"reason": reason, **pieces}, shares, actor, at)
    return True


def lose(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    """Nobody can find the parcel any more: all that is left of what it cost goes back, shipping included.

    False when it was noted before. Raises WrongState, OwnOrder, OrderNotPayable while the bank disputes the
    payment.
    """
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "lost":
        return False
    _check_sent(session, fulfilment, actor)
    shares = _left_to_give(session, fulfilment, with_shipping=True)
    for line in fulfilment.lines:
        line.written_off = line.shipped
    _end(session, fulfilment, "lost", {}, shares, actor, at)
    return True


def _check_sent(session: Session, fulfilment: Fulfilment, actor: Actor) -> None:
    if fulfilment.state != "shipped":
        raise WrongState(state=fulfilment.state)
    if is_disputed(session, fulfilment.order_id):
        raise OrderNotPayable("payment_in_question")
    check_not_own(session, fulfilment.order_id, actor)


def _check_good(session: Session, fulfilment: Fulfilment, good: Mapping[int, int], at: datetime) -> None:
    lines = {line.order_line.position: line for line in fulfilment.lines}
    for position, count in good.items():
        shipped = lines[position].shipped if position in lines else 0
        if not 0 <= count <= shipped:
            raise PieceCountWrong(most=shipped)
        ended = count and pieces_past_date(session, *_left_with(lines[position]), at=at)
        if count > shipped - ended:
            raise PastDateNotGood(position=position, most=shipped - ended)


def _left_with(line: FulfilmentLine) -> tuple[int, str]:
    """The shelf that the pieces of a line left, and the cause of that in its ledger."""
    return line.reservation.stock_id, f"ship:{line.id}"


def _left_to_give(session: Session, fulfilment: Fulfilment, *, with_shipping: bool) -> list[Share]:
    """What no refund has given yet: the pieces sent of each line, and the shipping if it is to be given.

    Of pieces that were taken over it was paid with another parcel: it goes back from there, unless something
    is sent for it still. What was cancelled before has a refund of its own, also when that one failed and is
    owed again. Together not more than is left of the payment: a person may have given money back in the
    provider's own pages.
    """
    shipped = {line.order_line.position: line.shipped for line in fulfilment.lines}
    lines = returnable_lines(session, fulfilment.number)
    pieces = {line.position: most for line in lines if (most := min(line.most, shipped[line.position]))}
    is_due = with_shipping and not is_shipping_returned(session, fulfilment.number)
    shipping = fulfilment.shipping_cost if is_due else 0
    amount = sum(line.unit_price * pieces.get(line.position, 0) for line in lines) + shipping
    shares = [Share(fulfilment.id, pieces, shipping, amount)]
    back = shipping_to_return(paid_shipping(session, fulfilment.order_id), fulfilment.id)
    if with_shipping and back and back.parcel_id != fulfilment.id:
        shares.append(Share(back.parcel_id, {}, back.cost, back.cost))
    left = lock_left_of_payment(session, fulfilment.order_id)
    within: list[Share] = []
    for share in shares:
        if amount := min(share.amount, left):
            within.append(replace(share, amount=amount))
            left -= amount
    return within


def _end(
    session: Session,
    fulfilment: Fulfilment,
    state: str,
    details: Mapping[str, object],
    shares: Sequence[Share],
    actor: Actor,
    at: datetime,
) -> None:
    """Give the money back, if any of it is left, and write the end down."""
    money: dict[str, object] = {}
    if amount := sum(share.amount for share in shares):
        refund_id = refund_order(
            session,
            fulfilment.order_id,
            amount,
            cause=f"{state}:{fulfilment.number}",
            reason=state,
            actor=actor,
            at=at,
            shares=shares,
        )
        money = {"refund_id": str(refund_id), "amount": amount}
    move_parcel(session, fulfilment, state, f"parcel.{state}", actor, at, {**details, **money})
    publish(session, FulfilmentNotDelivered(fulfilment.id, str(money.get("refund_id", ""))))
