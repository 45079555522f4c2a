"""Placing an order: split, reserved, written down once; a refusal changes nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from inventory.errors import NotForSale, OutOfStock
from inventory.models import Reservation, Stock
from kernel.errors import DomainError
from kernel.outbox import OutboxEvent
from orders.errors import NoShippingRate, ParcelTooHeavy, TotalChanged, TotalOutOfBounds, UnknownPostcode
from orders.models import Fulfilment, FulfilmentLine, Order, OrderEvent, OrderLine, ShippingRate
from orders.rules.allocation import Wish
from orders.services.placing import Destination, PlaceOrder, place_order
from tests.factories.placing import Shop, make_command, make_shop, with_seen_total
from tests.queries import CountedQueries
from tests.snapshots import snapshot


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    return make_shop(session, at=at)


def command(*wishes: Wish, seen_total: int, **changes: Any) -> PlaceOrder:
    return make_command(*wishes, seen_total=seen_total, idempotency_key="key-1", **changes)


class TestPlaceOrder:
    def test_splits_lines_over_upts_and_reserves_each_share(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        # 7 nets from two UPTs, the bread rides with Garut's: 3 kg, and 1.5 kg charged as 2
        wishes = (Wish(1, shop.net.id, 7), Wish(2, shop.bread.id, 2))
        number = place_order(session, command(*wishes, seen_total=660_000 + 100_000), actor=CUSTOMER, at=at)

        order = session.scalars(select(Order)).one()
        assert re.fullmatch(r"LP-[0-9A-HJKMNP-TV-Z]{10}", number)
        assert (order.number, order.state, order.line_count) == (number, "awaiting_payment", 2)
        assert (order.goods_total, order.shipping_total, order.total) == (660_000, 100_000, 760_000)
        assert (order.village, order.regency, order.province) == ("Braga", "Kota Bandung", "Jawa Barat")
        assert order.expires_at == at + timedelta(minutes=60)
        parcels = session.execute(
            select(Fulfilment.number, Fulfilment.upt_id, Fulfilment.state, Fulfilment.shipping_cost)
        ).all()
        assert {tuple(row) for row in parcels} == {
            (f"{number}-1", shop.garut.id, "new", 60_000),
            (f"{number}-2", shop.ciamis.id, "new", 40_000),
        }
        reserved = {row.id: row.reserved for row in session.execute(select(Stock.id, Stock.reserved))}
        held = select(Reservation.stock_id, func.sum(Reservation.held)).group_by(Reservation.stock_id)
        assert {row[0]: row[1] for row in session.execute(held)} == reserved
        assert sum(reserved.values()) == 9

    def test_ties_every_fulfilment_line_to_its_own_reservation(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        wishes = (Wish(1, shop.net.id, 2), Wish(2, shop.net.id, 3, shop.garut.id))
        place_order(session, command(*wishes, seen_total=450_000 + 60_000), actor=CUSTOMER, at=at)
        rows = session.execute(
            select(OrderLine.position, Fulfilment.upt_id, FulfilmentLine.quantity, Reservation.quantity)
            .join(FulfilmentLine, FulfilmentLine.order_line_id == OrderLine.id)
            .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
            .join(Reservation, Reservation.id == FulfilmentLine.reservation_id)
        ).all()
        assert sorted(tuple(row) for row in rows) == [
            (1, shop.ciamis.id, 2, 2),
            (2, shop.garut.id, 3, 3),
        ]

    def test_writes_history_and_one_event(self, session: Session, shop: Shop, at: datetime) -> None:
        place_order(session, command(Wish(1, shop.bread.id, 1), seen_total=35_000), actor=CUSTOMER, at=at)
        said = select(OrderEvent.kind, OrderEvent.to_state, OrderEvent.actor_label)
        history = session.execute(said.order_by(OrderEvent.id))
        assert [tuple(row) for row in history] == [
            ("placed", "awaiting_payment", "customer"),
            ("fulfilment_new", "new", "customer"),
        ]
        assert [event.name for event in session.scalars(select(OutboxEvent))] == ["OrderPlaced"]

    def test_costs_the_same_few_statements_whatever_the_basket(
        self, session: Session, shop: Shop, at: datetime, count_queries: CountedQueries
    ) -> None:
        baskets = ((Wish(1, shop.bread.id, 1),), (Wish(1, shop.bread.id, 1), Wish(2, shop.net.id, 7)))
        counts = []
        for basket in baskets:
            ready = with_seen_total(session, make_command(*basket), at=at)
            with count_queries(session) as statements:
                place_order(session, ready, actor=CUSTOMER, at=at)
            counts.append(len(statements))
        assert counts == [7, 8]  # which of two UPTs sends nets is a choice: how busy they are is asked

    def test_a_repeat_of_the_key_gives_the_first_order_and_changes_nothing(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        first = place_order(
            session, command(Wish(1, shop.bread.id, 1), seen_total=35_000), actor=CUSTOMER, at=at
        )
        before = snapshot(session)
        again = place_order(session, command(Wish(1, shop.bread.id, 2), seen_total=1), actor=CUSTOMER, at=at)
        assert again == first
        assert snapshot(session) == before


class TestRefusals:
    """Each refusal names its reason with what a sentence needs, and leaves every table as it was."""

    def refused(
        self, session: Session, order: PlaceOrder, at: datetime, kind: type[DomainError]
    ) -> dict[str, Any]:
        before = snapshot(session)
        with pytest.raises(kind) as refusal:
            place_order(session, order, actor=CUSTOMER, at=at)
        assert snapshot(session) == before
        return refusal.value.parameters

    def test_a_total_that_is_not_the_one_seen(self, session: Session, shop: Shop, at: datetime) -> None:
        order = command(Wish(1, shop.bread.id, 1), seen_total=34_999)
        assert self.refused(session, order, at, TotalChanged) == {"seen": 34_999, "total": 35_000}

    def test_too_few_pieces_says_what_is_left_and_where(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        parameters = self.refused(session, command(Wish(1, shop.net.id, 10), seen_total=1), at, OutOfStock)
        assert (parameters["line"], parameters["wanted"], parameters["left"]) == (1, 10, 9)
        assert parameters["where"] == [("Lapas Kelas IIA Garut", 4), ("Lapas Kelas IIB Ciamis", 5)]

    def test_a_named_upt_that_does_not_have_it(self, session: Session, shop: Shop, at: datetime) -> None:
        order = command(Wish(1, shop.bread.id, 1, shop.ciamis.id), seen_total=35_000)
        assert self.refused(session, order, at, OutOfStock)["left"] == 0

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE products SET is_withdrawn = true",
            "UPDATE products SET kind = 'service'",
            "UPDATE products SET kind = 'export_commodity'",
            "UPDATE variants SET price = NULL",
            "UPDATE variants SET weight_g = NULL",
        ],
    )
    def test_what_cannot_be_bought_by_cart(
        self, session: Session, shop: Shop, at: datetime, change: str
    ) -> None:
        session.execute(text(change))
        order = command(Wish(1, shop.bread.id, 1), seen_total=35_000)
        assert self.refused(session, order, at, NotForSale)["product"] == "Roti"

    def test_a_variant_that_does_not_exist(self, session: Session, shop: Shop, at: datetime) -> None:
        self.refused(session, command(Wish(1, 999_999, 1), seen_total=35_000), at, NotForSale)

    @pytest.mark.parametrize(
        ("village", "postcode"), [("32.73.19.1001", "99999"), ("32.05.04.1012", "40111"), ("", "40111")]
    )
    def test_a_postcode_that_does_not_exist_or_does_not_hold_the_village(
        self, session: Session, shop: Shop, at: datetime, village: str, postcode: str
    ) -> None:
        destination = Destination("Jalan Braga 1", village, postcode)
        order = command(Wish(1, shop.bread.id, 1), seen_total=35_000, destination=destination)
        assert self.refused(session, order, at, UnknownPostcode) == {"postcode": postcode}

    def test_a_parcel_over_the_couriers_limit(self, session: Session, shop: Shop, at: datetime) -> None:
        session.execute(text("UPDATE variants SET weight_g = 31000"))
        order = command(Wish(1, shop.bread.id, 1), seen_total=35_000)
        assert self.refused(session, order, at, ParcelTooHeavy) == {
            "upt": "Lapas Kelas IIA Garut",
            "weight_g": 31_000,
            "limit_g": 30_000,
        }

    def test_a_place_no_courier_goes_to(self, session: Session, shop: Shop, at: datetime) -> None:
        session.query(ShippingRate).where(ShippingRate.zone == "province").delete()
        order = command(Wish(1, shop.bread.id, 1), seen_total=35_000)
        assert self.refused(session, order, at, NoShippingRate) == {"upt": "Lapas Kelas IIA Garut"}

    @pytest.mark.parametrize(("minimum", "maximum"), [(35_001, 10**8), (1, 34_999)])
    def test_a_total_no_payment_can_have(
        self, session: Session, shop: Shop, at: datetime, minimum: int, maximum: int
    ) -> None:
        order = command(
            Wish(1, shop.bread.id, 1), seen_total=35_000, minimum_total=minimum, maximum_total=maximum
        )
        parameters = self.refused(session, order, at, TotalOutOfBounds)
        assert parameters == {"minimum": minimum, "maximum": maximum}
