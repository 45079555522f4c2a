"""What a UPT pauses is not sold up to the day; others sell on, and what was ordered before is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.models import AuditEntry
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.errors import (
    OutOfStock,
    PauseKnown,
    PauseNotFound,
    PauseRefused,
    StockNotFound,
    StockNotYours,
)
from inventory.models import Pause, Product, RestockRequest
from inventory.queries.pauses import pause_count, pauses_for
from inventory.queries.resting import resting_for
from inventory.services.pausing import PauseWish, end_past_pauses, end_pause, pause
from kernel.clock import jakarta_day
from kernel.outbox import OutboxEvent
from orders.models import Order
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from orders.services.placing import place_order
from orders.services.quoting import Quote, quote
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import Shop, make_command, make_shop, with_seen_total
from tests.snapshots import snapshot


@dataclass
class World:
    """Nets at Garut (4) and Ciamis (5), bread at Garut (3), Garut's officer, and the day."""

    shop: Shop
    officer: Actor
    day: date
    slug: str

    def wish(self, **changes: Any) -> PauseWish:
        values = {"what": self.shop.garut.code, "until": self.day + timedelta(days=3)}
        values |= {"text_id": "Dapur diperbaiki.", "text_en": ""}
        return PauseWish(**{**values, **changes})


@pytest.fixture
def world(session: Session, at: datetime) -> World:
    shop = make_shop(session, at=at)
    user = make_officer(session, shop.garut)
    slug = session.scalars(select(Product.slug).where(Product.name == "Coir Net")).one()
    return World(shop, actor_of(session, user.id, user.name), jakarta_day(at), slug)


def begin(session: Session, world: World, at: datetime, **changes: Any) -> Pause:
    key = uuid4()
    assert pause(session, world.wish(**changes), key=key, actor=world.officer, at=at)
    return session.scalars(select(Pause).where(Pause.key == key)).one()


def nets(session: Session, world: World, day: date, quantity: int = 1) -> Quote:
    return quote(session, (Wish(1, world.shop.net.id, quantity),), regency_code="32.73", day=day)


class TestWhatIsSold:
    def test_the_whole_upt_up_to_the_last_day_and_not_on_the_next(
        self, session: Session, world: World, at: datetime
    ) -> None:
        begin(session, world, at)
        last = world.day + timedelta(days=3)
        for day in (world.day, last):
            (parcel,) = nets(session, world, day, 5).parcels
            assert parcel.upt_id == world.shop.ciamis.id, "the other sells on"
            with pytest.raises(OutOfStock):
                nets(session, world, day, 6)
            with pytest.raises(OutOfStock):
                quote(session, (Wish(1, world.shop.bread.id, 1),), regency_code="32.73", day=day)
        assert nets(session, world, last + timedelta(days=1), 9).goods_total == 9 * 90_000

    def test_one_product_alone(self, session: Session, world: World, at: datetime) -> None:
        begin(session, world, at, what=f"{world.shop.garut.code}/{world.slug}")
        with pytest.raises(OutOfStock):
            nets(session, world, world.day, 6)
        bread = quote(session, (Wish(1, world.shop.bread.id, 1),), regency_code="32.73", day=world.day)
        assert bread.goods_total == 15_000

    def test_nothing_is_ordered_and_nothing_changes(
        self, session: Session, world: World, at: datetime
    ) -> None:
        command = with_seen_total(session, make_command(Wish(1, world.shop.bread.id, 1)), at=at)
        begin(session, world, at)
        before = snapshot(session)
        with pytest.raises(OutOfStock), session.begin_nested():
            place_order(session, command, actor=CUSTOMER, at=at)
        assert snapshot(session) == before
        assert session.scalar(select(func.count(Order.id))) == 0

    def test_what_was_ordered_before_is_sent(self, session: Session, world: World, at: datetime) -> None:
        order = make_paid_order(session, Wish(1, world.shop.bread.id, 2), at=at)
        begin(session, world, at)
        number = parcel_of(session, order, world.shop.garut).number
        accept(session, number, actor=world.officer, at=at)
        pack(session, number, actor=world.officer, at=at)
        ship(session, number, courier="JNE", tracking_number="JNE1234567", actor=world.officer, at=at)
        assert parcel_of(session, order, world.shop.garut).state == "shipped"

    def test_it_is_no_matter_of_permits(self, session: Session, world: World, at: datetime) -> None:
        begin(session, world, at)
        assert resting_for(session, world.officer) == []


