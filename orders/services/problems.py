"""Problems of parcels: a customer reports one in time, the UPT answers, gives money back, and closes it.

Locks are taken in the house order: order, parcel, problem. Whoever calls `report_problem` has proven the
customer's right to the order; staff come through the gate of `problem_for`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor
from accounts.services import audit
from kernel.i18n import province_zone
from kernel.outbox import publish
from orders.errors import (
    OrderNotPayable,
    PieceCountWrong,
    ProblemClosed,
    ProblemNotYours,
    ProblemOpen,
    ProblemTooLate,
    WrongState,
)
from orders.events import ProblemAnswered, ProblemReported
from orders.models import Fulfilment, Problem, ProblemEntry, ProblemPicture
from orders.queries.payments import lock_buyers_order, lock_order_by_number
from orders.queries.problems import (
    ProblemView,
    is_shipping_returned,
    lock_problem,
    problem_for,
    reported_parcel,
    returnable_lines,
)
from orders.queries.staff import is_disputed, lock_fulfilment
from orders.rules.pictures import Picture
from orders.rules.problems import MOST_PROBLEMS, REPORTABLE_STATES, answer_due, report_until
from orders.rules.screening import check_message
from orders.services.numbering import draw_number
from orders.services.refunding import Share, check_not_own, refund_order


@dataclass(frozen=True, slots=True)
class Report:
    """What a customer says is wrong; `key` is the form's."""

    key: str
    reason: str
    body: str
    pictures: Sequence[Picture] = ()


def report_problem(
    session: Session, order_number: str, parcel_number: str, report: Report, *, actor: Actor, at: datetime
) -> bool:
    """Write a problem of a parcel down, start its clock and tell both sides; False for a repeated key.

    Raises OrderNotFound, FulfilmentNotFound, WrongState before it is shipped, ProblemTooLate, ProblemOpen
    while another one is open or after too many, and MessageRefused.
    """
    order = lock_buyers_order(session, order_number)
    parcel = reported_parcel(session, order_number, parcel_number)
    if _is_written(session, report.key):
        return False
    check_reportable(parcel.state, parcel.delivered_at, parcel.province_code, at=at)
    fulfilment = session.scalars(select(Fulfilment).where(Fulfilment.number == parcel_number)).one()
    _check_room(session, fulfilment.id)
    known = [number for number in (order.number, parcel.number, fulfilment.tracking_number) if number]
    check_message(report.body, known=known, addresses=False)
    zone = province_zone(session.scalars(select(Upt.province_code).where(Upt.id == fulfilment.upt_id)).one())
    problem = Problem(
        number=draw_number("MS"),
        fulfilment_id=fulfilment.id,
        reason=report.reason,
        state="open",
        reported_at=at,
        answer_due_at=answer_due(at, zone),
    )
    session.add(problem)
    session.flush()
    _enter(session, problem, "customer", "reported", report.body, {}, key=report.key, actor=actor, at=at)
    session.add_all(
        ProblemPicture(
            key=picture.key,
            problem_id=problem.id,
            position=position,
            file_key=picture.file_key,
            width=picture.width,
            height=picture.height,
        )
        for position, picture in enumerate(report.pictures, start=1)
    )
    publish(session, ProblemReported(problem.id))
    return True


def check_reportable(state: str, delivered_at: datetime | None, province_code: str, *, at: datetime) -> None:
    """Raises WrongState for a parcel that is not on its way yet, ProblemTooLate when its time is over."""
    if state not in REPORTABLE_STATES:
        raise WrongState(state=state)
    if delivered_at is not None and at >= report_until(delivered_at, province_zone(province_code)):
        raise ProblemTooLate


