"""The two stand-ins as processes: this machine only, test keys only, and a state that survives a restart."""

import socket
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import stripe
from stripe import AuthenticationError, InvalidRequestError, StripeClient

from sandbox.inbox.__main__ import main as inbox_main
from sandbox.stripe.__main__ import main as stripe_main
from tests.sandbox.orders import checkout
from tests.sandbox_client import SECRET_KEY, ControlError, StripeSimulator, free_port, running_simulator


def client_of(simulator: StripeSimulator, key: str = SECRET_KEY) -> StripeClient:
    """The SDK with that key; its connections are the interpreter's to close."""
    return StripeClient(key, base_addresses={"api": simulator.url}, http_client=stripe.UrllibClient())


class TestStarting:
    @pytest.mark.parametrize("main", [stripe_main, inbox_main])
    def test_beyond_this_machine_is_refused(
        self, main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["--host", "0.0.0.0"])
        assert stop.value.code == 2
        assert "0.0.0.0 is not a loopback address" in capsys.readouterr().err

    def test_on_a_port_in_use_says_so(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = str(tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert stripe_main(["--port", port]) == 1
            assert f"Stripe simulator: cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
            assert inbox_main(["--smtp-port", port, "--folder", folder]) == 1
            assert f"Mail inbox: cannot receive on port {port}" in capsys.readouterr().err
            free = str(free_port())
            assert inbox_main(["--smtp-port", free, "--http-port", port, "--folder", folder]) == 1
            assert f"Mail inbox: cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err

    def test_with_a_webhook_beyond_this_machine_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert stripe_main(["--webhook-url", "https://example.com/hook"]) == 1
        assert "this machine only" in capsys.readouterr().err

    def test_with_a_broken_state_file_says_which(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = tmp_path / "state.json"
        broken.write_text("{")
        assert stripe_main(["--state-file", str(broken)]) == 1
        assert f"cannot read {broken}" in capsys.readouterr().err


class TestState:
    def test_survives_a_restart(self, tmp_path: Path) -> None:
        state = tmp_path / "var" / "stripe.json"
        with running_simulator(state_file=state) as first:
            session = client_of(first).v1.checkout.sessions.create(checkout(), {"idempotency_key": "k"})
            first.pay(session.id)
            first.advance(hours=1)
        with running_simulator(state_file=state) as second:
            found = client_of(second).v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
            assert found.payment_status == "paid"
            assert found.line_items is not None
            assert len(found.line_items.data) == 2
            assert second.get("/clock")["offset"] == pytest.approx(3600, abs=5)
        assert [path.name for path in state.parent.iterdir()] == ["stripe.json"]


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


class TestControl:
    @pytest.mark.parametrize(
        ("path", "asked"),
        [
            ("/delivery", {"mode": "sideways"}),
            ("/clock", {"seconds": "many"}),
            ("/clock", {"hours": 1}),
            ("/release", {"order": "random"}),
            ("/settings", {"refund_status": "gone"}),
            ("/sessions/cs_test_none/pay", {}),
            ("/events/evt_none/redeliver", {"times": 0}),
            ("/disputes", {"payment_intent": "pi_none"}),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self, simulator: StripeSimulator, path: str, asked: dict[str, object]
    ) -> None:
        before = simulator.state()
        with pytest.raises(ControlError, match=r": 40[04] "):
            simulator.post(path, asked)
        assert simulator.state() == before

    def test_refuses_to_pay_what_is_not_open_or_no_test_card(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        with pytest.raises(ControlError, match="not one of the test cards"):
            simulator.pay(session.id, card="4111111111111111")
        simulator.pay(session.id)
        with pytest.raises(ControlError, match="is complete and cannot be paid"):
            simulator.pay(session.id, force=True)
        with pytest.raises(ControlError, match="awaits no bank transfer"):
            simulator.settle(session.id)
