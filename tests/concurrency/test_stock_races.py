"""W1 and W2: the last piece has one buyer, hot baskets neither oversell nor deadlock; the naive twin does."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER, system_actor
from inventory.errors import OutOfStock
from inventory.models import Stock, Variant
from inventory.services.stock import receive
from orders.models import Order
from orders.rules.allocation import Wish
from orders.services.placing import PlaceOrder, place_order
from reporting.invariants import violations
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.factories.placing import make_command, with_seen_total
from tests.factories.shipping import make_rates

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BUYERS, ROUNDS = 64, 20
KEEPER = system_actor("test")


def buyer(command: PlaceOrder) -> Callable[[Session], str]:
    return lambda session: place_order(session, command, actor=CUSTOMER, at=AT)


def assert_sound(engine: Engine) -> None:
    with Session(engine) as session:
        found = violations(session, at=AT)
    found.pop("I18", None)  # nobody dispatches here
    assert found == {}


class TestLastUnit:
    def test_has_exactly_one_buyer_every_round(self, engine: Engine) -> None:
        with Session(engine) as session, session.begin():
            make_rates(session)
            upt = make_upt(session)
            variant = make_variant(session, make_product(session, makers=(upt,)))
            variant_id, upt_id = variant.id, upt.id
            receive(session, variant_id, upt_id, 1, reason="test", actor=KEEPER, at=AT)
            priced = with_seen_total(session, make_command(Wish(1, variant_id, 1)), at=AT)
        for _ in range(ROUNDS):
            commands = [
                make_command(Wish(1, variant_id, 1), seen_total=priced.seen_total) for _ in range(BUYERS)
            ]
            outcomes = race(engine, [buyer(command) for command in commands])
            assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
            refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert {type(refusal) for refusal in refusals} == {OutOfStock}, refusals
            assert all(r.parameters["left"] == 0 for r in refusals if isinstance(r, OutOfStock))
            with Session(engine) as session, session.begin():
                receive(session, variant_id, upt_id, 1, reason="test", actor=KEEPER, at=AT)
        assert_sound(engine)

    def test_the_naive_twin_sells_it_more_than_once(self, engine: Engine) -> None:
        """Look, then take, with nothing on the row to stop it: the race the rule above exists for."""
        with Session(engine) as session, session.begin():
            session.execute(text("ALTER TABLE stocks DROP CONSTRAINT ck_stocks_reserved_within_on_hand"))
            variant = make_variant(session)
            receive(session, variant.id, make_upt(session).id, 1, reason="test", actor=KEEPER, at=AT)

        have_looked = everybody(8)

        def naive(session: Session) -> str:
            available = session.scalar(select(Stock.available))
            have_looked()
            if not available:
                raise OutOfStock
            session.execute(text("UPDATE stocks SET reserved = reserved + 1"))
            return "sold"

        outcomes = race(engine, [naive] * 8)
        assert outcomes.count("sold") > 1
        with Session(engine) as session:
            assert "I3" in violations(session, at=AT)


class TestHotBaskets:
    THREADS, BASKETS, SKUS, PIECES = 8, 40, 6, 60

    def test_sell_what_there_is_without_a_deadlock(self, engine: Engine) -> None:
        variants = self.stock_up(engine)
        dice = random.Random(7)

        def shopper(baskets: list[list[int]]) -> Callable[[Session], int]:
            def shop(_: Session) -> int:
                sold = 0
                for basket in baskets:
                    with Session(engine) as own, own.begin():
                        wishes = [
                            Wish(line, variant_id, 2) for line, variant_id in enumerate(basket, start=1)
                        ]
                        try:
                            command = with_seen_total(own, make_command(*wishes), at=AT)
                            with own.begin_nested():
                                place_order(own, command, actor=CUSTOMER, at=AT)
                        except OutOfStock:
                            continue
                        sold += 2 * len(wishes)
                return sold

            return shop

        plans = [
            [dice.sample(variants, dice.randint(1, 3)) for _ in range(self.BASKETS)]
            for _ in range(self.THREADS)
        ]
        before = deadlocks(engine)
        outcomes = race(engine, [shopper(plan) for plan in plans])
        assert [o for o in outcomes if isinstance(o, Exception)] == []
        assert deadlocks(engine) == before
        with Session(engine) as session:
            reserved = session.scalar(select(func.sum(Stock.reserved))) or 0
            orders = session.scalar(select(func.count()).select_from(Order)) or 0
        assert reserved == sum(outcome for outcome in outcomes if isinstance(outcome, int))
        assert reserved >= self.SKUS * self.PIECES * 0.95
        assert orders > 0
        assert_sound(engine)

    def stock_up(self, engine: Engine) -> list[int]:
        """Every SKU half at one UPT, half at another, so that baskets cross each other."""
        with Session(engine) as session, session.begin():
            make_rates(session)
            upts = [make_upt(session), make_upt(session)]
            variants: list[Variant] = []
            for _ in range(self.SKUS):
                variants.append(make_variant(session, make_product(session, makers=tuple(upts))))
                for upt in upts:
                    half = self.PIECES // 2
                    receive(session, variants[-1].id, upt.id, half, reason="test", actor=KEEPER, at=AT)
            return [variant.id for variant in variants]

    def test_the_naive_twin_deadlocks(self, engine: Engine) -> None:
        """Rows taken in the basket's own order: two baskets that cross wait for each other."""
        self.stock_up(engine)

        both_have_one = everybody(2)
        taking = text("UPDATE stocks SET reserved = reserved + 1 WHERE id = :id")

        def naive(first: int, second: int) -> Callable[[Session], str]:
            def take(session: Session) -> str:
                session.execute(taking, {"id": first})
                both_have_one()
                session.execute(taking, {"id": second})
                return "taken"

            return take

        before = deadlocks(engine)
        race(engine, [naive(1, 2), naive(2, 1)])
        assert deadlocks(engine) > before


class TestDoubleSubmit:
    """W5, the checkout's part: one form sent many times at once is one order."""

    def test_eight_posts_of_one_form_are_one_order(self, engine: Engine) -> None:
        with Session(engine) as session, session.begin():
            make_rates(session)
            upt = make_upt(session)
            variant = make_variant(session, make_product(session, makers=(upt,)))
            receive(session, variant.id, upt.id, 100, reason="test", actor=KEEPER, at=AT)
            command = with_seen_total(session, make_command(Wish(1, variant.id, 3)), at=AT)
        for _ in range(10):
            numbers = race(engine, [buyer(command)] * 8)
            assert len(set(numbers)) == 1
            assert isinstance(numbers[0], str)
        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(Order)) == 1
            assert session.scalar(select(Stock.reserved)) == 3
        assert_sound(engine)

    def test_without_the_key_they_are_eight(self, engine: Engine) -> None:
        with Session(engine) as session, session.begin():
            make_rates(session)
            upt = make_upt(session)
            variant = make_variant(session, make_product(session, makers=(upt,)))
            receive(session, variant.id, upt.id, 100, reason="test", actor=KEEPER, at=AT)
            priced = with_seen_total(session, make_command(Wish(1, variant.id, 3)), at=AT)
        commands = [make_command(*priced.wishes, seen_total=priced.seen_total) for _ in range(8)]
        numbers = race(engine, [buyer(command) for command in commands])
        assert len(set(numbers)) == 8
