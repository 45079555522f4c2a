"""The providers of the contract suite, each with what its customers, its staff and its network do."""

import json
import time
from dataclasses import replace
from typing import Protocol

import stripe

from orders.adapters.stripe import StripeProvider
from orders.ports import Notice, PaymentProvider, RefundStatus
from tests.conftest import make_config
from tests.fakes import FakeProvider
from tests.sandbox_client import StripeSimulator


class World(Protocol):
    """A provider, and what its customers, its staff and its network do."""

    @property
    def provider(self) -> PaymentProvider: ...

    def pay(self, ref: str) -> None: ...
    def pay_other_amount(self, ref: str) -> None: ...
    def pay_in_dollars(self, ref: str) -> None: ...
    def promise(self, ref: str) -> None: ...
    def arrive(self, ref: str, *, succeeded: bool) -> None: ...
    def let_expire(self, ref: str) -> None: ...
    def refund_there(self, ref: str, amount: int) -> str: ...
    def hold_refunds_back(self) -> None: ...
    def move_refund(self, refund_ref: str, *, succeeded: bool) -> None: ...
    def dispute(self, ref: str) -> None: ...
    def win_dispute(self, ref: str) -> None: ...
    def webhook(self, notice: Notice) -> tuple[bytes, dict[str, str]]: ...
    def refuse(self, method: str) -> None: ...
    def lose_answer(self, method: str) -> None: ...
    def break_down(self, method: str, *, kept: bool) -> None: ...


class FakeWorld:
    """The fake is its own world."""

    def __init__(self) -> None:
        self.fake = FakeProvider()

    @property
    def provider(self) -> PaymentProvider:
        return self.fake

    def pay(self, ref: str) -> None:
        self.fake.pay(ref)

    def pay_other_amount(self, ref: str) -> None:
        self.fake.pay(ref, amount=10_000)

    def pay_in_dollars(self, ref: str) -> None:
        self.fake.pay(ref, currency="USD")

    def promise(self, ref: str) -> None:
        self.fake.promise(ref)

    def arrive(self, ref: str, *, succeeded: bool) -> None:
        self.fake.arrive(ref, succeeded=succeeded)

    def let_expire(self, ref: str) -> None:
        self.fake.expire(ref)

    def refund_there(self, ref: str, amount: int) -> str:
        return self.fake.refund_at_provider(ref, amount)

    def hold_refunds_back(self) -> None:
        self.fake.refund_status = RefundStatus.PENDING

    def move_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        self.fake.move_refund(refund_ref, RefundStatus.SUCCEEDED if succeeded else RefundStatus.FAILED)

    def dispute(self, ref: str) -> None:
        self.fake.dispute(ref)

    def win_dispute(self, ref: str) -> None:
        self.fake.dispute(ref, is_open=False)

    def webhook(self, notice: Notice) -> tuple[bytes, dict[str, str]]:
        return self.fake.webhook(notice)

    def refuse(self, method: str) -> None:
        self.fake.fail_next(method, "unavailable")

    def lose_answer(self, method: str) -> None:
        self.fake.fail_next(method, "lost_answer")

    def break_down(self, method: str, *, kept: bool) -> None:
        self.fake.fail_next(method, "unclear_final" if kept else "unclear")


_PATHS = {"start": "/v1/checkout/sessions", "refund": "/v1/refunds"}


class StripeWorld:
    """The adapter over the SDK, and the simulator's control API."""

    def __init__(self, simulator: StripeSimulator) -> None:
        self.simulator = simulator
        config = replace(
            make_config("postgresql://", "redis://"),
            stripe_api_base=simulator.url,
            stripe_webhook_secret=simulator.webhook_secret,
        )
        self._provider = StripeProvider.from_config(config)
        self._client = stripe.StripeClient(
            config.stripe_secret_key, base_addresses={"api": config.stripe_api_base}
        )

    @property
    def provider(self) -> PaymentProvider:
        return self._provider

    def pay(self, ref: str) -> None:
        assert self.simulator.pay(ref) == "paid"

    def pay_other_amount(self, ref: str) -> None:
        self.simulator.pay(ref, amount_total=1_000_000)

    def pay_in_dollars(self, ref: str) -> None:
        self.simulator.pay(ref, currency="usd")

    def promise(self, ref: str) -> None:
        self.simulator.pay(ref, method="bank_transfer")

    def arrive(self, ref: str, *, succeeded: bool) -> None:
        self.simulator.settle(ref, succeeded=succeeded)

    def let_expire(self, ref: str) -> None:
        self.simulator.advance(hours=2)

    def refund_there(self, ref: str, amount: int) -> str:
        refund_ref: str = self.simulator.refund(self._intent(ref), amount=amount * 100)["id"]
        return refund_ref

    def hold_refunds_back(self) -> None:
        self.simulator.refunds_become("pending")

    def move_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        if succeeded:
            self.simulator.succeed_refund(refund_ref)
        else:
            self.simulator.fail_refund(refund_ref)

    def dispute(self, ref: str) -> None:
        self.dispute_id = self.simulator.dispute(self._intent(ref))

    def win_dispute(self, ref: str) -> None:
        self.simulator.close_dispute(self.dispute_id, won=True)

    def webhook(self, notice: Notice) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(notice.body)
        signature = stripe.WebhookSignature.generate_signature_header(
            body, self.simulator.webhook_secret, int(time.time())
        )
        return body.encode(), {"Stripe-Signature": signature}

    def refuse(self, method: str) -> None:
        self.simulator.fault("429", path=_PATHS[method], method="POST")

    def lose_answer(self, method: str) -> None:
        # the SDK tries once more by itself: the second answer is lost too
        self.simulator.fault("reset", path=_PATHS[method], method="POST", when="after", count=2)

    def break_down(self, method: str, *, kept: bool) -> None:
        self.simulator.fault("500", path=_PATHS[method], method="POST", kept=kept)

    def _intent(self, ref: str) -> str:
        intent = self._client.v1.checkout.sessions.retrieve(ref).payment_intent
        assert isinstance(intent, str)
        return intent
