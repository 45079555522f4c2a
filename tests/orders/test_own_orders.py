"""Who works at a UPT and buys there decides nothing about the money of that order alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from orders.errors import OwnOrder
from orders.models import Order, Refund
from orders.rules.limits import person
from orders.services.calling_off import call_off
from orders.services.coming_back import come_back, lose
from orders.services.fulfilling import accept, cannot_supply, pack, ship
from orders.services.problems import give_back
from orders.services.refunding import refund_order
from reporting.invariants import violations
from tests.factories.accounts import make_officer, make_user
from tests.factories.parcels import Desk, make_desk
from tests.factories.problems import make_problem
from tests.snapshots import refused

STEPS = ("cannot_supply", "come_back", "lose", "give_back")


def buy(session: Session, desk: Desk, *, as_guest: bool) -> None:
    """Garut's officer is who bought the parcel: signed in, or as a guest under another spelling."""
    if not as_guest:
        session.execute(update(Order).where(Order.id == desk.order.id).values(user_id=desk.officer.user_id))
        return
    local, _, domain = session.get_one(User, desk.officer.user_id).email.partition("@")
    typed = f"{local.upper()}+toko@{domain}"
    values = {"email": typed, "buyer_email": person(typed, "").email}
    session.execute(update(Order).where(Order.id == desk.order.id).values(values))


def colleague(session: Session, desk: Desk) -> Actor:
    """Somebody else of Garut."""
    user = make_officer(session, desk.garut)
    return actor_of(session, user.id, user.name)


def send(session: Session, desk: Desk, at: datetime) -> None:
    """Packing and sending it is theirs: no money is decided about."""
    accept(session, desk.number, actor=desk.officer, at=at)
    pack(session, desk.number, actor=desk.officer, at=at)
    ship(session, desk.number, "JNE", "JNE0012345678", actor=desk.officer, at=at)


def prepared(session: Session, desk: Desk, name: str, at: datetime) -> Callable[[Actor], object]:
    """The parcel is as far as the step needs it; gives the step."""
    if name == "cannot_supply":
        short = partial(cannot_supply, reason="damaged", seen_cancelled=0)
        return lambda actor: short(session, desk.number, {1: 1}, actor=actor, at=at)
    send(session, desk, at)
    if name == "come_back":
        return lambda actor: come_back(session, desk.number, {1: 3}, reason="refused", actor=actor, at=at)
    if name == "lose":
        return lambda actor: lose(session, desk.number, actor=actor, at=at)
    number = make_problem(session, desk.parcel, at=at)[0].number
    give = partial(give_back, with_shipping=True, key="g", at=at)
    return lambda actor: give(session, number, {1: 1}, "Maaf, uang kembali.", actor=actor)


@pytest.mark.parametrize("as_guest", [False, True], ids=["signed in", "as a guest"])
@pytest.mark.parametrize("name", STEPS)
class TestOwnOrder:
    def test_is_for_a_colleague(self, session: Session, at: datetime, name: str, as_guest: bool) -> None:
        desk = make_desk(session, at=at)
        buy(session, desk, as_guest=as_guest)
        step = prepared(session, desk, name, at)
        refused(session, OwnOrder, lambda: step(desk.officer))
        step(colleague(session, desk))
        assert len(session.scalars(select(Refund.id)).all()) == 1
        assert violations(session, at=at) == {}

    def test_is_for_the_office_above(self, session: Session, at: datetime, name: str, as_guest: bool) -> None:
        """Not for the same person who steps in from above, either."""
        desk = make_desk(session, at=at)
        buy(session, desk, as_guest=as_guest)
        step = prepared(session, desk, name, at)
        refused(session, OwnOrder, lambda: step(desk.officer.standing_in(desk.garut.id)))
        above = make_user(session)
        step(Actor(above.name, above.id).standing_in(desk.garut.id))
        assert len(session.scalars(select(Refund.id)).all()) == 1


class TestTheOneDoor:
    def test_asks_whatever_leads_there(self, session: Session, at: datetime) -> None:
        desk = make_desk(session, at=at)
        buy(session, desk, as_guest=False)
        give = partial(refund_order, session, desk.order.id, 1_000, cause="c", reason="problem", at=at)
        refused(session, OwnOrder, lambda: give(actor=desk.officer))
        give(actor=desk.other)

    def test_an_order_of_nobody_known_is_nobodys(self, session: Session, at: datetime) -> None:
        """The address of who was forgotten is empty."""
        desk = make_desk(session, at=at)
        session.execute(update(Order).values(email="", buyer_email="", user_id=None))
        refund_order(session, desk.order.id, 1_000, cause="c", reason="problem", actor=desk.officer, at=at)

    def test_a_customer_calls_their_own_order_off(self, session: Session, at: datetime) -> None:
        """As every customer does: while nothing is packed, all of it, by an actor without a role."""
        desk = make_desk(session, at=at)
        buy(session, desk, as_guest=False)
        customer = Actor(CUSTOMER.label, desk.officer.user_id)
        assert call_off(session, desk.order.number, actor=customer, at=at)
        assert session.scalars(select(Refund.amount)).all() == [desk.order.total]
