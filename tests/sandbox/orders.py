"""A checkout as the shop would ask for it, for tests to vary."""

import time
from typing import Any

from stripe.params.checkout import SessionCreateParams


def checkout(**changes: Any) -> SessionCreateParams:
    """Parameters of a session for Rp25.000 of coffee and Rp10.000 of shipping."""
    params: SessionCreateParams = {
        "mode": "payment",
        "success_url": "http://127.0.0.1:9/done?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/back",
        "client_reference_id": "LP-7K2M9QXA",
        "customer_email": "ibu@example.id",
        "locale": "id",
        "expires_at": int(time.time()) + 3600,
        "adaptive_pricing": {"enabled": False},
        "line_items": [line("Kopi Gayo × 2", 2_500_000), line("Ongkir", 1_000_000)],
        "metadata": {"payment_id": "p-1"},
        "payment_intent_data": {"metadata": {"payment_id": "p-1"}},
    }
    params.update(changes)  # type: ignore[typeddict-item]
    return params


def line(name: str, unit_amount: int, currency: str = "idr") -> Any:
    """A line item of quantity 1, in minor units."""
    return {
        "quantity": 1,
        "price_data": {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": name}},
    }
