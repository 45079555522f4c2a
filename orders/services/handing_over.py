"""How a parcel leaves without a courier: its customer fetches it with a code, or the UPT brings it itself.

Locks, history and audit entries as orders.services.parcel_work has them; each use-case raises
FulfilmentNotFound and ParcelNotYours, and doing the same twice changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from accounts.rules import Actor
from kernel.i18n import province_zone
from kernel.outbox import publish
from orders.errors import WrongState
from orders.events import FulfilmentDelivered, FulfilmentReady, FulfilmentShipped
from orders.models import Fulfilment
from orders.queries.cartons import cartons_of
from orders.rules.pickup import MOST_MISSES, is_pickup_code
from orders.services.parcel_work import audit_parcel, hold_parcel, issue_pieces, move_parcel, note_parcel

Shown = Literal["right", "again", "wrong", "void"]
"""What became of a code: the parcel is given out, it was before, the code is wrong, no more are looked at."""


def make_ready(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    """A packed parcel may be fetched from now on: its customer is told the code. Raises WrongState."""
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "ready":
        return False
    if fulfilment.hand_over != "pickup":
        raise WrongState(state=fulfilment.state)
    move_parcel(session, fulfilment, "ready", "parcel.ready", actor, at, {})
    publish(session, FulfilmentReady(fulfilment.id, fulfilment.code_round))
    return True


def give_out(
    session: Session, number: str, code: str, *, secret_key: str, actor: Actor, at: datetime
) -> Shown:
    """Hand a parcel to whoever shows its code: the pieces leave the shelf, and it is delivered.

    A wrong code is counted, so the answer must be committed, not thrown away; after MOST_MISSES none is
    looked at any more in this round. Raises WrongState, LifeTooShort for what is past its date.
    """
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "delivered" and fulfilment.hand_over == "pickup":
        return "again"
    if fulfilment.state != "ready":
        raise WrongState(state=fulfilment.state)
    if fulfilment.code_misses >= MOST_MISSES:
        return "void"
    if not is_pickup_code(code, number, fulfilment.code_round, secret_key=secret_key):
        before = {"wrong_codes": fulfilment.code_misses}
        fulfilment.code_misses += 1
        after = {"wrong_codes": fulfilment.code_misses}
        audit_parcel(session, fulfilment, "parcel.wrong_code", actor, at, before, after)
        return "wrong"
    _leave(session, fulfilment, actor, at)
    move_parcel(session, fulfilment, "delivered", "parcel.give_out", actor, at, {})
    publish(session, FulfilmentDelivered(fulfilment.id))
    return "right"


def renew_code(session: Session, number: str, *, seen_round: int, actor: Actor, at: datetime) -> bool:
    """Send the customer of a waiting parcel a new code; the old one opens nothing any more.

    False when a newer one than the page's `seen_round` was sent already. Raises WrongState.
    """
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state != "ready":
        raise WrongState(state=fulfilment.state)
    if fulfilment.code_round != seen_round:
        return False
    fulfilment.code_round, fulfilment.code_misses = seen_round + 1, 0
    note_parcel(session, fulfilment, "fulfilment_code_renewed", {}, actor, at)
    rounds = {"code": seen_round}, {"code": seen_round + 1}
    audit_parcel(session, fulfilment, "parcel.renew_code", actor, at, *rounds)
    publish(session, FulfilmentReady(fulfilment.id, fulfilment.code_round))
    return True


def bring(session: Session, number: str, *, actor: Actor, at: datetime) -> bool:
    """The UPT sets out to bring a packed parcel itself: its pieces leave the stock, the customer is told.

    Raises WrongState, also when the courier has a carton of it, LifeTooShort for what is past its date.
    """
    fulfilment = hold_parcel(session, number, actor)
    if fulfilment.state == "shipped" and fulfilment.hand_over == "upt_delivery":
        return False
    if fulfilment.state != "packed" or fulfilment.hand_over != "courier":
        raise WrongState(state=fulfilment.state)
    if any(carton.has_left for carton in cartons_of(session, [fulfilment.id])[fulfilment.id]):
        raise WrongState(state=fulfilment.state)
    fulfilment.hand_over = "upt_delivery"
    _leave(session, fulfilment, actor, at)
    move_parcel(session, fulfilment, "shipped", "parcel.bring", actor, at, {"hand_over": "upt_delivery"})
    publish(session, FulfilmentShipped(fulfilment.id))
    return True


def _leave(session: Session, fulfilment: Fulfilment, actor: Actor, at: datetime) -> None:
    """The pieces leave the shelf today, and are with the customer today."""
    today = at.astimezone(province_zone(fulfilment.upt.province_code)).date()
    issue_pieces(session, fulfilment, good_until=today, actor=actor, at=at)
    fulfilment.shipped_at = at
