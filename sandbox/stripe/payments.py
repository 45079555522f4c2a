"""Paying a session: PaymentIntents and charges, by card at once or by bank transfer later."""

from sandbox.stripe.cards import CARDS, Card
from sandbox.stripe.charges import new_charge, new_intent
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
    charge = new_charge(world, intent, card)
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
        _succeed(world, session, intent, new_charge(world, intent, None))
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
    intent = new_intent(world, session, method)
    session["payment_intent"] = intent["id"]
    emit(world, "payment_intent.created", intent)
    return intent


def _redirect_action(session: Json) -> Json:
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": f"{session['url']}/3ds", "return_url": session["success_url"]},
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
    charge = new_charge(world, intent, card, decline=message)
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
