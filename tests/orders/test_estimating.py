"""What a parcel would cost from each UPT, and how much of a month's capacity orders have taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from orders.errors import NoShippingRate, ParcelTooHeavy
from orders.models import FulfilmentLine, Order
from orders.queries.capacity import pieces_taken
from orders.rules.allocation import Wish
from orders.rules.shipping import Packed
from orders.services.estimating import Estimate, Sender, estimate_parcels
from orders.services.quoting import quote
from tests.factories.placing import make_placed_order, make_shop
from tests.factories.shipping import make_rates
from tests.queries import CountedQueries

BANDUNG = "32.73"
DAY = date(2026, 11, 21)
HALF_KILO = Packed(500, 3_000_000, 1)


class TestEstimateParcels:
    def test_each_upt_asks_by_its_own_distance_in_one_statement(
        self, session: Session, count_queries: CountedQueries
    ) -> None:
        make_rates(session)
        senders = [Sender(1, "Sini", BANDUNG), Sender(2, "Garut", "32.05"), Sender(3, "Ambon", "81.71")]
        with count_queries(session) as queries:
            found = estimate_parcels(session, senders, HALF_KILO, regency_code=BANDUNG, day=DAY)
        assert len(queries) == 1
        costs = [estimate.charge.cost for estimate in found.values() if isinstance(estimate, Estimate)]
        assert costs == [10_000, 20_000, 40_000]
        near = found[1]
        assert isinstance(near, Estimate)
        assert (near.promised_from, near.promised_until) == (date(2026, 11, 23), date(2026, 11, 26))

    def test_says_why_a_upt_cannot_send_it(self, session: Session) -> None:
        make_rates(session, origin_code="32.05", max_weight_g=1_000)
        senders = [Sender(1, "Garut", "32.05"), Sender(2, "Ambon", "81.71")]
        heavy = Packed(20_000, 0, 1)
        found = estimate_parcels(session, senders, heavy, regency_code=BANDUNG, day=DAY)
        assert isinstance(found[1], ParcelTooHeavy)
        assert isinstance(found[2], NoShippingRate)

    def test_promises_what_the_checkout_promises(self, session: Session, at: datetime) -> None:
        shop = make_shop(session, at=at)
        quoted = quote(session, [Wish(1, shop.bread.id, 2)], regency_code=BANDUNG, day=DAY).parcels[0]
        sender = Sender(shop.garut.id, shop.garut.name, shop.garut.regency_code)
        contents = Packed(500, 200 * 150 * 100, 2)
        estimate = estimate_parcels(session, [sender], contents, regency_code=BANDUNG, day=DAY)[shop.garut.id]
        assert estimate == Estimate(shop.garut.id, quoted.charge, quoted.promised_from, quoted.promised_until)


class TestPiecesTaken:
    def test_counts_open_and_paid_orders_of_the_span_by_upt(self, session: Session, at: datetime) -> None:
        shop = make_shop(session, at=at)
        span = {"since": at, "until": at + timedelta(days=1)}
        make_placed_order(session, Wish(1, shop.net.id, 2, shop.garut.id), at=at)
        make_placed_order(session, Wish(1, shop.net.id, 3, shop.ciamis.id), at=at)
        make_placed_order(session, Wish(1, shop.bread.id, 1), at=at)
        taken = pieces_taken(session, shop.net.product_id, **span)
        assert taken == {shop.garut.id: 2, shop.ciamis.id: 3}
        assert pieces_taken(session, shop.net.product_id, since=at - timedelta(days=9), until=at) == {}

    def test_leaves_out_ended_orders_and_cancelled_pieces(self, session: Session, at: datetime) -> None:
        shop = make_shop(session, at=at)
        ended = make_placed_order(session, Wish(1, shop.net.id, 2, shop.garut.id), at=at)
        make_placed_order(session, Wish(1, shop.net.id, 3, shop.ciamis.id), at=at)
        session.execute(update(Order).where(Order.number == ended).values(state="expired", ended_at=at))
        session.execute(update(FulfilmentLine).values(cancelled=1))
        taken = pieces_taken(session, shop.net.product_id, since=at, until=at + timedelta(days=1))
        assert taken == {shop.ciamis.id: 2}
