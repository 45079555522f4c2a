"""Webhooks: what is delivered, signed how, in which order, and what happens when the receiver fails."""

from typing import Literal

import pytest
import stripe
from stripe import StripeClient

from tests.sandbox.conftest import Receiver
from tests.sandbox.orders import checkout
from tests.sandbox_client import ControlError, StripeSimulator

PAID_BY_TRANSFER = ["checkout.session.completed", "checkout.session.async_payment_succeeded"]


def pay_by_transfer(stripe_client: StripeClient, simulator: StripeSimulator) -> str:
    """A session paid by a bank transfer that arrived; its id."""
    session = stripe_client.v1.checkout.sessions.create(checkout())
    simulator.pay(session.id, method="bank_transfer")
    simulator.settle(session.id)
    return session.id


class TestDelivery:
    def test_is_signed_in_order_and_only_of_the_events_subscribed_to(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        session_id = pay_by_transfer(stripe_client, simulator)
        simulator.wait_delivered()
        assert receiver.types == PAID_BY_TRANSFER
        event = receiver.events[0]
        assert event.api_version == stripe.api_version
        assert event.data.object["id"] == session_id
        assert event.data.object["payment_status"] == "unpaid"
        assert receiver.refused == []

    def test_twice(self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver) -> None:
        simulator.deliver("twice")
        pay_by_transfer(stripe_client, simulator)
        simulator.wait_delivered()
        assert sorted(receiver.types) == sorted(PAID_BY_TRANSFER * 2)
        assert len({event.id for event in receiver.events}) == 2

    def test_reversed(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.deliver("reversed")
        pay_by_transfer(stripe_client, simulator)
        simulator.wait_delivered()
        assert receiver.types == PAID_BY_TRANSFER[::-1]

    def test_lost_is_never_delivered_but_can_be_listed(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.deliver("lost")
        pay_by_transfer(stripe_client, simulator)
        assert [delivery["state"] for delivery in simulator.deliveries()] == ["lost", "lost"]
        missed = stripe_client.v1.events.list({"delivery_success": False}).data
        assert [event.type for event in missed] == PAID_BY_TRANSFER[::-1]
        assert receiver.types == []

    def test_delayed(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.deliver("delayed", seconds=0.6)
        pay_by_transfer(stripe_client, simulator)
        assert receiver.types == []
        simulator.wait_delivered()
        assert receiver.types == PAID_BY_TRANSFER

    def test_held_until_released_in_the_order_asked(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.deliver("hold")
        pay_by_transfer(stripe_client, simulator)
        held = [delivery["event"] for delivery in simulator.deliveries(state="held")]
        assert simulator.release([held[1], held[0]]) == 2
        simulator.wait_delivered()
        assert [event.id for event in receiver.events] == [held[1], held[0]]

    @pytest.mark.parametrize("signing", ["wrong_secret", "stale"])
    def test_that_must_be_refused(
        self,
        stripe_client: StripeClient,
        simulator: StripeSimulator,
        receiver: Receiver,
        signing: Literal["wrong_secret", "stale"],
    ) -> None:
        simulator.deliver(signing)
        session = stripe_client.v1.checkout.sessions.create(checkout())
        stripe_client.v1.checkout.sessions.expire(session.id)
        event_id = simulator.deliveries()[0]["event"]
        assert simulator.redeliver(event_id, signing=signing) == [400]
        assert receiver.events == []
        assert len(receiver.refused) >= 1

    def test_is_tried_again_until_it_is_answered_with_2xx(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        receiver.answers = [500, 302]
        session = stripe_client.v1.checkout.sessions.create(checkout())
        stripe_client.v1.checkout.sessions.expire(session.id)
        simulator.wait_delivered()
        (delivery,) = simulator.deliveries()
        assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 302, 200]
        assert receiver.types == ["checkout.session.expired"]
        assert stripe_client.v1.events.list().data[0].pending_webhooks == 0

    def test_survives_a_receiver_that_is_down(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.webhook(url="http://127.0.0.1:9/nobody")
        session = stripe_client.v1.checkout.sessions.create(checkout())
        stripe_client.v1.checkout.sessions.expire(session.id)
        simulator.webhook(url=receiver.url)
        simulator.wait_delivered()
        assert receiver.types == ["checkout.session.expired"]


class TestRedelivery:
    def test_sends_the_same_event_many_times_at_once(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        simulator.wait_delivered()
        event = receiver.events[0]
        assert simulator.redeliver(event.id, times=10, at_once=True) == [200] * 10
        assert [again.id for again in receiver.events] == [event.id] * 11

    def test_can_be_signed_with_an_old_secret_and_the_right_one(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.deliver("lost")
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        (lost,) = simulator.deliveries()
        assert simulator.redeliver(lost["event"], signing="rotated") == [200]
        assert receiver.types == ["checkout.session.completed"]


class TestEndpoint:
    def test_beyond_this_machine_is_refused(self, simulator: StripeSimulator) -> None:
        with pytest.raises(ControlError, match="this machine only"):
            simulator.webhook(url="http://192.0.2.1/webhook")

    def test_hears_only_the_events_it_wants(
        self, stripe_client: StripeClient, simulator: StripeSimulator, receiver: Receiver
    ) -> None:
        simulator.webhook(url=receiver.url, events=["payment_intent.succeeded"])
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        simulator.wait_delivered()
        simulator.webhook(url=receiver.url, events=["checkout.session.*", "refund.*", "charge.dispute.*"])
        assert receiver.types == ["payment_intent.succeeded"]
