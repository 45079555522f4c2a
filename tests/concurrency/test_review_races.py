"""One buyer in several windows at once: one review of a product, and its numbers agree with what is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from inventory.models import Product
from orders.errors import ReviewExists
from orders.models import Order, Review
from orders.rules.allocation import Wish
from orders.services import reviewing
from orders.services.moderating import publish_review
from orders.services.placing import Contact
from orders.services.reviewing import write_review
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, gather_in_database, race
from tests.factories.inventory import list_products
from tests.factories.placing import make_shop
from tests.factories.reviews import make_delivered_order, make_director, make_review

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SARI = Contact("sari.ulas@example.id", "Sari Dewi", "081200000001")
RACERS = 6

SLOW, TOGETHER = (
    text(f"SELECT found FROM ({reviewing._OTHER.text}) AS other (found), {pause}")
    for pause in ("pg_sleep(0.3)", "gather()")
)
"""The check for an earlier review, slow, and such that none is done before every racer has begun it."""


def delivered(engine: Engine, *buyers: Contact) -> tuple[int, list[str]]:
    """A product, and the number of an order of it that has arrived at each buyer."""
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=AT, breads=20)
        list_products(session, session.get_one(Product, shop.bread.product_id))
        wish = Wish(1, shop.bread.id, 1)
        orders = [make_delivered_order(session, wish, at=AT, contact=buyer) for buyer in buyers]
        return shop.bread.product_id, [order.number for order in orders]


def writing(number: str, key: str) -> Callable[[Session], bool]:
    return lambda session: write_review(
        session, number, 1, stars=4, body=f"Enak {key}", key=key, actor=CUSTOMER, at=AT
    )


def written(engine: Engine, product_id: int) -> list[Review]:
    with Session(engine) as session:
        return list(session.scalars(select(Review).where(Review.product_id == product_id)))


def test_a_form_sent_from_many_windows_is_stored_once(engine: Engine) -> None:
    before = deadlocks(engine)
    product_id, (number,) = delivered(engine, SARI)
    outcomes = race(engine, [writing(number, "one")] * RACERS)
    assert sorted(outcomes, key=str) == [False] * (RACERS - 1) + [True]
    (review,) = written(engine, product_id)
    assert review.version == 1
    assert deadlocks(engine) == before


def test_different_words_at_once_make_one_review(engine: Engine) -> None:
    product_id, (number,) = delivered(engine, SARI)
    assert race(engine, [writing(number, f"key-{each}") for each in range(RACERS)]) == [True] * RACERS
    (review,) = written(engine, product_id)
    assert review.version == RACERS


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_buyer_of_two_orders_reviews_the_product_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    """Without the lock each of the two finds no other and both are stored: that is what it is there for."""
    monkeypatch.setattr(reviewing, "_OTHER", SLOW if is_locked else TOGETHER)
    if not is_locked:
        gather_in_database(engine, 2)
        monkeypatch.setattr(reviewing, "_LOCK", text("SELECT CAST(:key AS text)"))
    product_id, numbers = delivered(engine, SARI, SARI)
    outcomes = race(engine, [writing(number, number) for number in numbers])
    assert outcomes.count(True) == len(written(engine, product_id)) == (1 if is_locked else 2)
    assert sum(isinstance(outcome, ReviewExists) for outcome in outcomes) == is_locked


def test_offices_that_publish_at_once_count_every_review(engine: Engine) -> None:
    buyers = [Contact(f"ulas{each}@example.id", "Budi", f"08120000001{each}") for each in range(4)]
    product_id, numbers = delivered(engine, *buyers)
    with Session(engine) as session, session.begin():
        director = make_director(session)
        reviews = [
            make_review(
                session, session.scalars(select(Order).where(Order.number == number)).one(), at=AT
            ).number
            for number in numbers
        ]

    def publishing(number: str) -> Callable[[Session], bool]:
        return lambda session: publish_review(session, number, seen=1, actor=director, at=AT)

    assert race(engine, [publishing(number) for number in reviews * 2]).count(True) == len(numbers)
    with Session(engine) as session:
        rated = session.get_one(Product, product_id)
        assert (rated.rating_count, rated.rating_total) == (4, 16)
        shown = select(func.count()).where(Review.product_id == product_id, Review.state == "published")
        assert session.scalar(shown) == 4
        assert "R1" not in violations(session, at=AT)
