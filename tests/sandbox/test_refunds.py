"""Refunds and disputes over the unmodified SDK."""

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.orders import checkout
from tests.sandbox_client import ControlError, StripeSimulator


@pytest.fixture
def intent(stripe_client: StripeClient, simulator: StripeSimulator) -> str:
    """The PaymentIntent of Rp35.000 paid by card."""
    return paid_by(stripe_client, simulator, "4242424242424242")


def paid_by(stripe_client: StripeClient, simulator: StripeSimulator, card: str) -> str:
    """The PaymentIntent of a session paid with that card."""
    session = stripe_client.v1.checkout.sessions.create(checkout())
    assert simulator.pay(session.id, card=card) == "paid"
    found = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(found, str)
    return found


def refunded(stripe_client: StripeClient, intent: str) -> tuple[int, bool]:
    """How much of the charge is refunded, and whether all of it."""
    found = stripe_client.v1.payment_intents.retrieve(intent).latest_charge
    assert isinstance(found, str)
    charge = stripe_client.v1.charges.retrieve(found)
    return charge.amount_refunded, charge.refunded


def event_types(stripe_client: StripeClient, *types: str) -> list[str]:
    """Events of these types, oldest first."""
    return [str(event.type) for event in stripe_client.v1.events.list({"types": list(types)}).data][::-1]


