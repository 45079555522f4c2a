"""Refunds: the ceiling, their states, and failing after all."""

from sandbox.stripe import balance, metadata
from sandbox.stripe.events import emit
from sandbox.stripe.payments import AFTERWARDS_SECONDS
from sandbox.stripe.problems import Json, StripeProblem, not_simulated
from sandbox.stripe.world import World, new_id

_SIMULATED = {"amount", "charge", "payment_intent", "metadata", "reason", "expand"}
STATUSES = ("succeeded", "pending", "requires_action", "failed")


def create(world: World, params: Json) -> Json:
    """Refund a charge in whole or part; raises StripeProblem past the ceiling or without a paid charge."""
    for name in params.keys() - _SIMULATED:
        raise not_simulated(name)
    metadata.check(params.get("metadata"), "metadata")
    charge = _charge_to_refund(world, params)
    amount = _amount(charge, params.get("amount"))
    behaviour = world.private.get(charge["id"], {}).get("refund")
    status = "pending" if behaviour == "refund_pending" else world.settings["refund_status"]
    refund = _new_refund(world, charge, amount, params)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if status in {"succeeded", "failed"}:
        _book(world, refund)
    if status == "requires_action":
        refund["status"] = status
    world.add(refund)
    emit(world, "refund.created", refund)
    emit(world, "charge.refunded", charge)
    if status == "failed":
        fail(world, refund, reason="unknown")
    if behaviour in {"refund_pending", "refund_fails"}:
        action = "refund_succeeds" if behaviour == "refund_pending" else "refund_fails"
        world.timers.append({"at": world.now() + AFTERWARDS_SECONDS, "action": action, "id": refund["id"]})
    return refund


def update(world: World, refund: Json, params: Json) -> Json:
    """Change the metadata, the one thing of a refund that may change."""
    before = refund["metadata"]
    refund["metadata"] = metadata.merged(before, params.get("metadata"))
    if refund["metadata"] != before:
        emit(world, "refund.updated", refund, {"metadata": before})
    return refund


def cancel(world: World, refund: Json) -> Json:
    """Cancel a refund that waits for the customer; raises StripeProblem in any other state."""
    if refund["status"] != "requires_action":
        raise StripeProblem(
            f"Only refunds with a status of requires_action can be canceled; this one is {refund['status']}.",
            kept=True,
        )
    refund["status"] = "canceled"
    _give_back(world, refund)
    emit(world, "refund.updated", refund, {"status": "requires_action"})
    return refund


def succeed(world: World, refund: Json) -> Json:
    """A pending refund goes through."""
    if refund["status"] not in {"pending", "requires_action"}:
        raise StripeProblem(f"Refund {refund['id']} is {refund['status']}.")
    before = refund["status"]
    _book(world, refund)
    emit(world, "refund.updated", refund, {"status": before})
    return refund


def fail(world: World, refund: Json, *, reason: str) -> Json:
    """A refund fails, even one that had succeeded: the money comes back to the account's balance."""
    before = refund["status"]
    if before in {"failed", "canceled"}:
        raise StripeProblem(f"Refund {refund['id']} is {before}.")
    if before == "succeeded":
        booked = balance.book(
            world, refund, type="refund_failure", amount=refund["amount"], category="refund_failure"
        )
        refund["failure_balance_transaction"] = booked["id"]
    refund.update(status="failed", failure_reason=reason)
    _give_back(world, refund)
    emit(world, "refund.updated", refund, {"status": before})
    emit(world, "refund.failed", refund)
    return refund


def _charge_to_refund(world: World, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeProblem(
            "You must provide exactly one of: charge, payment_intent.", code="parameter_missing"
        )
    if "charge" in params:
        charge = world.get("charge", params["charge"], param="charge")
    else:
        intent = world.get("payment_intent", params["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            raise StripeProblem(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
                kept=True,
            )
        charge = world.charges[intent["latest_charge"]]
    if not charge["paid"]:
        raise StripeProblem(f"Charge {charge['id']} is not paid.", code="charge_not_refundable", kept=True)
    if charge["disputed"]:
        raise StripeProblem(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            kept=True,
        )
    return charge


def _amount(charge: Json, asked: int | None) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise StripeProblem(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", kept=True
        )
    amount = left if asked is None else asked
    if amount < 1:
        raise StripeProblem("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise StripeProblem(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            code="amount_too_large",
            param="amount",
            kept=True,
        )
    return amount


def _new_refund(world: World, charge: Json, amount: int, params: Json) -> Json:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "destination_details": {"type": charge["payment_method_details"]["type"]},
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }


def _book(world: World, refund: Json) -> None:
    refund["balance_transaction"] = balance.book(world, refund, type="refund", amount=-refund["amount"])["id"]
    refund["status"] = "succeeded"


def _give_back(world: World, refund: Json) -> None:
    charge = world.charges[refund["charge"]]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    world.dirty = True
