"""What may not be sold without a permit is not ordered, to the day; what was ordered before is sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from inventory.errors import NotForSale, OutOfStock
from inventory.models import Permit, PermitRule, Product, Reservation
from kernel.clock import jakarta_day
from orders.models import Fulfilment, Order
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from orders.services.placing import place_order
from orders.services.quoting import Quote, quote
from tests.factories.accounts import make_officer
from tests.factories.inventory import make_permit
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import Shop, make_command, make_shop, with_seen_total


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    return make_shop(session, at=at)


@pytest.fixture
def today(at: datetime) -> date:
    return jakarta_day(at)


def rule(session: Session, shop: Shop, since: date) -> None:
    """Let what is of the nets' category need a P-IRT or BPOM number from a day on."""
    category_id = session.scalars(select(Product.category_id).where(Product.name == "Coir Net")).one()
    session.add(PermitRule(category_id=category_id, kinds=["PIRT", "BPOM_MD"], since=since))
    session.flush()


def permit(session: Session, shop: Shop, at: datetime, **values: object) -> Permit:
    """Garut's P-IRT for the nets, checked unless the test says otherwise."""
    product = session.scalars(select(Product).where(Product.name == "Coir Net")).one()
    checked = {"verified_at": at, "verified_by": "Kanwil"}
    return make_permit(session, shop.garut, product, **{**checked, **values})


def nets(session: Session, shop: Shop, day: date, quantity: int = 1) -> Quote:
    return quote(session, (Wish(1, shop.net.id, quantity),), regency_code="32.73", day=day)


class TestTheDay:
    def test_a_permit_holds_on_its_last_day_and_not_on_the_next(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today - timedelta(days=30))
        permit(session, shop, at, expires_on=today)
        assert nets(session, shop, today).goods_total == 90_000
        with pytest.raises(NotForSale):
            nets(session, shop, today + timedelta(days=1))

    def test_a_rule_holds_from_its_first_day(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today + timedelta(days=1))
        assert nets(session, shop, today).goods_total == 90_000
        with pytest.raises(NotForSale):
            nets(session, shop, today + timedelta(days=1))

    def test_other_categories_need_nothing(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today)
        bread = quote(session, (Wish(1, shop.bread.id, 1),), regency_code="32.73", day=today)
        assert bread.goods_total == 15_000

    @pytest.mark.parametrize(
        "values",
        [
            {"verified_at": None, "verified_by": ""},
            {"verified_at": None, "verified_by": "", "refusal": "Bukan ini."},
            {"kind": "HALAL", "number": "ID33110000662051022"},
        ],
        ids=["not checked", "sent back", "another kind"],
    )
    def test_no_other_paper_will_do(
        self, session: Session, shop: Shop, at: datetime, today: date, values: dict[str, object]
    ) -> None:
        rule(session, shop, today)
        permit(session, shop, at, **values)
        with pytest.raises(NotForSale):
            nets(session, shop, today)

    def test_a_permit_without_an_end_holds(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today)
        permit(session, shop, at, kind="BPOM_MD", number="MD000000000001", expires_on=None)
        assert nets(session, shop, today + timedelta(days=9_000)).goods_total == 90_000


class TestOneUptOfTwo:
    def test_it_alone_sends_what_its_permit_covers(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today)
        permit(session, shop, at)
        (parcel,) = nets(session, shop, today, 4).parcels
        assert parcel.upt_id == shop.garut.id

    def test_the_pieces_of_the_other_are_not_counted(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today)
        permit(session, shop, at)
        with pytest.raises(OutOfStock) as refusal:
            nets(session, shop, today, 5)
        assert refusal.value.parameters["left"] == 4


class TestOrders:
    def test_one_that_comes_too_late_changes_nothing(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        rule(session, shop, today)
        paper = permit(session, shop, at, expires_on=today)
        command = with_seen_total(session, make_command(Wish(1, shop.net.id, 1)), at=at)
        session.execute(
            update(Permit).where(Permit.id == paper.id).values(expires_on=today - timedelta(days=1))
        )
        with pytest.raises(NotForSale):
            place_order(session, command, actor=CUSTOMER, at=at)
        for table in (Order, Reservation):
            assert session.scalar(select(func.count()).select_from(table)) == 0

    def test_what_was_ordered_before_is_sent(
        self, session: Session, shop: Shop, at: datetime, today: date
    ) -> None:
        order = make_paid_order(session, Wish(1, shop.net.id, 2), at=at)
        rule(session, shop, today)
        upt_id = session.scalars(select(Fulfilment.upt_id).where(Fulfilment.order_id == order.id)).one()
        upt = next(each for each in (shop.garut, shop.ciamis) if each.id == upt_id)
        parcel = parcel_of(session, order, upt)
        actor = actor_of(session, make_officer(session, upt).id, "Petugas")
        assert accept(session, parcel.number, actor=actor, at=at)
        assert pack(session, parcel.number, actor=actor, at=at)
        assert ship(session, parcel.number, parcel.courier, "JNE0123456789", actor=actor, at=at)
        assert parcel.state == "shipped"
