"""The one way an order, fulfilment, payment or refund changes its state, with its line of history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from accounts.rules import Actor
from orders.errors import WrongState
from orders.models import Fulfilment, Order, OrderEvent, Payment, Refund
from orders.rules.states import FULFILMENT_MOVES, ORDER_MOVES, PAYMENT_MOVES, REFUND_MOVES

Thing = Order | Fulfilment | Payment | Refund


def may_move(thing: Thing, to_state: str) -> bool:
    """Whether the transition tables allow `thing` to go to `to_state` from where it is."""
    return to_state in _moves(thing)[thing.state]


def move_to(
    session: Session,
    thing: Thing,
    to_state: str,
    *,
    actor: Actor,
    at: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Change a state and write it down; rule I16: only allowed moves, the newest row is the state.

    Columns the database ties to the state (paid_at, shipped_at...) are set by the caller first. The row of
    a payment or refund belongs to its order but is no state of it. Raises WrongState.
    """
    if not may_move(thing, to_state):
        raise WrongState(state=thing.state)
    from_state, thing.state = thing.state, to_state
    row = _history_row(thing, from_state, to_state, details or {})
    session.add(OrderEvent(**row, actor_user_id=actor.user_id, actor_label=actor.label, at=at))


def _moves(thing: Thing) -> Mapping[str, frozenset[str]]:
    match thing:
        case Order():
            return ORDER_MOVES
        case Fulfilment():
            return FULFILMENT_MOVES
        case Payment():
            return PAYMENT_MOVES
        case Refund():
            return REFUND_MOVES


def _history_row(thing: Thing, from_state: str, to_state: str, details: Mapping[str, Any]) -> dict[str, Any]:
    states = {"from_state": from_state, "to_state": to_state}
    match thing:
        case Order():
            return {"order_id": thing.id, "kind": f"order_{to_state}", **states, "details": dict(details)}
        case Fulfilment():
            owner = {"order_id": thing.order_id, "fulfilment_id": thing.id}
            return {**owner, "kind": f"fulfilment_{to_state}", **states, "details": dict(details)}
        case Payment():
            kind, key = f"payment_{to_state}", "payment_id"
        case Refund():
            kind, key = f"refund_{to_state}", "refund_id"
    known = {key: str(thing.id), "from": from_state, "to": to_state, "amount": thing.amount}
    return {"order_id": thing.order_id, "kind": kind, "details": {**known, **details}}
