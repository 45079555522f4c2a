"""The payment service, stubbed: everything the shop does for a payment, but the answer comes at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Flask

from kernel.config import Config
from orders.adapters.stripe import StripeProvider
from orders.ports import Started

_PAGE = "https://pay.example"


class StubbedStripe(StripeProvider):
    """Stripe whose pages open without being asked for."""

    def start(self, body: dict[str, Any], *, idempotency_key: str) -> Started:
        """A page that nobody will ever see."""
        ref = f"cs_{uuid4().hex}"
        return Started(ref, f"{_PAGE}/{ref}", datetime.fromtimestamp(body["expires_at"], UTC))


def stub_payments(app: Flask, config: Config) -> None:
    """Let this app's customers pay at the stub."""
    app.extensions["payments"] = StubbedStripe.from_config(config)
