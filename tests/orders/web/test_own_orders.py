"""An officer who bought from their own UPT reads on its pages that somebody else decides about the money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from accounts.queries import actor_of
from kernel.db import db, transaction
from orders.links import order_token
from orders.models import Order, Refund
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from tests.factories.accounts import browser, make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.factories.problems import make_problem
from tests.snapshots import snapshot_of

SECRET = "a-secret-for-tests-that-is-long-enough"
SENTENCE = "You bought this order yourself."


@dataclass(frozen=True)
class Desk:
    """Two parcels of nets at Garut, bought by its officer: one new, one on its way with a problem."""

    buyer: int
    colleague: int
    new: str
    sent: str
    problem: str
    order: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5))
        buyer, colleague = make_officer(session, shop.garut), make_officer(session, shop.garut)
        actor = actor_of(session, buyer.id, buyer.name)
        wish = Wish(1, shop.net.id, 6, shop.garut.id)
        orders = [make_paid_order(session, wish, at=at) for _ in range(2)]
        session.execute(update(Order).values(user_id=buyer.id))
        new, sent = (parcel_of(session, order, shop.garut) for order in orders)
        accept(session, sent.number, actor=actor, at=at)
        pack(session, sent.number, actor=actor, at=at)
        ship(session, sent.number, "JNE", "JNE0012345678", actor=actor, at=at)
        problem, _ = make_problem(session, sent, at=at)
        return Desk(buyer.id, colleague.id, new.number, sent.number, problem.number, orders[0].number)


def form_of(desk: Desk, step: str) -> tuple[str, dict[str, str]]:
    """Where a step is sent, and what with it."""
    return {
        "cannot supply": (
            f"/en/staff/paket/{desk.new}/tidak-tersedia",
            {"pieces-1": "1", "reason": "damaged", "seen": "0"},
        ),
        "came back": (f"/en/staff/paket/{desk.sent}/kembali", {"good-1": "6", "reason": "refused"}),
        "lost": (f"/en/staff/paket/{desk.sent}/hilang", {}),
        "give back": (
            f"/en/staff/masalah/{desk.problem}/kembalikan",
            {"refund-key": str(uuid4()), "refund-body": "Maaf", "pieces-1": "2"},
        ),
    }[step]


@pytest.mark.parametrize("step", ["cannot supply", "came back", "lost", "give back"])
def test_the_page_says_who_decides_and_nothing_is_changed(app: Flask, desk: Desk, step: str) -> None:
    address, form = form_of(desk, step)
    buyer, colleague = browser(app, desk.buyer), browser(app, desk.colleague)
    before = snapshot_of(app)
    answer = buyer.post(address, data=form)
    assert answer.status_code == 403
    assert SENTENCE in answer.text
    assert desk.problem in answer.text or desk.new in answer.text or desk.sent in answer.text
    assert snapshot_of(app) == before
    assert colleague.post(address, data=form).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Refund)) == 1


def test_calling_the_own_order_off_is_theirs(app: Flask, desk: Desk) -> None:
    link = f"/pesanan/{desk.order}/{order_token(desk.order, secret_key=SECRET)}"
    answer = browser(app, desk.buyer).post(f"/en{link}/batal-dan-kembalikan", follow_redirects=True)
    assert SENTENCE not in answer.text
    with app.app_context():
        assert db.session.scalar(select(Refund.reason)) == "called_off"
