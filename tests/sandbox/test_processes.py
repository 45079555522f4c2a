"""The two stand-ins as processes: this machine only, and a state that survives a restart."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe
from stripe import StripeClient

from sandbox.inbox.__main__ import main as inbox_main
from sandbox.stripe.__main__ import main as stripe_main
from tests.sandbox.orders import checkout
from tests.sandbox_client import SECRET_KEY, StripeSimulator, free_port, running_simulator


def client_of(simulator: StripeSimulator) -> StripeClient:
    """The SDK pointed at it; its connections are the interpreter's to close."""
    return StripeClient(SECRET_KEY, base_addresses={"api": simulator.url}, http_client=stripe.UrllibClient())


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