class TestPause:
    def test_says_who_did_it_and_the_same_form_counts_once(
        self, session: Session, world: World, at: datetime
    ) -> None:
        key = uuid4()
        assert pause(session, world.wish(), key=key, actor=world.officer, at=at)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.object_key) == ("pause.begin", world.shop.garut.code)
        before = snapshot(session)
        assert not pause(session, world.wish(), key=key, actor=world.officer, at=at)
        with pytest.raises(PauseKnown), session.begin_nested():
            pause(session, world.wish(), key=uuid4(), actor=world.officer, at=at)
        assert snapshot(session) == before

    @pytest.mark.parametrize(
        ("days", "changes", "code"),
        [
            (-1, {}, "pause_past"),
            (400, {}, "pause_too_long"),
            (1, {"text_id": ""}, "pause_says_nothing"),
            (1, {"text_id": "x" * 201}, "pause_text"),
            (1, {"text_en": "x" * 10_000}, "pause_text"),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self,
        session: Session,
        world: World,
        at: datetime,
        days: int,
        changes: dict[str, str],
        code: str,
    ) -> None:
        before = snapshot(session)
        wish = world.wish(until=world.day + timedelta(days=days), **changes)
        with pytest.raises(PauseRefused) as refusal:
            pause(session, wish, key=uuid4(), actor=world.officer, at=at)
        assert refusal.value.code == code
        assert snapshot(session) == before

    def test_only_ones_own(self, session: Session, world: World, at: datetime) -> None:
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=world.shop.garut.kanwil)
        above = actor_of(session, kanwil.id, kanwil.name)
        stranger_user = make_officer(session, world.shop.ciamis)
        stranger = actor_of(session, stranger_user.id, stranger_user.name)
        found = begin(session, world, at)
        before = snapshot(session)
        for actor, error in ((above, StockNotYours), (stranger, PauseNotFound)):
            with pytest.raises(StockNotFound):
                pause(session, world.wish(), key=uuid4(), actor=actor, at=at)
            with pytest.raises(error):
                end_pause(session, found.key, actor=actor, at=at)
        assert snapshot(session) == before
        assert [pause_count(session, actor, day=world.day) for actor in (above, stranger)] == [1, 0]


class TestTheEnd:
    @pytest.fixture
    def waiting(self, session: Session, world: World, at: datetime) -> None:
        request = RestockRequest(
            variant_id=world.shop.bread.id,
            email="sari@example.id",
            locale="id",
            asked_at=at,
            confirmed_at=at,
        )
        session.add(request)
        session.execute(text("DELETE FROM outbox_events"))

    def events(self, session: Session) -> list[str]:
        return list(session.scalars(select(OutboxEvent.name)))

    @pytest.mark.usefixtures("waiting")
    def test_by_hand_it_is_sold_at_once_and_who_waits_is_told(
        self, session: Session, world: World, at: datetime
    ) -> None:
        found = begin(session, world, at)
        end_pause(session, found.key, actor=world.officer, at=at)
        assert nets(session, world, world.day, 9).goods_total == 9 * 90_000
        assert self.events(session) == ["BackInStock"]
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["pause.begin", "pause.end"]
        with pytest.raises(PauseNotFound):
            end_pause(session, found.key, actor=world.officer, at=at)

    @pytest.mark.usefixtures("waiting")
    def test_by_its_day_the_job_tells_who_waits_once(
        self, session: Session, world: World, at: datetime
    ) -> None:
        begin(session, world, at, what=f"{world.shop.garut.code}/{world.slug}", until=world.day)
        begin(session, world, at, until=world.day + timedelta(days=1))
        assert end_past_pauses(session, at=at) == 0
        assert end_past_pauses(session, at=at + timedelta(days=1)) == 1
        assert self.events(session) == [], "nobody waits for nets"
        assert end_past_pauses(session, at=at + timedelta(days=2)) == 1
        assert end_past_pauses(session, at=at + timedelta(days=3)) == 0
        assert self.events(session) == ["BackInStock"]

    def test_the_next_one_begins_though_no_job_has_run(
        self, session: Session, world: World, at: datetime
    ) -> None:
        begin(session, world, at, until=world.day)
        later = at + timedelta(days=1)
        begin(session, world, later, until=world.day + timedelta(days=5))
        assert len(pauses_for(session, world.officer, day=world.day + timedelta(days=1))) == 1
