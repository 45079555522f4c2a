"""How PaymentIntents and charges look."""

from sandbox.stripe import balance
from sandbox.stripe.cards import Card
from sandbox.stripe.problems import Json
from sandbox.stripe.world import World, new_id


def new_intent(world: World, session: Json, method: str) -> Json:
    """A PaymentIntent for the session's total, not yet attempted."""
    asked = world.private[session["id"]]["payment_intent_data"]
    intent_id = new_id("pi")
    return world.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_test",
            "confirmation_method": "automatic",
            "created": world.now(),
            "currency": session["currency"],
            "customer": None,
            "description": asked.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": asked.get("metadata", {}),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": new_id("pm"),
            "payment_method_configuration_details": None,
            "payment_method_options": {},
            "payment_method_types": [method],
            "processing": None,
            "receipt_email": asked.get("receipt_email"),
            "review": None,
            "setup_future_usage": None,
            "shipping": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        }
    )


def new_charge(world: World, intent: Json, card: Card | None, decline: str | None = None) -> Json:
    """A charge on the intent: by card, or by bank transfer when there is no card; declined or succeeded."""
    amount = intent["amount"]
    charge: Json = {
        "id": new_id("ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if decline else amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "LAPAK",
        "captured": not decline,
        "created": world.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": card.error_code if card and decline else None,
        "failure_message": decline,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(decline),
        "paid": not decline,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": _method_details(card),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed" if decline else "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }
    if not decline:
        fee = balance.payment_fee(amount)
        charge["balance_transaction"] = balance.book(world, charge, type="charge", amount=amount, fee=fee)[
            "id"
        ]
    intent["latest_charge"] = charge["id"]
    return world.add(charge)


def _outcome(decline: str | None) -> Json:
    return {
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": "generic_decline" if decline else None,
        "risk_level": "normal",
        "seller_message": decline or "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def _method_details(card: Card | None) -> Json:
    if card is None:
        return {"type": "customer_balance", "customer_balance": {}}
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "checks": None,
            "country": "ID",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": None,
            "funding": "credit",
            "installments": None,
            "last4": card.last4,
            "mandate": None,
            "network": card.brand,
            "three_d_secure": None,
            "wallet": None,
        },
    }
