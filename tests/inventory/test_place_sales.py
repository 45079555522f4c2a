"""What is sold at a fair leaves the place and stands on the ledger, once for each form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry
from accounts.queries import actor_of
from accounts.rules import Actor
from inventory.models import LedgerEntry, LocationStock, Stock
from inventory.services.locations import open_place
from inventory.services.place_sales import sell_at_place
from inventory.services.stock import receive
from inventory.services.transferring import begin_transfer, receive_transfer, send_transfer
from kernel.errors import DomainError
from reporting.invariants import violations
from tests.factories.accounts import make_officer
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.snapshots import snapshot

SOUND = {"I1", "I1-places", "I4", "I4-batches", "I4-transfers"}


class Fair:
    """Garut's fair with six nets and four pots of ten each; somebody of another UPT looks on."""

    def __init__(self, session: Session, at: datetime) -> None:
        upt = make_upt(session)
        self.upt_id = upt.id
        officer, stranger = make_officer(session, upt), make_officer(session, make_upt(session))
        self.officer = actor_of(session, officer.id, officer.name)
        self.stranger = actor_of(session, stranger.id, stranger.name)
        goods = [make_variant(session, make_product(session, makers=(upt,))) for _ in range(2)]
        self.net, self.pot = (each.sku for each in goods)
        for each in goods:
            receive(session, each.id, upt.id, 10, reason="bought", actor=self.officer, at=at)
        self.key = uuid4()
        open_place(session, upt.code, "fair", "Alun-alun", key=self.key, actor=self.officer, at=at)
        key, ends = uuid4(), (upt.code, f"{upt.code}/{self.key}")
        begin_transfer(session, *ends, key=key, actor=self.officer, at=at)
        there = {self.net: 6, self.pot: 4}
        send_transfer(session, key, there, actor=self.officer, at=at)
        receive_transfer(session, key, there, "", actor=self.officer, at=at)

    def sell(
        self,
        session: Session,
        pieces: Mapping[str, int],
        at: datetime,
        *,
        key: UUID | None = None,
        actor: Actor | None = None,
    ) -> bool:
        """Book a sale, by default a new one of the officer."""
        return sell_at_place(
            session, self.key, pieces, key=key or uuid4(), actor=actor or self.officer, at=at
        )


@pytest.fixture
def fair(session: Session, at: datetime) -> Fair:
    return Fair(session, at)


def there(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(LocationStock.on_hand).order_by(LocationStock.stock_id)))


def test_many_lines_are_booked_in_one_go_and_the_store_is_untouched(
    session: Session, fair: Fair, at: datetime
) -> None:
    assert fair.sell(session, {fair.net: 2, fair.pot: 4}, at)
    assert there(session) == [4, 0]
    assert session.scalars(select(Stock.on_hand).order_by(Stock.id)).all() == [4, 6]
    booked = select(LedgerEntry.delta, LedgerEntry.kind, LedgerEntry.actor_user_id)
    booked = booked.where(LedgerEntry.reason == "sold_offline", LedgerEntry.location_id.is_not(None))
    rows = session.execute(booked.order_by(LedgerEntry.id)).all()
    assert rows == [(-2, "adjusted", fair.officer.user_id), (-4, "adjusted", fair.officer.user_id)]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "place.sale")).one()
    assert (entry.before, entry.after) == ({fair.net: 6, fair.pot: 4}, {fair.net: 4, fair.pot: 0})
    assert not SOUND & set(violations(session, at=at))


def test_the_same_form_counts_once(session: Session, fair: Fair, at: datetime) -> None:
    key = uuid4()
    assert fair.sell(session, {fair.net: 2}, at, key=key)
    before = snapshot(session)
    assert not fair.sell(session, {fair.net: 2}, at, key=key)
    assert snapshot(session) == before
    assert fair.sell(session, {fair.net: 2}, at), "another form of the same numbers is another sale"
    assert there(session) == [2, 4]


@pytest.mark.parametrize(
    ("net", "pot", "code"),
    [
        (7, 1, "sale_too_few"),
        (1, 5, "sale_too_few"),
        (0, 0, "sale_empty"),
        (-1, 1, "quantity_invalid"),
        (2**63, 0, "quantity_invalid"),
    ],
)
def test_all_of_it_or_nothing(
    session: Session, fair: Fair, at: datetime, net: int, pot: int, code: str
) -> None:
    before = snapshot(session)
    with pytest.raises(DomainError) as refusal, session.begin_nested():
        fair.sell(session, {fair.net: net, fair.pot: pot}, at)
    assert refusal.value.code == code
    session.expire_all()
    assert snapshot(session) == before


def test_nobody_else_sells_there_nor_what_is_not_there(session: Session, fair: Fair, at: datetime) -> None:
    before = snapshot(session)
    for code, step in (
        ("place_not_found", partial(fair.sell, session, {fair.net: 1}, at, actor=fair.stranger)),
        ("stock_not_found", partial(fair.sell, session, {"NONE": 1}, at)),
    ):
        with pytest.raises(DomainError) as refusal, session.begin_nested():
            step()
        assert refusal.value.code == code
    session.expire_all()
    assert snapshot(session) == before
