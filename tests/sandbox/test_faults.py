"""Faults a test can queue, as the unmodified SDK sees them."""

import time

import pytest
import stripe
from stripe import APIConnectionError, RateLimitError, StripeClient, StripeError

from tests.sandbox.orders import checkout
from tests.sandbox_client import SECRET_KEY, ControlError, StripeSimulator


def sessions_made(simulator: StripeSimulator) -> int:
    """How many sessions there are."""
    count: int = simulator.state()["counts"]["sessions"]
    return count


class TestFault:
    @pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("409", 409)])
    def test_before_the_work_refuses_it_once(
        self, stripe_client: StripeClient, simulator: StripeSimulator, kind: str, status: int
    ) -> None:
        simulator.post("/faults", {"kind": kind, "path": "/v1/checkout/*", "method": "POST"})
        with pytest.raises(StripeError) as failure:
            stripe_client.v1.checkout.sessions.create(checkout())
        assert failure.value.http_status == status
        assert isinstance(failure.value, RateLimitError) is (kind == "429")
        assert sessions_made(simulator) == 0
        stripe_client.v1.checkout.sessions.create(checkout())
        assert sessions_made(simulator) == 1

    def test_strikes_as_often_as_asked_and_only_where_asked(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        simulator.fault("500", path="/v1/events", count=2)
        stripe_client.v1.checkout.sessions.create(checkout())
        for _ in range(2):
            with pytest.raises(StripeError):
                stripe_client.v1.events.list()
        assert stripe_client.v1.events.list().data == []

    @pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
    def test_reset_cuts_the_connection(
        self, stripe_client: StripeClient, simulator: StripeSimulator, when: str, made: int
    ) -> None:
        simulator.post("/faults", {"kind": "reset", "path": "/v1/checkout/sessions", "when": when})
        with pytest.raises(APIConnectionError):
            stripe_client.v1.checkout.sessions.create(checkout())
        assert sessions_made(simulator) == made

    def test_hang_outlasts_the_callers_patience(self, simulator: StripeSimulator) -> None:
        simulator.fault("hang", path="/v1/checkout/sessions", seconds=4.0, when="after")
        http = stripe.RequestsClient(timeout=(1, 0.3))
        impatient = StripeClient(SECRET_KEY, base_addresses={"api": simulator.url}, http_client=http)
        began = time.monotonic()
        with pytest.raises(APIConnectionError):
            impatient.v1.checkout.sessions.create(checkout())
        assert time.monotonic() - began < 3
        http.close()  # type: ignore[no-untyped-call]
        deadline = time.monotonic() + 60
        while not sessions_made(simulator):  # on a slow machine it has yet to read what was asked
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert sessions_made(simulator) == 1

    def test_is_ridden_out_by_the_sdks_own_retries(self, simulator: StripeSimulator) -> None:
        simulator.fault("500", path="/v1/checkout/sessions", when="after")
        http = stripe.RequestsClient(timeout=5)
        patient = StripeClient(
            SECRET_KEY, base_addresses={"api": simulator.url}, http_client=http, max_network_retries=2
        )
        assert patient.v1.checkout.sessions.create(checkout()).status == "open"
        http.close()  # type: ignore[no-untyped-call]
        assert sessions_made(simulator) == 1

    def test_queue_can_be_cleared(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        simulator.fault("500", count=5)
        simulator.clear_faults()
        assert stripe_client.v1.events.list().data == []

    @pytest.mark.parametrize(
        "asked", [{"kind": "600"}, {"kind": "429", "when": "after"}, {"kind": "500", "wen": "after"}, {}]
    )
    def test_nobody_knows_is_refused(self, simulator: StripeSimulator, asked: dict[str, str]) -> None:
        with pytest.raises(ControlError, match="400"):
            simulator.post("/faults", asked)
        assert simulator.state()["faults"] == []
