"""What of Stripe's adapter no other provider shares: hundredths, its parameters, its errors, its states."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe
from stripe.checkout import Session

from kernel.clock import now
from orders.adapters.circuit import MOST_FAILURES, PAUSE_SECONDS, Circuit
from orders.adapters.stripe import StripeProvider
from orders.adapters.stripe_errors import translated
from orders.adapters.stripe_money import from_stripe, to_stripe
from orders.adapters.stripe_snapshots import KINDS, notice_of, refund_snapshot, snapshot_of
from orders.errors import ProviderRejected, ProviderUnavailable, ProviderUnclear
from orders.ports import PaymentLine, PaymentRequest, PaymentStatus, RefundStatus
from tests.conftest import make_config
from tests.sandbox_client import StripeSimulator, running_simulator

CONFIG = make_config("postgresql://", "redis://")


@pytest.fixture
def provider() -> StripeProvider:
    return StripeProvider.from_config(CONFIG)


def make_request(**changes: Any) -> PaymentRequest:
    request = PaymentRequest(
        id=uuid4(),
        order_number="LP-0123456789",
        amount=30_000,
        currency="IDR",
        lines=(PaymentLine("Roti × 1", 15_000), PaymentLine("Ongkos kirim", 15_000)),
        email="sari@example.com",
        locale="id",
        success_url="http://localhost/pesanan/x",
        cancel_url="http://localhost/pesanan/y",
        expires_at=datetime(2026, 11, 21, 4, tzinfo=UTC),
    )
    return replace(request, **changes)


def session_object(**changes: Any) -> Session:
    values = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 3_000_000,
        "currency": "idr",
        "livemode": False,
        "url": None,
        "metadata": {"payment_id": str(uuid4())},
        "payment_intent": {
            "id": "pi_1",
            "object": "payment_intent",
            "status": "succeeded",
            "amount_received": 3_000_000,
        },
    }
    return Session.construct_from({**values, **changes}, "sk_test_x")


class TestMoney:
    def test_rupiah_are_hundredths_at_stripe(self) -> None:
        assert to_stripe(15_000) == 1_500_000
        assert from_stripe(1_500_000, "idr") == 15_000

    @pytest.mark.parametrize("amount", [1, 1_500_001, 99])
    def test_parts_of_a_rupiah_are_never_rounded(self, amount: int) -> None:
        with pytest.raises(ProviderRejected, match="parts_of_a_rupiah"):
            from_stripe(amount, "idr")

    def test_other_money_is_not_counted(self) -> None:
        with pytest.raises(ProviderRejected, match="other_currency"):
            from_stripe(1_500_000, "usd")


class TestRequestBody:
    def test_is_what_stripe_is_asked_for(self, provider: StripeProvider) -> None:
        request = make_request()

        body = provider.request_body(request)

        metadata = {"payment_id": str(request.id), "order_number": "LP-0123456789"}
        assert body == {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "idr",
                        "unit_amount": 1_500_000,
                        "product_data": {"name": name},
                    },
                }
                for name in ("Roti × 1", "Ongkos kirim")
            ],
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": "LP-0123456789",
            "customer_email": "sari@example.com",
            "locale": "id",
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "success_url": "http://localhost/pesanan/x?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost/pesanan/y",
            "expires_at": 1_795_233_600,
        }

    def test_keeps_the_query_of_the_address_to_return_to(self, provider: StripeProvider) -> None:
        body = provider.request_body(make_request(success_url="http://localhost/x?a=b"))

        assert body["success_url"] == "http://localhost/x?a=b&session_id={CHECKOUT_SESSION_ID}"

    def test_more_lines_than_stripe_takes_become_one(self, provider: StripeProvider) -> None:
        lines = tuple(PaymentLine(f"Roti {n}", 1_000) for n in range(101))

        body = provider.request_body(make_request(lines=lines, amount=101_000))

        (line,) = body["line_items"]
        assert line["price_data"]["product_data"] == {"name": "LP-0123456789"}
        assert line["price_data"]["unit_amount"] == 10_100_000

    def test_a_long_name_is_cut(self, provider: StripeProvider) -> None:
        body = provider.request_body(make_request(lines=(PaymentLine("x" * 300, 30_000),)))

        assert len(body["line_items"][0]["price_data"]["product_data"]["name"]) == 250


class TestFromConfig:
    def test_goes_where_the_settings_say_and_sends_no_telemetry(self, provider: StripeProvider) -> None:
        assert stripe.enable_telemetry is False
        assert stripe.api_key is None
        with pytest.raises(ProviderUnavailable):
            provider.look("cs_test_1")

    @pytest.mark.parametrize(
        ("key", "is_live"), [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True)]
    )
    def test_knows_from_its_key_whether_money_is_real(self, key: str, is_live: bool) -> None:
        assert StripeProvider.from_config(replace(CONFIG, stripe_secret_key=key)).is_live is is_live


class TestSnapshots:
    @pytest.mark.parametrize(
        ("intent_status", "status"),
        [
            ("processing", PaymentStatus.PENDING),
            ("requires_action", PaymentStatus.PENDING),
            ("requires_payment_method", PaymentStatus.FAILED),
            ("canceled", PaymentStatus.FAILED),
        ],
    )
    def test_complete_but_unpaid_is_slow_or_failed(self, intent_status: str, status: PaymentStatus) -> None:
        intent = {"id": "pi_1", "object": "payment_intent", "status": intent_status, "amount_received": 0}
        session = session_object(payment_status="unpaid", payment_intent=intent)

        snapshot = snapshot_of(session, (), ())

        assert (snapshot.status, snapshot.captured) == (status, 0)

    @pytest.mark.parametrize(
        "changes",
        [
            {"payment_status": "no_payment_required"},
            {"payment_status": "unpaid", "status": "paused"},
            {"payment_status": "unpaid", "payment_intent": None},
            {"payment_intent": "pi_not_expanded"},
        ],
    )
    def test_a_state_nobody_knows_is_no_answer(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ProviderUnclear):
            snapshot_of(session_object(**changes), (), ())

    def test_a_session_of_somebody_else_names_no_payment(self) -> None:
        assert snapshot_of(session_object(metadata={}), (), ()).payment_id is None
        assert snapshot_of(session_object(metadata={"payment_id": "17"}), (), ()).payment_id is None

    def test_an_unknown_state_of_a_refund_is_no_answer(self) -> None:
        refund = {"id": "re_1", "object": "refund", "amount": 100, "currency": "idr", "metadata": {}}
        make = stripe.Refund.construct_from

        assert refund_snapshot(make({**refund, "status": "canceled"}, "k")).status is RefundStatus.FAILED
        with pytest.raises(ProviderUnclear):
            refund_snapshot(make({**refund, "status": "teleported"}, "k"))


class TestNotices:
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("checkout")])
    def test_of_refunds_and_disputes_lead_to_the_payment(self, kind: str) -> None:
        thing = {"id": "x", "object": kind.split(".", maxsplit=1)[0], "payment_intent": "pi_1"}

        notice = notice_of({"id": "evt", "type": kind, "created": 1, "data": {"object": thing}})

        assert notice is not None
        assert notice.ref == "pi_1"

    def test_of_what_has_no_payment_are_not_followed(self) -> None:
        thing = {"id": "re_1", "object": "refund", "payment_intent": None}

        event = {"id": "evt", "type": "refund.created", "created": 1, "data": {"object": thing}}

        assert notice_of(event) is None
        assert notice_of({**event, "type": "charge.succeeded"}) is None


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "ours"),
        [
            (stripe.APIConnectionError("x"), ProviderUnavailable),  # type: ignore[no-untyped-call]
            (stripe.RateLimitError("x", http_status=429), ProviderUnavailable),
            (stripe.AuthenticationError("x", http_status=401), ProviderUnavailable),
            (stripe.PermissionError("x", http_status=403), ProviderUnavailable),
            (stripe.APIError("x", http_status=409), ProviderUnavailable),
            (stripe.APIError("x", http_status=500), ProviderUnclear),
            (stripe.APIError("x", http_status=503), ProviderUnclear),
            (stripe.APIError("no json", http_status=200), ProviderUnclear),
            (stripe.IdempotencyError("x", http_status=400), ProviderRejected),
            (stripe.InvalidRequestError("x", "amount", code="amount_too_small"), ProviderRejected),  # type: ignore[no-untyped-call]
            (stripe.CardError("x", "number", "card_declined"), ProviderRejected),  # type: ignore[no-untyped-call]
        ],
    )
    def test_become_one_of_three_answers(self, error: stripe.StripeError, ours: type[Exception]) -> None:
        with pytest.raises(ours), translated():
            raise error

    def test_a_replayed_breakdown_is_the_last_word(self) -> None:
        headers = {"Idempotent-Replayed": "true"}
        with pytest.raises(ProviderUnclear) as final, translated():
            raise stripe.APIError("x", http_status=500, headers=headers)
        with pytest.raises(ProviderUnclear) as first, translated():
            raise stripe.APIError("x", http_status=500)

        assert (final.value.parameters["is_final"], first.value.parameters["is_final"]) == (True, False)

    def test_what_is_not_stripes_is_not_touched(self) -> None:
        with pytest.raises(ZeroDivisionError), translated():
            raise ZeroDivisionError


class TestCircuit:
    def fail(self, circuit: Circuit, reason: str = "no_answer") -> str:
        """Try a call that gets no answer; which refusal came of it."""
        with pytest.raises(ProviderUnavailable) as error, circuit.guard():
            raise ProviderUnavailable(reason=reason)
        return str(error.value.parameters["reason"])

    def test_opens_after_some_failures_and_probes_now_and_then(self) -> None:
        time_now = [100.0]
        circuit = Circuit(clock=lambda: time_now[0])

        assert {self.fail(circuit) for _ in range(MOST_FAILURES)} == {"no_answer"}
        assert self.fail(circuit) == "circuit_open"
        time_now[0] += PAUSE_SECONDS
        assert self.fail(circuit) == "no_answer"
        assert self.fail(circuit) == "circuit_open"
        time_now[0] += PAUSE_SECONDS
        with circuit.guard():
            pass  # the service is back
        assert {self.fail(circuit) for _ in range(MOST_FAILURES)} == {"no_answer"}

    def test_a_refusal_is_an_answer(self) -> None:
        circuit = Circuit()

        assert {self.fail(circuit, "busy") for _ in range(2 * MOST_FAILURES)} == {"busy"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[StripeSimulator]:
    with running_simulator() as running:
        yield running


@pytest.mark.processes
class TestOverTheWire:
    @pytest.fixture
    def connected(self, simulator: StripeSimulator) -> StripeProvider:
        simulator.reset()
        return StripeProvider.from_config(replace(CONFIG, stripe_api_base=simulator.url))

    def test_one_lost_answer_is_made_up_for_by_the_same_key(
        self, simulator: StripeSimulator, connected: StripeProvider
    ) -> None:
        simulator.fault("reset", path="/v1/checkout/sessions", method="POST", when="after")
        request = make_request(expires_at=now() + timedelta(hours=1))

        connected.start(connected.request_body(request), idempotency_key="pay-1")

        assert simulator.state()["counts"]["sessions"] == 1

    def test_a_service_that_hangs_is_not_waited_for(
        self, simulator: StripeSimulator, connected: StripeProvider
    ) -> None:
        simulator.fault("hang", path="/v1/checkout/sessions/*", seconds=30, count=2)
        began = time.monotonic()

        with pytest.raises(ProviderUnavailable):
            connected.look("cs_test_1")

        assert time.monotonic() - began < 25

    def test_stripe_refuses_what_is_too_little_by_its_own_code(self, connected: StripeProvider) -> None:
        request = make_request(
            amount=100, lines=(PaymentLine("Roti", 100),), expires_at=now() + timedelta(hours=1)
        )

        with pytest.raises(ProviderRejected, match="amount_too_small"):
            connected.start(connected.request_body(request), idempotency_key="pay-2")
