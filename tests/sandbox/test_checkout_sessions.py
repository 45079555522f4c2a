"""Checkout Sessions over the unmodified SDK: creating by Stripe's rules, paying, expiring, listing."""

import time
from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.orders import checkout, line
from tests.sandbox_client import StripeSimulator


class TestCreate:
    def test_opens_a_session_with_a_page_and_the_total_of_its_lines(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        assert session.id.startswith("cs_test_")
        assert (session.status, session.payment_status) == ("open", "unpaid")
        assert (session.amount_total, session.currency) == (3_500_000, "idr")
        assert session.url == f"{simulator.url}/pay/{session.id}"
        assert session.payment_intent is None
        assert session.metadata is not None
        assert session.metadata["payment_id"] == "p-1"
        assert session.livemode is False

    def test_lists_its_line_items(self, stripe_client: StripeClient) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout(expand=["line_items"]))
        assert session.line_items is not None
        assert [item.description for item in session.line_items.data] == ["Kopi Gayo × 2", "Ongkir"]
        listed = stripe_client.v1.checkout.sessions.line_items.list(session.id)
        assert [item.amount_total for item in listed.data] == [2_500_000, 1_000_000]

    def test_lives_24_hours_unless_told_otherwise(self, stripe_client: StripeClient) -> None:
        params = checkout()
        del params["expires_at"]
        session = stripe_client.v1.checkout.sessions.create(params)
        assert session.expires_at - session.created == 24 * 3600

    @pytest.mark.parametrize(
        ("changes", "param", "says"),
        [
            ({"expires_at": int(time.time()) + 25 * 60}, "expires_at", "at least 30 minutes"),
            ({"expires_at": int(time.time()) + 25 * 3600}, "expires_at", "less than 24 hours"),
            ({"payment_method_types": ["card"]}, "payment_method_types", "unknown parameter"),
            ({"idempotency_key": "k"}, "idempotency_key", "unknown parameter"),
            ({"mode": "pay"}, "mode", "must be one of"),
            ({"mode": "subscription"}, "mode", "does not simulate"),
            ({"sucess_url": "x"}, "sucess_url", "unknown parameter"),
            ({"success_url": "done"}, "success_url", "Not a valid URL"),
            ({"client_reference_id": "x" * 201}, "client_reference_id", "200"),
            ({"customer_email": "nobody"}, "customer_email", "Invalid email"),
            ({"locale": "jv"}, "locale", "must be one of"),
            ({"metadata": {"k": "v" * 501}}, "metadata[k]", "500"),
            ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", "50"),
            ({"line_items": []}, "line_items", "Missing"),
            ({"line_items": [line("x", 100) for _ in range(101)]}, "line_items", "at most 100"),
            ({"line_items": [line("x", -5)]}, "line_items[0][price_data][unit_amount]", "greater than"),
            ({"line_items": [line("x", 100)]}, "line_items", "at least $0.50"),
            ({"line_items": [line("x", 10**12)]}, "line_items", "no more than"),
            ({"line_items": [line("x", 2_000_000), line("y", 500, "usd")]}, "line_items", "one currency"),
            ({"line_items": [{"quantity": 1}]}, "line_items[0]", "price_data"),
            ({"allow_promotion_codes": True}, "allow_promotion_codes", "does not simulate"),
            (
                {"payment_intent_data": {"metadat": {"a": "b"}}},
                "payment_intent_data[metadat]",
                "unknown parameter",
            ),
        ],
    )
    def test_refuses(
        self,
        stripe_client: StripeClient,
        simulator: StripeSimulator,
        changes: dict[str, Any],
        param: str,
        says: str,
    ) -> None:
        with pytest.raises(InvalidRequestError) as refusal:
            stripe_client.v1.checkout.sessions.create(checkout(**changes))
        assert refusal.value.http_status == 400
        assert refusal.value.param == param
        assert says in str(refusal.value)
        assert simulator.state()["counts"]["sessions"] == 0


