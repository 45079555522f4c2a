"""Balance transactions: what each payment, refund and dispute does to the balance, in minor units."""

from sandbox.stripe.problems import Json
from sandbox.stripe.world import World, new_id

FEE_PER_MILLE = 34
DISPUTE_FEE = {"idr": 25_000_000, "usd": 1_500}
AVAILABLE_AFTER_SECONDS = 7 * 24 * 3600


def book(
    world: World, source: Json, *, type: str, amount: int, fee: int = 0, category: str | None = None
) -> Json:
    """Record a change of the balance by `amount` less `fee` minor units, caused by the source object."""
    now = world.now()
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": source["currency"],
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return world.add(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now + AVAILABLE_AFTER_SECONDS,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": category or type,
            "source": source["id"],
            "status": "pending",
            "type": type,
        }
    )


def payment_fee(amount: int) -> int:
    """The fee on a payment of that many minor units."""
    return amount * FEE_PER_MILLE // 1000
