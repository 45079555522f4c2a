"""Orders that have arrived, and reviews of them, made as buyers and officers do."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from orders.models import Fulfilment, Order, Review
from orders.rules.allocation import Wish
from orders.rules.pictures import Picture
from orders.services.fulfilling import accept, deliver, pack, ship
from orders.services.moderating import publish_review
from orders.services.reviewing import write_review
from tests.factories.accounts import make_membership, make_user
from tests.factories.parcels import make_paid_order

_numbers = count(1)


def make_delivered_order(session: Session, *wishes: Wish, at: datetime, **changes: Any) -> Order:
    """An order of which every parcel has arrived."""
    order = make_paid_order(session, *wishes, at=at, **changes)
    deliver_all(session, order, at=at)
    return order


def deliver_all(session: Session, order: Order, *, at: datetime) -> None:
    """Each parcel of a paid order is packed, shipped and noted as delivered by an officer of its UPT."""
    for parcel in session.scalars(select(Fulfilment).where(Fulfilment.order_id == order.id)).all():
        officer = Actor("Petugas", None, frozenset({"upt_officer"}), frozenset({parcel.upt_id}))
        accept(session, parcel.number, actor=officer, at=at)
        pack(session, parcel.number, actor=officer, at=at)
        ship(session, parcel.number, "JNE", f"JNE{next(_numbers):010d}", actor=officer, at=at)
        deliver(session, parcel.number, actor=officer, at=at)


def make_director(session: Session) -> Actor:
    """Somebody of the national office."""
    user = make_user(session)
    make_membership(session, user, "directorate")
    return actor_of(session, user.id, user.name)


def sent_picture(folder: str) -> Picture:
    """A photograph as a form notes it; its file is the caller's to put."""
    key = uuid4()
    return Picture(key, f"{folder}/{key}.jpg", 9, 7)


def make_review(session: Session, order: Order, *, at: datetime, position: int = 1, **values: Any) -> Review:
    """A review of a line that has arrived; it waits for a moderator."""
    defaults: dict[str, Any] = {"stars": 4, "body": "Rotinya enak.", "key": f"key-{next(_numbers)}"}
    given = {**defaults, **values}
    write_review(session, order.number, position, actor=CUSTOMER, at=at, **given)
    return session.scalars(select(Review).where(Review.key == given["key"])).one()


def make_published_review(session: Session, order: Order, *, at: datetime, **values: Any) -> Review:
    """A review that stands on its product's page."""
    review = make_review(session, order, at=at, **values)
    publish_review(session, review.number, seen=review.version, actor=make_director(session), at=at)
    return review
