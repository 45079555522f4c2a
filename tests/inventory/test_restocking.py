"""Being told when something is back: who may ask, when it counts, and that a rise from nothing is noticed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import system_actor
from inventory.errors import BackAlready, NotForSale, ProductNotFound, RestockGone, WaitsForTooMuch
from inventory.events import BackInStock, RestockAsked
from inventory.models import Product, RestockRequest, Stock, Variant
from inventory.rules import MOST_UNCONFIRMED
from inventory.services import restocking
from inventory.services.receiving import Receipt, receive_all
from inventory.services.restocking import (
    Waiting,
    ask_restock,
    confirm_restock,
    stop_own_restock,
    stop_restock,
    take_waiting,
)
from inventory.services.stock import Piece, adjust, receive, release_order, reserve
from tests.factories.accounts import make_user
from tests.factories.batches import make_batch
from tests.factories.inventory import make_ready_good, make_stock
from tests.factories.paying import published

KEEPER = system_actor("test")


@pytest.fixture
def bread(session: Session) -> Variant:
    """A variant of which there is nothing, at the one UPT that makes it."""
    _, variant, upt = make_ready_good(session, "Roti", pieces=0)
    make_stock(session, variant, upt, 0)
    return variant


def shelf(session: Session, variant: Variant) -> Stock:
    return session.scalars(select(Stock).where(Stock.variant_id == variant.id)).one()


def ask(session: Session, variant: Variant, at: datetime, email: str = "sari@example.id") -> None:
    ask_restock(session, variant.sku, user_id=None, email=email, locale="id", at=at)


def requests(session: Session) -> list[RestockRequest]:
    query = select(RestockRequest).order_by(RestockRequest.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def key_of(session: Session) -> UUID:
    return requests(session)[-1].key


def wait(session: Session, variant: Variant, at: datetime, email: str = "sari@example.id") -> UUID:
    """A confirmed request."""
    ask(session, variant, at, email)
    confirm_restock(session, key_of(session), at=at)
    return key_of(session)


def take(session: Session, variant: Variant, at: datetime) -> list[str]:
    return [waiting.email for waiting in take_waiting(session, variant.id, most=9, at=at)]


class TestAsk:
    def test_a_visitors_counts_once_it_is_confirmed(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        ask(session, bread, at, "Sari@Example.id")
        (request,) = requests(session)
        assert (request.email, request.confirmed_at) == ("sari@example.id", None)
        assert published(session, RestockAsked) == [RestockAsked(request.id)]
        confirm_restock(session, request.key, at=at)
        confirm_restock(session, request.key, at=at + timedelta(hours=1))
        assert requests(session)[0].confirmed_at == at

    def test_a_users_counts_at_once(self, session: Session, bread: Variant, at: datetime) -> None:
        user = make_user(session)
        for _ in range(2):
            ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="en", at=at)
        (request,) = requests(session)
        assert (request.user_id, request.confirmed_at) == (user.id, at)
        assert published(session, RestockAsked) == []

    def test_asked_twice_it_is_noted_and_mailed_once(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        for _ in range(2):
            ask(session, bread, at)
        assert (len(requests(session)), len(published(session, RestockAsked))) == (1, 1)

    def test_signing_in_takes_over_what_was_asked_as_a_visitor(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        user = make_user(session)
        ask(session, bread, at, user.email)
        ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="id", at=at)
        (request,) = requests(session)
        assert (request.user_id, request.confirmed_at) == (user.id, at)

    def test_refuses_what_is_there(self, session: Session, bread: Variant, at: datetime) -> None:
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        with pytest.raises(BackAlready):
            ask(session, bread, at)
        assert requests(session) == []

    def test_refuses_what_cannot_be_bought(self, session: Session, at: datetime) -> None:
        _, gone, _ = make_ready_good(session, pieces=0, is_withdrawn=True)
        _, priceless, _ = make_ready_good(session, pieces=0, price=None)
        for variant in (gone, priceless):
            with pytest.raises(NotForSale):
                ask(session, variant, at)
        with pytest.raises(ProductNotFound):
            ask_restock(session, "none", user_id=None, email="a@example.id", locale="id", at=at)
        assert requests(session) == []

    def test_an_address_is_not_flooded(self, session: Session, at: datetime) -> None:
        for _ in range(MOST_UNCONFIRMED + 2):
            ask(session, make_ready_good(session, pieces=0)[1], at)
        assert len(requests(session)) == len(published(session, RestockAsked)) == MOST_UNCONFIRMED

    def test_a_person_waits_for_so_many_things(
        self, session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(restocking, "MOST_WAITED_FOR", 2)
        user = make_user(session)
        variants = [make_ready_good(session, pieces=0)[1] for _ in range(3)]
        own: dict[str, Any] = {"user_id": user.id, "email": user.email, "locale": "id", "at": at}
        for variant in variants[:2]:
            ask_restock(session, variant.sku, **own)
        with pytest.raises(WaitsForTooMuch):
            ask_restock(session, variants[2].sku, **own)
        ask_restock(session, variants[0].sku, **own)  # this one is waited for already
        assert len(requests(session)) == 2


class TestConfirmAndStop:
    def test_confirming_says_that_it_is_back(self, session: Session, bread: Variant, at: datetime) -> None:
        ask(session, bread, at)
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        with pytest.raises(BackAlready):
            confirm_restock(session, key_of(session), at=at)
        assert requests(session)[0].confirmed_at is None

    def test_what_was_stopped_is_not_told(self, session: Session, bread: Variant, at: datetime) -> None:
        key = wait(session, bread, at)
        for _ in range(2):
            stop_restock(session, key, at=at)
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        assert published(session, BackInStock) == []
        assert take(session, bread, at) == []
        with pytest.raises(RestockGone):
            confirm_restock(session, key, at=at)

    def test_a_strange_key_is_none(self, session: Session, at: datetime) -> None:
        for refused in (confirm_restock, stop_restock):
            with pytest.raises(RestockGone):
                refused(session, uuid4(), at=at)

    def test_another_persons_is_not_stopped(self, session: Session, bread: Variant, at: datetime) -> None:
        owner, other = make_user(session), make_user(session)
        ask_restock(session, bread.sku, user_id=owner.id, email=owner.email, locale="id", at=at)
        with pytest.raises(RestockGone):
            stop_own_restock(session, key_of(session), user_id=other.id, at=at)
        assert requests(session)[0].ended_at is None


class TestRising:
    def test_receiving_from_nothing_is_announced_once(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        wait(session, bread, at)
        upt_id = shelf(session, bread).upt_id
        for _ in range(2):
            receive(session, bread.id, upt_id, 2, reason="made", actor=KEEPER, at=at)
        assert published(session, BackInStock) == [BackInStock(bread.id)]

    def test_putting_a_count_right_is_announced(self, session: Session, bread: Variant, at: datetime) -> None:
        wait(session, bread, at)
        adjust(session, shelf(session, bread).id, 3, reason="count", actor=KEEPER, at=at)
        assert published(session, BackInStock) == [BackInStock(bread.id)]

    def test_freeing_what_was_reserved_is_announced(self, session: Session, at: datetime) -> None:
        _, variant, _ = make_ready_good(session, pieces=2)
        held = [Piece(shelf(session, variant).id, 2)]
        reserve(session, held, order_number="LP-1", expires_at=at + timedelta(hours=1))
        wait(session, variant, at)
        release_order(session, "LP-1", at=at)
        assert published(session, BackInStock) == [BackInStock(variant.id)]

    def test_what_is_past_its_date_is_not_back(self, session: Session, bread: Variant, at: datetime) -> None:
        """The two that an order frees have ended; what comes in afterwards keeps."""
        upt = session.get_one(Upt, shelf(session, bread).upt_id)
        make_batch(session, bread, upt, at=at, expires_on=at.date(), passed=3)
        for number, pieces in (("LP-1", 2), ("LP-2", 1)):
            held = [Piece(shelf(session, bread).id, pieces)]
            reserve(session, held, order_number=number, expires_at=at + timedelta(hours=1))
        wait(session, bread, at)
        release_order(session, "LP-1", at=at + timedelta(days=1))
        assert published(session, BackInStock) == []
        receive(session, bread.id, upt.id, 2, reason="bought", actor=KEEPER, at=at + timedelta(days=1))
        assert published(session, BackInStock) == [BackInStock(bread.id)]
        release_order(session, "LP-2", at=at + timedelta(days=1))
        assert len(published(session, BackInStock)) == 1

    def test_receiving_many_shelves_is_announced(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        wait(session, bread, at)
        receipt = Receipt(bread.id, shelf(session, bread).upt_id, 5)
        receive_all(session, [receipt], reason="made", actor=KEEPER, at=at)
        assert published(session, BackInStock) == [BackInStock(bread.id)]

    def test_nothing_is_published_when_nobody_waits(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        ask(session, bread, at)  # not confirmed
        receive(session, bread.id, shelf(session, bread).upt_id, 2, reason="made", actor=KEEPER, at=at)
        assert published(session, BackInStock) == []

    def test_taking_away_is_not_announced(self, session: Session, bread: Variant, at: datetime) -> None:
        receive(session, bread.id, shelf(session, bread).upt_id, 2, reason="made", actor=KEEPER, at=at)
        stock = shelf(session, bread)
        reserve(session, [Piece(stock.id, 2)], order_number="LP-1", expires_at=at + timedelta(hours=1))
        wait(session, bread, at)
        release_order(session, "LP-1", at=at)
        adjust(session, stock.id, -1, reason="count", actor=KEEPER, at=at)
        assert len(published(session, BackInStock)) == 1


class TestTake:
    def test_takes_each_once(self, session: Session, bread: Variant, at: datetime) -> None:
        for name in ("sari", "budi"):
            wait(session, bread, at, f"{name}@example.id")
        ask(session, bread, at, "unconfirmed@example.id")
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        assert take(session, bread, at) == ["sari@example.id", "budi@example.id"]
        assert take(session, bread, at) == []

    def test_nobody_while_it_is_sold_out_again(self, session: Session, bread: Variant, at: datetime) -> None:
        wait(session, bread, at)
        assert take(session, bread, at) == []
        assert requests(session)[0].ended_at is None

    @pytest.mark.parametrize("lack", ["withdrawn", "price", "weight"])
    def test_nobody_of_what_cannot_be_bought_any_more(
        self, session: Session, bread: Variant, at: datetime, lack: str
    ) -> None:
        product = session.get_one(Product, bread.product_id)
        wait(session, bread, at)
        was = product.is_withdrawn, bread.price, bread.weight_g
        product.is_withdrawn = lack == "withdrawn"
        bread.price = None if lack == "price" else bread.price
        bread.weight_g = None if lack == "weight" else bread.weight_g
        session.flush()
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        assert take(session, bread, at) == []
        assert requests(session)[0].ended_at is None
        product.is_withdrawn, bread.price, bread.weight_g = was
        session.flush()
        assert take(session, bread, at) == ["sari@example.id"]

    def test_a_user_is_told_under_the_address_they_have_now(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        user = make_user(session)
        ask_restock(session, bread.sku, user_id=user.id, email=user.email, locale="id", at=at)
        user.email = "baru@example.id"
        session.flush()
        receive(session, bread.id, shelf(session, bread).upt_id, 1, reason="made", actor=KEEPER, at=at)
        (waiting,) = take_waiting(session, bread.id, most=9, at=at)
        assert waiting == Waiting(waiting.request_id, user.id, "baru@example.id", "id")
