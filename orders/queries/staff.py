"""Parcels as officers see them: only of paid orders, and only of UPTs in the actor's scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from orders.errors import FulfilmentNotFound
from orders.models import Fulfilment, FulfilmentLine, Order, OrderEvent, Payment
from orders.rules.handling import OPEN_STATES

PAGE_SIZE = 50

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One line of the list; `pieces` are those not cancelled. `is_late`: it cannot come by the first date."""

    number: str
    state: str
    upt_name: str
    customer: str
    regency: str
    pieces: int
    promised_from: date
    promised_until: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class ParcelPage:
    """Some parcels of a list, from page 1."""

    rows: tuple[ParcelRow, ...]
    page: int
    has_next: bool


def fulfilment_for(session: Session, actor: Actor, number: str) -> Fulfilment:
    """The parcel with its order, UPT and lines, if the actor may see it; always as it is now.

    Raises FulfilmentNotFound.
    """
    query = _seen_by(actor, select(Fulfilment)).where(Fulfilment.number == number)
    found = session.scalar(
        query.options(
            contains_eager(Fulfilment.order),
            contains_eager(Fulfilment.upt),
            selectinload(Fulfilment.lines).options(
                joinedload(FulfilmentLine.order_line), joinedload(FulfilmentLine.reservation)
            ),
        ).execution_options(populate_existing=True)
    )
    if found is None:
        raise FulfilmentNotFound
    return found


def lock_fulfilment(session: Session, fulfilment_id: int) -> None:
    """Hold a parcel until the transaction ends; its order must be locked already."""
    session.execute(select(Fulfilment.id).where(Fulfilment.id == fulfilment_id).with_for_update())


def parcels_for(
    session: Session, actor: Actor, *, states: Collection[str], words: str, page: int, today: date
) -> ParcelPage:
    """The parcels in these states that the actor may see: open ones first, the most urgent on top.

    `words` is a part of a number or of the customer's name; `today` is Jakarta's date.
    """
    is_open = Fulfilment.state.in_(OPEN_STATES)
    pieces = (
        select(func.sum(FulfilmentLine.quantity - FulfilmentLine.cancelled))
        .where(FulfilmentLine.fulfilment_id == Fulfilment.id)
        .scalar_subquery()
    )
    query = (
        _seen_by(actor, select(Fulfilment, Order.name, Order.regency, Upt.name, pieces))
        .where(Fulfilment.state.in_(states), _matches(words))
        .order_by(
            is_open.desc(), case((is_open, Fulfilment.promised_from)).asc().nulls_last(), Fulfilment.id.desc()
        )
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [
        ParcelRow(
            number=parcel.number,
            state=parcel.state,
            upt_name=upt_name,
            customer=customer,
            regency=regency,
            pieces=count,
            promised_from=parcel.promised_from,
            promised_until=parcel.promised_until,
            is_late=parcel.state in OPEN_STATES and parcel.promised_from <= today,
        )
        for parcel, customer, regency, upt_name, count in session.execute(query)
    ]
    return ParcelPage(rows=tuple(rows[:PAGE_SIZE]), page=page, has_next=len(rows) > PAGE_SIZE)


def parcel_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many parcels the actor may see in each state; a state without any is absent."""
    query = _seen_by(actor, select(Fulfilment.state, func.count())).group_by(Fulfilment.state)
    return dict(session.execute(query).all())


def parcel_history(session: Session, fulfilment: Fulfilment) -> Sequence[OrderEvent]:
    """What happened to the parcel, oldest first."""
    query = select(OrderEvent).where(OrderEvent.fulfilment_id == fulfilment.id).order_by(OrderEvent.id)
    return session.scalars(query).all()


def is_disputed(session: Session, order_id: int) -> bool:
    """Whether the customer's bank disputes a payment of the order."""
    query = select(Payment.id).where(Payment.order_id == order_id, Payment.is_disputed).limit(1)
    return session.scalar(query) is not None


def _seen_by(actor: Actor, query: Query) -> Query:
    """Only what is paid for and in the actor's scope: the one place that decides it."""
    joined = query.join(Order, Order.id == Fulfilment.order_id).join(Upt, Upt.id == Fulfilment.upt_id)
    return joined.where(Order.state == "paid", in_scope(actor))


def _matches(words: str) -> ColumnElement[bool]:
    return or_(
        Fulfilment.number.icontains(words, autoescape=True), Order.name.icontains(words, autoescape=True)
    )
