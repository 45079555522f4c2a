"""Parcels as officers see them: only of paid orders, and only of UPTs in the actor's scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload, selectinload

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from orders.errors import FulfilmentNotFound
from orders.models import Carton, Fulfilment, FulfilmentLine, Order, OrderEvent, Payment
from orders.rules.handling import bare_tracking_number

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def fulfilment_for(session: Session, actor: Actor, number: str) -> Fulfilment:
    """The parcel with its order, UPT and lines, if the actor may see it; always as it is now.

    Raises FulfilmentNotFound.
    """
    found = session.scalar(_whole(actor).where(Fulfilment.number == number))
    if found is None:
        raise FulfilmentNotFound
    return found


def fulfilments_for(session: Session, actor: Actor, numbers: Collection[str]) -> Sequence[Fulfilment]:
    """Several such parcels, oldest first. Raises FulfilmentNotFound if one is not theirs to see."""
    query = _whole(actor).where(Fulfilment.number.in_(numbers)).order_by(Fulfilment.id)
    found = session.scalars(query).all()
    if len(found) != len(set(numbers)):
        raise FulfilmentNotFound
    return found


def lock_fulfilment(session: Session, fulfilment_id: int) -> None:
    """Hold a parcel until the transaction ends; its order must be locked already."""
    session.execute(select(Fulfilment.id).where(Fulfilment.id == fulfilment_id).with_for_update())


def parcel_history(session: Session, fulfilment: Fulfilment) -> Sequence[OrderEvent]:
    """What happened to the parcel, oldest first."""
    query = select(OrderEvent).where(OrderEvent.fulfilment_id == fulfilment.id).order_by(OrderEvent.id)
    return session.scalars(query).all()


def is_tracking_number_used(
    session: Session, courier: str, tracking_number: str, *, parcel_id: int | None, carton_id: int | None
) -> bool:
    """Whether the courier carries, or has carried, another box under this number.

    The one it is for is the first of a parcel, or a later carton.
    """
    parcels = select(Fulfilment.id).where(
        _bears(Fulfilment.tracking_number, tracking_number),
        Fulfilment.shipped_courier == courier,
        Fulfilment.id.is_distinct_from(parcel_id),
    )
    cartons = select(Carton.id).where(
        _bears(Carton.tracking_number, tracking_number),
        Carton.tracking_number != literal_column("''"),  # its index holds no empty ones
        Carton.shipped_courier == courier,
        Carton.id.is_distinct_from(carton_id),
    )
    return session.scalar(parcels.union_all(cartons).limit(1)) is not None


def _bears(number: InstrumentedAttribute[str | None], written: str) -> ColumnElement[bool]:
    """Whether a box bears a number, with hyphens or without; by the index of it."""
    bare = func.replace(number, literal_column("'-'"), literal_column("''"))
    return bare == bare_tracking_number(written)


def is_disputed(session: Session, order_id: int) -> bool:
    """Whether the customer's bank disputes a payment of the order."""
    query = select(Payment.id).where(Payment.order_id == order_id, Payment.is_disputed).limit(1)
    return session.scalar(query) is not None


def whole_parcel(session: Session, fulfilment_id: int) -> Fulfilment:
    """A parcel with all that belongs to it, for whoever has shown elsewhere that they may work on it."""
    joined = select(Fulfilment).join(Fulfilment.order).join(Fulfilment.upt)
    return session.scalars(_with_all(joined).where(Fulfilment.id == fulfilment_id)).one()


def _whole(actor: Actor) -> Select[Fulfilment]:
    """Parcels of the actor's scope with all that belongs to them, as they are now."""
    return _with_all(seen_by(actor, select(Fulfilment)))


def _with_all(query: Select[Fulfilment]) -> Select[Fulfilment]:
    return query.options(
        contains_eager(Fulfilment.order),
        contains_eager(Fulfilment.upt),
        selectinload(Fulfilment.lines).options(
            joinedload(FulfilmentLine.order_line), joinedload(FulfilmentLine.reservation)
        ),
    ).execution_options(populate_existing=True)


def seen_by(actor: Actor, query: Query) -> Query:
    """Only what is paid for and in the actor's scope: the one place that decides it."""
    joined = query.join(Order, Order.id == Fulfilment.order_id).join(Upt, Upt.id == Fulfilment.upt_id)
    return joined.where(Order.state == "paid", in_scope(actor))