def answer(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Answer the customer, who gets a mail; False for a repeated key.

    Raises ProblemNotFound, ProblemNotYours, ProblemClosed, MessageRefused.
    """
    return _say(session, number, "answered", body, key=key, actor=actor, at=at)


def close(session: Session, number: str, body: str, *, key: str, actor: Actor, at: datetime) -> bool:
    """Close the problem with a last word; False for a repeated key. Raises as `answer` does."""
    return _say(session, number, "closed", body, key=key, actor=actor, at=at)


def give_back(
    session: Session,
    number: str,
    pieces: Mapping[int, int],
    body: str,
    *,
    with_shipping: bool,
    key: str,
    actor: Actor,
    at: datetime,
) -> bool:
    """Give the money of pieces back, by line position, and the shipping if wished; False for a repeated key.

    No piece's money goes back twice, whoever gave it first. Raises ProblemNotFound, ProblemNotYours,
    ProblemClosed, PieceCountWrong, MessageRefused, OwnOrder, RefundTooLarge, and OrderNotPayable while the
    bank disputes the payment.
    """
    view = _mine(session, number, actor)
    order = lock_order_by_number(session, view.order_number)
    fulfilment = session.scalars(select(Fulfilment).where(Fulfilment.number == view.parcel_number)).one()
    lock_fulfilment(session, fulfilment.id)
    problem = lock_problem(session, number)
    if _is_written(session, key):
        return False
    _check_open(problem)
    check_message(body)
    if is_disputed(session, order.id):
        raise OrderNotPayable("payment_in_question")
    check_not_own(session, order.id, actor)
    share = _share(session, fulfilment, pieces, with_shipping=with_shipping)
    refund_id = refund_order(
        session,
        order.id,
        share.amount,
        cause=f"problem:{number}:{key}",
        reason="problem",
        actor=actor,
        at=at,
        shares=[share],
    )
    details = {"refund_id": str(refund_id), "amount": share.amount}
    _move(session, problem, "answered", at)
    entry = _enter(session, problem, "staff", "refunded", body, details, key=key, actor=actor, at=at)
    _tell(session, view, entry, actor, at)
    return True


def may_work(actor: Actor, upt_id: int) -> bool:
    """Whether the actor works on problems of this UPT's parcels: its own officers and the national office."""
    return actor.may("problem.work") and (actor.is_national or upt_id in actor.upt_ids)


def _share(
    session: Session, fulfilment: Fulfilment, pieces: Mapping[int, int], *, with_shipping: bool
) -> Share:
    """What these pieces cost. Raises PieceCountWrong for more than is left, or for nothing."""
    lines = {line.position: line for line in returnable_lines(session, fulfilment.number)}
    wanted = {position: count for position, count in pieces.items() if count}
    for position, count in wanted.items():
        most = lines[position].most if position in lines else 0
        if not 0 < count <= most:
            raise PieceCountWrong(most=most)
    is_shipping_left = with_shipping and not is_shipping_returned(session, fulfilment.number)
    shipping = fulfilment.shipping_cost if is_shipping_left else 0
    amount = sum(lines[position].unit_price * count for position, count in wanted.items()) + shipping
    if not amount:
        raise PieceCountWrong(most=max((line.most for line in lines.values()), default=0))
    return Share(fulfilment.id, wanted, shipping, amount)


def _mine(session: Session, number: str, actor: Actor) -> ProblemView:
    view = problem_for(session, actor, number)
    if not may_work(actor, view.upt_id):
        raise ProblemNotYours
    return view


def _say(
    session: Session, number: str, kind: str, body: str, *, key: str, actor: Actor, at: datetime
) -> bool:
    view = _mine(session, number, actor)
    problem = lock_problem(session, number)
    if _is_written(session, key):
        return False
    _check_open(problem)
    check_message(body)
    _move(session, problem, kind, at)
    entry = _enter(session, problem, "staff", kind, body, {}, key=key, actor=actor, at=at)
    _tell(session, view, entry, actor, at)
    return True


def _check_room(session: Session, fulfilment_id: int) -> None:
    states = session.scalars(select(Problem.state).where(Problem.fulfilment_id == fulfilment_id)).all()
    if any(state != "closed" for state in states):
        raise ProblemOpen
    if len(states) >= MOST_PROBLEMS:
        raise ProblemOpen("too_many_problems")


def _check_open(problem: Problem) -> None:
    if problem.state == "closed":
        raise ProblemClosed


def _is_written(session: Session, key: str) -> bool:
    query = select(func.count()).select_from(ProblemEntry).where(ProblemEntry.idempotency_key == key)
    return bool(session.scalar(query))


def _move(session: Session, problem: Problem, to_state: str, at: datetime) -> None:
    problem.state = to_state
    problem.answered_at = problem.answered_at or at
    if to_state == "closed":
        problem.closed_at = at
    session.flush()


def _enter(
    session: Session,
    problem: Problem,
    sender: str,
    kind: str,
    body: str,
    details: Mapping[str, Any],
    *,
    key: str,
    actor: Actor,
    at: datetime,
) -> ProblemEntry:
    entry = ProblemEntry(
        problem_id=problem.id,
        idempotency_key=key,
        sender=sender,
        kind=kind,
        body=body,
        details=dict(details),
        actor_user_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )
    session.add(entry)
    session.flush()
    return entry


def _tell(session: Session, view: ProblemView, entry: ProblemEntry, actor: Actor, at: datetime) -> None:
    publish(session, ProblemAnswered(entry.id))
    audit.record(
        session,
        actor,
        f"problem.{entry.kind}",
        "problem",
        view.number,
        at=at,
        upt_id=view.upt_id,
        after=entry.details,
    )
