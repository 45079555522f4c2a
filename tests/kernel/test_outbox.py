"""Events are written in the transaction of the change and come back as they were."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.outbox import OutboxEvent, publish, restore
from orders.events import FulfilmentReduced, PaymentCheckDue


class TestPublish:
    def test_writes_one_row_that_restores_to_the_event(self, session: Session) -> None:
        event = FulfilmentReduced(fulfilment_id=7, refund_id="00000000-0000-4000-8000-000000000001")
        publish(session, event)
        row = session.scalars(select(OutboxEvent)).one()
        assert restore(row.name, row.payload) == event
        assert row.dispatched_at is None

    def test_goes_with_a_change_that_is_rolled_back(self, session: Session) -> None:
        with session.begin_nested() as change:
            publish(session, PaymentCheckDue(payment_id="x", close=True))
            change.rollback()
        assert session.scalars(select(OutboxEvent)).all() == []
