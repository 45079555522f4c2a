"""The two guards against drift: requests against the SDK's types, answers against Stripe's schema."""

import base64
import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import stripe
from flask.testing import FlaskClient
from stripe.params import EventListParams, RefundCreateParams, RefundUpdateParams
from stripe.params.checkout import SessionCreateParams

import sandbox.stripe.response_schema as schema_module
from sandbox.stripe.app import create_app
from sandbox.stripe.events import emit
from sandbox.stripe.form import decode
from sandbox.stripe.operations import OPERATIONS
from sandbox.stripe.problems import StripeProblem
from sandbox.stripe.request_types import checked
from sandbox.stripe.response_schema import ResponseSchema, SchemaViolation, published
from sandbox.stripe.world import World
from tests.sandbox_client import SECRET_KEY

FORM = {
    "mode": "payment",
    "success_url": "http://127.0.0.1:9/done",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "idr",
    "line_items[0][price_data][unit_amount]": "3500000",
    "line_items[0][price_data][product_data][name]": "Kopi",
}
KEY = {"Authorization": "Basic " + base64.b64encode(f"{SECRET_KEY}:".encode()).decode()}


def document() -> dict[str, Any]:
    """The schema document shipped with the simulator."""
    path = Path(schema_module.__file__).parent / "spec" / "stripe-spec-cut.json.gz"
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def client_of(world: World, schema: ResponseSchema | None = None) -> FlaskClient:
    """The simulator in this process."""
    return create_app(world, schema=schema)[0].test_client()


class TestAnswers:
    def test_every_operation_has_its_schema(self) -> None:
        assert {(operation.method, operation.path) for operation in OPERATIONS} == published().operations

    def test_one_the_schema_does_not_know_is_a_500_that_names_it(self) -> None:
        world = World()
        client = client_of(world)
        session_id = client.post("/v1/checkout/sessions", data=FORM, headers=KEY).get_json()["id"]
        world.sessions[session_id]["status"] = "opened"
        answer = client.get(f"/v1/checkout/sessions/{session_id}", headers=KEY)
        assert answer.status_code == 500
        message = answer.get_json()["error"]["message"]
        assert "GET /v1/checkout/sessions/{session} violates Stripe's schema at status" in message

    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount_total", "3500000"), ("stats", "open"), ("livemode", None), ("metadata", {"a": 1})],
    )
    def test_a_wrong_type_or_an_unknown_field_is_found(self, name: str, value: object) -> None:
        world = World()
        client = client_of(world)
        session_id = client.post("/v1/checkout/sessions", data=FORM, headers=KEY).get_json()["id"]
        session = world.sessions[session_id]
        published().check_object(session)
        session[name] = value
        with pytest.raises(SchemaViolation, match=r"checkout\.session violates"):
            published().check_object(session)

    def test_a_field_stripe_adds_as_required_is_missed(self) -> None:
        changed = document()
        session = changed["components"]["schemas"]["checkout.session"]
        session["required"].append("planted")
        answer = client_of(World(), ResponseSchema(changed)).post(
            "/v1/checkout/sessions", data=FORM, headers=KEY
        )
        assert answer.status_code == 500
        assert "'planted' is a required property" in answer.get_json()["error"]["message"]

    def test_a_wrong_object_inside_an_event_is_found(self) -> None:
        with pytest.raises(SchemaViolation, match="refund violates"):
            emit(World(), "refund.created", {"object": "refund", "id": "re_1", "amount": "5"})

    def test_null_means_what_stripe_means_by_nullable(self) -> None:
        world = World()
        client = client_of(world)
        session = client.post("/v1/checkout/sessions", data=FORM, headers=KEY).get_json()
        for name in ("locale", "payment_intent", "after_expiration"):
            published().check_object({**copy.deepcopy(session), name: None})
        with pytest.raises(SchemaViolation):
            published().check_object({**session, "mode": None})

    def test_errors_are_shaped_like_stripes(self) -> None:
        answer = client_of(World()).post("/v1/checkout/sessions", data={"mode": "pay"}, headers=KEY)
        published().check_error(answer.get_json())
        with pytest.raises(SchemaViolation):
            published().check_error({"error": {"type": "rate_limit_error"}})


class TestRequests:
    def test_values_take_the_sdks_types(self) -> None:
        params = checked(SessionCreateParams, decode([*FORM.items(), ("adaptive_pricing[enabled]", "false")]))
        assert params["adaptive_pricing"] == {"enabled": False}
        assert params["line_items"][0]["price_data"]["unit_amount"] == 3_500_000

    def test_a_map_may_have_digits_as_keys(self) -> None:
        params = checked(RefundCreateParams, decode([("metadata[0]", "a"), ("expand[]", "charge")]))
        assert params == {"metadata": {"0": "a"}, "expand": ["charge"]}

    def test_either_form_of_a_union_passes(self) -> None:
        assert checked(EventListParams, decode([("created", "5")])) == {"created": 5}
        assert checked(EventListParams, decode([("created[gte]", "5")])) == {"created": {"gte": 5}}
        assert checked(RefundUpdateParams, decode([("metadata", "")])) == {"metadata": ""}

    @pytest.mark.parametrize(
        ("name", "value", "param"),
        [
            ("payment_method_types[0]", "card", "payment_method_types"),
            ("stripe_version", "x", "stripe_version"),
            ("mode", "pay", "mode"),
            ("expires_at", "soon", "expires_at"),
            ("expires_at", "", "expires_at"),
            ("adaptive_pricing[enabled]", "yes", "adaptive_pricing[enabled]"),
            ("adaptive_pricing[enabeld]", "true", "adaptive_pricing[enabeld]"),
            ("adaptive_pricing", "true", "adaptive_pricing"),
            ("expand", "line_items", "expand"),
            ("expand[1]", "line_items", "expand"),
            ("line_items[0][price_data][unit_amount]", "1.5", "line_items[0][price_data][unit_amount]"),
            ("allowed_payment_method_types[0]", "qris", "allowed_payment_method_types[0]"),
            ("custom_fields[0][key]", "k", "custom_fields[0][label]"),
        ],
    )
    def test_anything_else_is_refused(self, name: str, value: str, param: str) -> None:
        with pytest.raises(StripeProblem) as refusal:
            checked(
                SessionCreateParams, decode([*((n, v) for n, v in FORM.items() if n != name), (name, value)])
            )
        assert refusal.value.param == param

    @pytest.mark.parametrize("pairs", [[("a[", "1")], [("a", "1"), ("a[b]", "2")], [("a", "1"), ("a", "2")]])
    def test_a_broken_form_is_refused(self, pairs: list[tuple[str, str]]) -> None:
        with pytest.raises(StripeProblem):
            decode(pairs)

    def test_every_parameter_type_of_the_sdk_can_be_read(self) -> None:
        for operation in OPERATIONS:
            assert checked(operation.params, {"expand": {"0": "x"}}) == {"expand": ["x"]}, stripe.VERSION
