"""W4: refunds that race never exceed what was captured; adding up first and inserting then does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from orders.errors import RefundTooLarge
from orders.models import Payment, Refund
from orders.services.refunding import create_refund
from tests.concurrency.racing import deadlocks, everybody, race
from tests.factories.paying import broken_rules, make_order, open_payment, settle
from tests.fakes import FakeProvider

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
CLERK = system_actor("test")
THREADS, ROUNDS = 20, 20


def make_paid_payment(engine: Engine) -> tuple[UUID, int]:
    """A payment that was paid; its id and what was captured (rupiah)."""
    provider = FakeProvider()
    with Session(engine, expire_on_commit=False) as session, session.begin():
        payment = open_payment(session, make_order(session, at=AT), provider, at=AT)
        provider.pay(payment.ref or "")
        settle(session, payment, provider, at=AT)
        return payment.id, payment.captured


class TestRefundCap:
    def test_twenty_at_once_for_six_tenths_give_exactly_one(self, engine: Engine) -> None:
        payment_id, captured = make_paid_payment(engine)
        amount = captured * 6 // 10

        def refund(cause: str) -> Callable[[Session], UUID]:
            return lambda session: create_refund(
                session, payment_id, amount, cause=cause, reason="test", actor=CLERK, at=AT
            )

        before = deadlocks(engine)
        for number in range(ROUNDS):
            outcomes = race(engine, [refund(f"{number}:{racer}") for racer in range(THREADS)])
            refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert {type(refusal) for refusal in refused} == {RefundTooLarge}, refused
            assert len(refused) == THREADS - 1
            with Session(engine) as session, session.begin():
                assert broken_rules(session, at=AT) == {}
                session.execute(text("TRUNCATE refunds CASCADE"))
                session.execute(text("UPDATE payments SET refund_claimed = 0"))
        assert deadlocks(engine) == before

    def test_one_cause_is_refunded_once_by_however_many(self, engine: Engine) -> None:
        payment_id, _ = make_paid_payment(engine)

        def refund(session: Session) -> UUID:
            return create_refund(
                session, payment_id, 1_000, cause="late:1", reason="test", actor=CLERK, at=AT
            )

        outcomes = race(engine, [refund] * THREADS)

        assert len(set(outcomes)) == 1
        with Session(engine) as session:
            assert session.get_one(Payment, payment_id).refund_claimed == 1_000
            assert broken_rules(session, at=AT) == {}

    def test_the_naive_twin_gives_back_more_than_there_is(self, engine: Engine) -> None:
        """Add up what was given, then insert: each racer sees a sum without the others."""
        payment_id, captured = make_paid_payment(engine)
        amount = captured * 6 // 10

        have_looked = everybody(8)

        def naive(session: Session) -> UUID:
            payment = session.get_one(Payment, payment_id)
            given = (
                session.scalar(select(func.sum(Refund.amount)).where(Refund.payment_id == payment_id)) or 0
            )
            have_looked()
            if given + amount > payment.captured:
                raise RefundTooLarge(amount=amount)
            values = {
                "id": uuid4(),
                "payment_id": payment_id,
                "order_id": payment.order_id,
                "amount": amount,
                "state": "due",
                "cause": str(uuid4()),
                "reason": "test",
                "idempotency_key": str(uuid4()),
                "actor_label": "test",
                "created_at": AT,
            }
            return session.execute(insert(Refund).values(values).returning(Refund.id)).scalar_one()

        outcomes = race(engine, [naive] * 8)

        assert sum(isinstance(outcome, UUID) for outcome in outcomes) > 1
        with Session(engine) as session:
            assert "I12" in broken_rules(session, at=AT)
