"""Idempotency keys as Stripe's first API keeps them."""

import threading
import time
from typing import Any

import pytest
from stripe import APIError, IdempotencyError, InvalidRequestError, RequestOptions, StripeClient, StripeError

from tests.sandbox.orders import checkout
from tests.sandbox_client import StripeSimulator

KEY: RequestOptions = {"idempotency_key": "pay-1"}


def sessions_made(simulator: StripeSimulator) -> int:
    """How many sessions there are."""
    count: int = simulator.state()["counts"]["sessions"]
    return count


class TestKey:
    def test_replays_the_first_answer(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        params = checkout()
        first = stripe_client.v1.checkout.sessions.create(params, KEY)
        again = stripe_client.v1.checkout.sessions.create(params, KEY)
        assert again.id == first.id
        assert again.last_response is not None
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert first.last_response is not None
        assert "Idempotent-Replayed" not in first.last_response.headers
        assert sessions_made(simulator) == 1

    def test_with_other_parameters_is_an_error(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        stripe_client.v1.checkout.sessions.create(checkout(), KEY)
        with pytest.raises(IdempotencyError) as refusal:
            stripe_client.v1.checkout.sessions.create(checkout(client_reference_id="other"), KEY)
        assert refusal.value.http_status == 400
        assert sessions_made(simulator) == 1

    def test_of_a_request_that_was_invalid_is_not_kept(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        with pytest.raises(InvalidRequestError):
            stripe_client.v1.checkout.sessions.create(checkout(customer_email="nobody"), KEY)
        assert stripe_client.v1.checkout.sessions.create(checkout(), KEY).status == "open"

    def test_of_a_refusal_by_the_objects_state_is_kept(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        stripe_client.v1.checkout.sessions.expire(session.id)
        for replayed in (False, True):
            with pytest.raises(InvalidRequestError) as refusal:
                stripe_client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "e-1"})
            assert ("Idempotent-Replayed" in (refusal.value.headers or {})) is replayed

    def test_is_forgotten_after_a_day(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        params = checkout()
        del params["expires_at"]
        stripe_client.v1.checkout.sessions.create(params, KEY)
        simulator.advance(hours=25)
        stripe_client.v1.checkout.sessions.create(params, KEY)
        assert sessions_made(simulator) == 2

    def test_in_use_is_a_conflict(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        params = checkout()
        simulator.fault("hang", path="/v1/checkout/sessions", seconds=3.0)
        made: list[Any] = []

        def first() -> None:
            made.append(stripe_client.v1.checkout.sessions.create(params, KEY))

        thread = threading.Thread(target=first)
        thread.start()
        deadline = time.monotonic() + 60
        while simulator.state()["faults"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with pytest.raises(APIError) as refusal:
            stripe_client.v1.checkout.sessions.create(params, KEY)
        thread.join()
        assert refusal.value.http_status == 409
        assert "idempotency_key_in_use" in (refusal.value.http_body or "")
        assert stripe_client.v1.checkout.sessions.create(params, KEY).id == made[0].id
        assert sessions_made(simulator) == 1


class TestAfterAServerError:
    def test_kept_the_error_is_replayed_though_the_work_was_done(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        simulator.fault("500", path="/v1/checkout/sessions", when="after", kept=True)
        params = checkout()
        for replayed in (False, True):
            with pytest.raises(StripeError) as failure:
                stripe_client.v1.checkout.sessions.create(params, KEY)
            assert failure.value.http_status == 500
            assert ("Idempotent-Replayed" in (failure.value.headers or {})) is replayed
        assert sessions_made(simulator) == 1

    def test_kept_before_the_work_nothing_is_ever_done(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        simulator.fault("500", path="/v1/checkout/sessions", kept=True)
        params = checkout()
        for _ in range(2):
            with pytest.raises(StripeError):
                stripe_client.v1.checkout.sessions.create(params, KEY)
        assert sessions_made(simulator) == 0

    def test_lost_answer_a_retry_gets_the_real_one(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        simulator.fault("500", path="/v1/checkout/sessions", when="after")
        params = checkout()
        with pytest.raises(StripeError):
            stripe_client.v1.checkout.sessions.create(params, KEY)
        again = stripe_client.v1.checkout.sessions.create(params, KEY)
        assert again.last_response is not None
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert sessions_made(simulator) == 1
