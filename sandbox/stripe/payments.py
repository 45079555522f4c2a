"""Paying a session: PaymentIntents and charges, by card at once or by bank transfer later."""

from sandbox.stripe import balance
from sandbox.stripe.cards import CARDS, Card
from sandbox.stripe.events import emit
from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.world import World, new_id

AFTERWARDS_SECONDS = 60
"""How long the cards with a delayed effect take, on the movable clock."""
_CANCELABLE = {
    "requires_payment_method",
    "requires_action",
    "requires_capture",
    "requires_confirmation",
    "processing",
}
_DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def pay_by_card(world: World, session: Json, card: Card, *, authenticated: bool = False) -> str:
    """Try the card on an open session: "paid", "declined", or "asks_3ds" with the intent waiting for it."""
    intent = _intent(world, session, "card")
    if card.asks_3ds and not authenticated:
        intent.update(status="requires_action", next_action=_redirect_action(session))
        world.private[session["id"]]["card"] = card.as_json()
        emit(world, "payment_intent.requires_action", intent)
        return "asks_3ds"
    if card.decline_code:
        _decline(world, intent, card)
        return "declined"
    charge = _charge(world, intent, card)
    _succeed(world, session, intent, charge)
    emit(world, "checkout.session.completed", session)
    _plan_afterwards(world, charge, card)
    return "paid"


def card_awaiting_3ds(world: World, session: Json) -> Card | None:
    """The card whose bank waits for the customer's confirmation, if any."""
    intent = world.payment_intents.get(session["payment_intent"] or "")
    if session["status"] != "open" or intent is None or intent["status"] != "requires_action":
        return None
    return CARDS[world.private[session["id"]]["card"]["number"]]


def fail_authentication(world: World, session: Json) -> None:
    """The customer did not confirm with the bank: nothing is paid, the session stays open."""
    intent = world.payment_intents[session["payment_intent"]]
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": "The provided PaymentMethod has failed authentication.",
    }
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    emit(world, "payment_intent.payment_failed", intent)


def start_transfer(world: World, session: Json) -> None:
    """The customer chose bank transfer: the session is complete, the money is not there yet."""
    intent = _intent(world, session, "customer_balance")
    intent.update(status="processing", processing=None)
    session.update(status="complete", url=None, customer_details=_customer(session))
    emit(world, "payment_intent.processing", intent)
    emit(world, "checkout.session.completed", session)
    seconds = world.settings["bank_transfer_seconds"]
    if seconds is not None:
        world.timers.append({"at": world.now() + seconds, "action": "transfer_arrives", "id": session["id"]})


def awaits_transfer(world: World, session: Json) -> bool:
    """Whether the session is complete and its bank transfer has neither arrived nor failed."""
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        return False
    status: str = world.payment_intents[session["payment_intent"]]["status"]
    return status == "processing"


def settle_transfer(world: World, session: Json, *, succeeded: bool) -> None:
    """The bank transfer arrives, or does not; raises StripeProblem when none is awaited."""
    if not awaits_transfer(world, session):
        raise StripeProblem(f"Checkout session {session['id']} awaits no bank transfer.")
    intent = world.payment_intents[session["payment_intent"]]
    if succeeded:
        _succeed(world, session, intent, _charge(world, intent, None))
        emit(world, "checkout.session.async_payment_succeeded", session)
        return
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_payment_attempt_failed",
        "message": "The payment failed.",
    }
    intent.update(status="requires_payment_method", last_payment_error=error)
    emit(world, "payment_intent.payment_failed", intent)
    emit(world, "checkout.session.async_payment_failed", session)


def force(
    world: World, session: Json, *, amount: int | None, currency: str | None, after_expiry: bool
) -> None:
    """Prepare what the real page never allows: another amount or currency, or paying an expired session."""
    if session["status"] == "expired" and after_expiry:
        session["status"] = "open"
        intent = world.payment_intents.get(session["payment_intent"] or "")
        if intent is not None:
            intent.update(status="requires_payment_method", canceled_at=None, cancellation_reason=None)
    if session["status"] != "open":
        raise StripeProblem(f"Checkout session {session['id']} is {session['status']} and cannot be paid.")
    intent = world.payment_intents.get(session["payment_intent"] or "")
    if amount is not None:
        session.update(amount_subtotal=amount, amount_total=amount)
    if currency is not None:
        session["currency"] = currency
    if intent is not None:
        intent.update(amount=session["amount_total"], currency=session["currency"])


def cancel(world: World, intent: Json, reason: str | None) -> Json:
    """Cancel an intent that is not settled; an open session's intent ends by expiring the session."""
    if any(s["payment_intent"] == intent["id"] and s["status"] == "open" for s in world.sessions.values()):
        raise StripeProblem(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. "
            "Expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
            kept=True,
        )
    if intent["status"] not in _CANCELABLE:
        raise StripeProblem(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            kept=True,
        )
    intent.update(status="canceled", canceled_at=world.now(), cancellation_reason=reason, next_action=None)
    emit(world, "payment_intent.canceled", intent)
    return intent


def _customer(session: Json) -> Json:
    return {
        "address": None,
        "email": session["customer_email"],
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _intent(world: World, session: Json, method: str) -> Json:
    """The session's intent, made at the first attempt, as Stripe does."""
    if session["payment_intent"] is not None:
        intent = world.payment_intents[session["payment_intent"]]
        intent.update(payment_method=new_id("pm"), last_payment_error=None)
        return intent
    asked = world.private[session["id"]]["payment_intent_data"]
    intent_id = new_id("pi")
    intent = world.add(
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
    session["payment_intent"] = intent_id
    emit(world, "payment_intent.created", intent)
    return intent


def _redirect_action(session: Json) -> Json:
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": f"{session['url']}/3ds", "return_url": session["success_url"]},
    }


def _charge(world: World, intent: Json, card: Card | None, decline: str | None = None) -> Json:
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


def _succeed(world: World, session: Json, intent: Json, charge: Json) -> None:
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        next_action=None,
        latest_charge=charge["id"],
        last_payment_error=None,
    )
    session.update(status="complete", payment_status="paid", url=None, customer_details=_customer(session))
    emit(world, "charge.succeeded", charge)
    emit(world, "payment_intent.succeeded", intent)


def _decline(world: World, intent: Json, card: Card) -> None:
    message = _DECLINES[card.decline_code or ""]
    charge = _charge(world, intent, card, decline=message)
    error = {
        "type": "card_error",
        "code": card.error_code,
        "decline_code": card.decline_code,
        "message": message,
        "charge": charge["id"],
    }
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    emit(world, "charge.failed", charge)
    emit(world, "payment_intent.payment_failed", intent)


def _plan_afterwards(world: World, charge: Json, card: Card) -> None:
    if card.afterwards == "dispute":
        at = world.now() + AFTERWARDS_SECONDS
        world.timers.append({"at": at, "action": "dispute_opens", "id": charge["id"]})
    elif card.afterwards:
        world.private[charge["id"]] = {"refund": card.afterwards}
