"""Disputes: a bank takes a payment back, and how it ends."""

from sandbox.stripe import balance
from sandbox.stripe.events import emit
from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.world import World, new_id

EVIDENCE_SECONDS = 7 * 24 * 3600
_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def open_dispute(world: World, charge: Json, *, reason: str) -> Json:
    """The cardholder's bank takes the charge back; raises StripeProblem if it did already."""
    if charge["disputed"] or not charge["paid"]:
        raise StripeProblem(f"Charge {charge['id']} cannot be disputed.")
    charge["disputed"] = True
    dispute: Json = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_TEXTS), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + EVIDENCE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    world.add(dispute)
    emit(world, "charge.dispute.created", dispute)
    fee = balance.DISPUTE_FEE.get(charge["currency"], 0)
    _book(world, dispute, -dispute["amount"], fee, "dispute")
    emit(world, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, dispute: Json, *, won: bool) -> Json:
    """The bank decides; won, the money comes back."""
    if dispute["status"] not in {"needs_response", "under_review"}:
        raise StripeProblem(f"Dispute {dispute['id']} is {dispute['status']}.")
    before = dispute["status"]
    dispute["status"] = "won" if won else "lost"
    emit(world, "charge.dispute.closed", dispute, {"status": before})
    if won:
        _book(world, dispute, dispute["amount"], 0, "dispute_reversal")
        emit(world, "charge.dispute.funds_reinstated", dispute)
    return dispute


def _book(world: World, dispute: Json, amount: int, fee: int, category: str) -> None:
    booked = balance.book(world, dispute, type="adjustment", amount=amount, fee=fee, category=category)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], booked]
    world.dirty = True