class TestRefund:
    def test_in_parts_until_nothing_is_left(self, stripe_client: StripeClient, intent: str) -> None:
        refunds = stripe_client.v1.refunds
        first = refunds.create(
            {"payment_intent": intent, "amount": 1_000_000, "metadata": {"refund_id": "r-1"}}
        )
        assert (first.status, first.amount, first.payment_intent) == ("succeeded", 1_000_000, intent)
        assert refunded(stripe_client, intent) == (1_000_000, False)
        with pytest.raises(InvalidRequestError, match="greater than unrefunded") as refusal:
            refunds.create({"payment_intent": intent, "amount": 2_500_001})
        assert refusal.value.param == "amount"
        rest = refunds.create({"payment_intent": intent})
        assert rest.amount == 2_500_000
        assert refunded(stripe_client, intent) == (3_500_000, True)
        with pytest.raises(InvalidRequestError) as over:
            refunds.create({"payment_intent": intent, "amount": 1})
        assert over.value.code == "charge_already_refunded"
        listed = refunds.list({"payment_intent": intent}).data
        assert [refund.id for refund in listed] == [rest.id, first.id]
        assert listed[1].metadata is not None
        assert listed[1].metadata.to_dict() == {"refund_id": "r-1"}

    def test_is_booked_and_told(self, stripe_client: StripeClient, intent: str) -> None:
        refund = stripe_client.v1.refunds.create({"payment_intent": intent, "expand": ["charge"]})
        booked = stripe_client.v1.balance_transactions.list({"source": refund.id}).data
        assert [(entry.type, entry.amount) for entry in booked] == [("refund", -3_500_000)]
        told = event_types(stripe_client, "refund.created", "refund.updated", "charge.refunded")
        assert told == ["refund.created", "charge.refunded"]

    @pytest.mark.parametrize("amount", [0, -1])
    def test_of_nothing_is_refused(self, stripe_client: StripeClient, intent: str, amount: int) -> None:
        with pytest.raises(InvalidRequestError, match="positive integer"):
            stripe_client.v1.refunds.create({"payment_intent": intent, "amount": amount})
        assert refunded(stripe_client, intent) == (0, False)

    def test_needs_a_payment(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id, method="bank_transfer")
        unpaid = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
        assert isinstance(unpaid, str)
        with pytest.raises(InvalidRequestError, match="does not have a successful charge"):
            stripe_client.v1.refunds.create({"payment_intent": unpaid})
        with pytest.raises(InvalidRequestError, match="No such payment_intent") as refusal:
            stripe_client.v1.refunds.create({"payment_intent": "pi_none"})
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
        with pytest.raises(InvalidRequestError, match="exactly one"):
            stripe_client.v1.refunds.create({"amount": 5})
        with pytest.raises(InvalidRequestError, match="must be one of"):
            stripe_client.v1.refunds.create({"payment_intent": unpaid, "reason": "because"})

    def test_can_fail_after_it_succeeded(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        refund = stripe_client.v1.refunds.create({"payment_intent": intent})
        simulator.fail_refund(refund.id, reason="lost_or_stolen_card")
        failed = stripe_client.v1.refunds.retrieve(refund.id)
        assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
        assert refunded(stripe_client, intent) == (0, False)
        told = event_types(stripe_client, "refund.created", "refund.updated", "refund.failed")
        assert told == ["refund.created", "refund.updated", "refund.failed"]
        with pytest.raises(ControlError, match="is failed"):
            simulator.fail_refund(refund.id)

    def test_can_be_pending_first(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        simulator.refunds_become("pending")
        refund = stripe_client.v1.refunds.create({"payment_intent": intent})
        assert refund.status == "pending"
        simulator.succeed_refund(refund.id)
        assert stripe_client.v1.refunds.retrieve(refund.id).status == "succeeded"

    def test_can_fail_at_once(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        simulator.refunds_become("failed")
        assert stripe_client.v1.refunds.create({"payment_intent": intent}).status == "failed"
        assert refunded(stripe_client, intent) == (0, False)

    def test_can_be_canceled_only_while_the_customer_must_act(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        simulator.refunds_become("requires_action")
        refund = stripe_client.v1.refunds.create({"payment_intent": intent})
        assert stripe_client.v1.refunds.cancel(refund.id).status == "canceled"
        assert refunded(stripe_client, intent) == (0, False)
        with pytest.raises(InvalidRequestError, match="requires_action"):
            stripe_client.v1.refunds.cancel(refund.id)

    def test_metadata_can_be_changed(self, stripe_client: StripeClient, intent: str) -> None:
        refund = stripe_client.v1.refunds.create({"payment_intent": intent, "metadata": {"a": "1", "b": "2"}})
        changed = stripe_client.v1.refunds.update(refund.id, {"metadata": {"a": "", "c": "3"}})
        assert changed.metadata is not None
        assert changed.metadata.to_dict() == {"b": "2", "c": "3"}

    def test_from_the_dashboard_is_told_the_same_way(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        made = simulator.refund(intent, amount=500_000)
        assert stripe_client.v1.refunds.list().data[0].id == made["id"]
        event = stripe_client.v1.events.list({"type": "refund.*"}).data[0]
        assert event.type == "refund.created"
        assert event.request is not None
        assert event.request.id is None

    @pytest.mark.parametrize(
        ("card", "first", "later"),
        [("4000000000007726", "pending", "succeeded"), ("4000000000005126", "succeeded", "failed")],
    )
    def test_of_the_cards_that_settle_later(
        self, stripe_client: StripeClient, simulator: StripeSimulator, card: str, first: str, later: str
    ) -> None:
        intent = paid_by(stripe_client, simulator, card)
        refund = stripe_client.v1.refunds.create({"payment_intent": intent})
        assert refund.status == first
        simulator.advance(minutes=5)
        assert stripe_client.v1.refunds.retrieve(refund.id).status == later


class TestDispute:
    def test_takes_the_money_and_gives_it_back_when_won(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        dispute_id = simulator.dispute(intent, reason="product_not_received")
        dispute = stripe_client.v1.disputes.retrieve(dispute_id, {"expand": ["charge"]})
        assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
        assert not isinstance(dispute.charge, str)
        assert dispute.charge.disputed is True
        with pytest.raises(InvalidRequestError) as refusal:
            stripe_client.v1.refunds.create({"payment_intent": intent})
        assert refusal.value.code == "charge_disputed"
        simulator.close_dispute(dispute_id, won=True)
        assert stripe_client.v1.disputes.list({"payment_intent": intent}).data[0].status == "won"
        assert event_types(
            stripe_client,
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed",
            "charge.dispute.funds_reinstated",
        ) == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed",
            "charge.dispute.funds_reinstated",
        ]

    def test_lost_keeps_the_money_away(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        dispute_id = simulator.dispute(intent)
        simulator.close_dispute(dispute_id, won=False)
        assert event_types(stripe_client, "charge.dispute.funds_reinstated") == []
        with pytest.raises(ControlError, match="is lost"):
            simulator.close_dispute(dispute_id, won=True)
        with pytest.raises(ControlError, match="cannot be disputed"):
            simulator.dispute(intent)

    def test_comes_by_itself_for_the_card_made_for_it(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        intent = paid_by(stripe_client, simulator, "4000000000000259")
        simulator.advance(minutes=5)
        assert len(stripe_client.v1.disputes.list({"payment_intent": intent}).data) == 1


class TestPaymentIntent:
    def test_of_an_open_session_cannot_be_canceled_behind_its_back(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id, card="4000000000000002")
        intent = stripe_client.v1.payment_intents.list().data[0]
        with pytest.raises(InvalidRequestError, match="Expire the Checkout Session"):
            stripe_client.v1.payment_intents.cancel(intent.id)
        assert stripe_client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"

    def test_that_waits_for_a_transfer_can_be_canceled_and_a_paid_one_cannot(
        self, stripe_client: StripeClient, simulator: StripeSimulator, intent: str
    ) -> None:
        with pytest.raises(InvalidRequestError, match="status of succeeded"):
            stripe_client.v1.payment_intents.cancel(intent)
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id, method="bank_transfer")
        waiting = stripe_client.v1.payment_intents.list().data[0]
        canceled = stripe_client.v1.payment_intents.cancel(waiting.id, {"cancellation_reason": "abandoned"})
        assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