class TestExpire:
    def test_ends_an_open_session_and_says_so(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        expired = stripe_client.v1.checkout.sessions.expire(session.id)
        assert (expired.status, expired.url) == ("expired", None)
        assert [event.type for event in stripe_client.v1.events.list().data] == ["checkout.session.expired"]

    def test_of_a_paid_session_is_refused_and_so_tells_of_the_payment(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        with pytest.raises(InvalidRequestError, match="status of `complete`"):
            stripe_client.v1.checkout.sessions.expire(session.id)
        assert stripe_client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_happens_by_itself_when_the_clock_gets_there(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.advance(minutes=59)
        assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "open"
        simulator.advance(minutes=2)
        assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "expired"
        assert [event.type for event in stripe_client.v1.events.list().data] == ["checkout.session.expired"]


class TestPaying:
    def test_by_card_completes_the_session(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        assert simulator.pay(session.id) == "paid"
        paid = stripe_client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
        )
        assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
        intent = paid.payment_intent
        assert intent is not None
        assert not isinstance(intent, str)
        assert (intent.status, intent.amount_received) == ("succeeded", 3_500_000)
        assert intent.metadata is not None
        assert intent.metadata["payment_id"] == "p-1"
        charge = intent.latest_charge
        assert charge is not None
        assert not isinstance(charge, str)
        assert charge.paid is True
        booked = charge.balance_transaction
        assert booked is not None
        assert not isinstance(booked, str)
        assert booked.net == 3_500_000 - booked.fee

    def test_by_a_declined_card_leaves_it_open(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        assert simulator.pay(session.id, card="4000000000009995") == "declined"
        still = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
        assert (still.status, still.payment_status) == ("open", "unpaid")
        intent = still.payment_intent
        assert intent is not None
        assert not isinstance(intent, str)
        assert intent.last_payment_error is not None
        assert intent.last_payment_error.decline_code == "insufficient_funds"

    def test_by_bank_transfer_is_complete_first_and_paid_later(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        assert simulator.pay(session.id, method="bank_transfer") == "processing"
        waiting = stripe_client.v1.checkout.sessions.retrieve(session.id)
        assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
        simulator.settle(session.id)
        assert stripe_client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_by_a_bank_transfer_that_fails_stays_unpaid(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id, method="bank_transfer")
        simulator.settle(session.id, succeeded=False)
        failed = stripe_client.v1.checkout.sessions.retrieve(session.id)
        assert (failed.status, failed.payment_status) == ("complete", "unpaid")
        newest = stripe_client.v1.events.list({"limit": 1}).data[0]
        assert newest.type == "checkout.session.async_payment_failed"

    def test_can_be_forced_after_expiry_and_with_another_amount(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        stripe_client.v1.checkout.sessions.expire(session.id)
        assert simulator.pay(session.id, force=True, amount_total=3_400_000, currency="usd") == "paid"
        late = stripe_client.v1.checkout.sessions.retrieve(session.id)
        assert (late.payment_status, late.amount_total, late.currency) == ("paid", 3_400_000, "usd")


class TestList:
    def test_pages_through_all_newest_first(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        made = [stripe_client.v1.checkout.sessions.create(checkout()).id for _ in range(5)]
        listed = stripe_client.v1.checkout.sessions.list({"limit": 2})
        assert listed.has_more is True
        assert [session.id for session in listed.auto_paging_iter()] == made[::-1]

    def test_filters_by_status_and_payment_intent(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        sessions = [stripe_client.v1.checkout.sessions.create(checkout()) for _ in range(3)]
        simulator.pay(sessions[1].id)
        paid = stripe_client.v1.checkout.sessions.list({"status": "complete"}).data
        assert [session.id for session in paid] == [sessions[1].id]
        intent = paid[0].payment_intent
        assert isinstance(intent, str)
        found = stripe_client.v1.checkout.sessions.list({"payment_intent": intent}).data
        assert [session.id for session in found] == [sessions[1].id]
