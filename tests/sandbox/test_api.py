"""The API around its operations: keys, headers, unknown addresses, expand."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import stripe
from stripe import AuthenticationError, InvalidRequestError, StripeClient

from tests.sandbox.orders import checkout
from tests.sandbox_client import StripeSimulator


def client_of(simulator: StripeSimulator, key: str) -> StripeClient:
    """The SDK with that key; its connections are the interpreter's to close."""
    return StripeClient(key, base_addresses={"api": simulator.url}, http_client=stripe.UrllibClient())


class TestAccess:
    @pytest.mark.parametrize("key", ["sk_live_abc", "rk_test_abc", "pk_test_abc", "sk_test_"])
    def test_without_a_test_key_is_refused(self, simulator: StripeSimulator, key: str) -> None:
        with pytest.raises(AuthenticationError, match="only test keys") as refusal:
            client_of(simulator, key).v1.events.list()
        assert key not in str(refusal.value) or len(key) <= 8
        assert refusal.value.http_status == 401

    def test_without_any_key_is_refused(self, simulator: StripeSimulator) -> None:
        connection = HTTPConnection(urlsplit(simulator.url).netloc, timeout=5)
        connection.request("GET", "/v1/events")
        assert connection.getresponse().status == 401
        connection.close()

    def test_answers_carry_request_id_and_version(self, stripe_client: StripeClient) -> None:
        answer = stripe_client.v1.events.list().last_response
        assert answer is not None
        assert answer.request_id is not None
        assert answer.request_id.startswith("req_")
        assert answer.headers["Stripe-Version"] == stripe.api_version

    def test_an_address_stripe_has_and_the_simulator_has_not_is_said_aloud(
        self, stripe_client: StripeClient
    ) -> None:
        with pytest.raises(InvalidRequestError, match="Unrecognized request URL") as refusal:
            stripe_client.v1.customers.list()
        assert refusal.value.http_status == 404


class TestExpand:
    def test_follows_lists_and_several_levels(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        (listed,) = stripe_client.v1.checkout.sessions.list(
            {"expand": ["data.payment_intent.latest_charge.refunds", "data.line_items"]}
        ).data
        intent = listed.payment_intent
        assert intent is not None
        assert not isinstance(intent, str)
        charge = intent.latest_charge
        assert charge is not None
        assert not isinstance(charge, str)
        assert charge.refunds is not None
        assert charge.refunds.data == []

    @pytest.mark.parametrize("path", ["paymentintent", "metadata", "a.b.c.d.e", "id", "client_reference_id"])
    def test_refuses_what_cannot_be_expanded(self, stripe_client: StripeClient, path: str) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        with pytest.raises(InvalidRequestError, match="expand") as refusal:
            stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
        assert refusal.value.param == "expand"
