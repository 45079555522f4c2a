"""The control API refuses what makes no sense, and then nothing has changed."""

import pytest
from stripe import StripeClient

from tests.sandbox.orders import checkout
from tests.sandbox_client import ControlError, StripeSimulator


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
