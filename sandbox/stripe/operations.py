"""The operations of the API: for each, the SDK's parameter type and what it does."""

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass

from stripe import params as sdk
from stripe.params import checkout

from sandbox.stripe import events, listing, payments, refunds, sessions
from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Call:
    """One request: the id in its path, its checked parameters, and where the hosted pages are."""

    id: str
    params: Json
    page_root: str


@dataclass(frozen=True)
class Operation:
    """An operation under Stripe's own path template."""

    method: str
    path: str
    params: type
    work: Callable[[World, Call], Json]


def _session(world: World, call: Call) -> Json:
    return world.get("checkout.session", call.id, param="session")


def _list_sessions(world: World, call: Call) -> Json:
    found = listing.matching(world.sessions.values(), call.params, ("payment_intent", "status"))
    email = call.params.get("customer_details", {}).get("email")
    if email is not None:
        found = [s for s in found if (s["customer_details"] or {}).get("email") == email]
    return listing.page(found, call.params, "/v1/checkout/sessions")


def _list_line_items(world: World, call: Call) -> Json:
    items = sessions.line_items(world, _session(world, call))
    return listing.page(items, call.params, f"/v1/checkout/sessions/{call.id}/line_items")


def _list_intents(world: World, call: Call) -> Json:
    found = listing.matching(world.payment_intents.values(), call.params, ())
    return listing.page(found, call.params, "/v1/payment_intents")


def _cancel_intent(world: World, call: Call) -> Json:
    intent = world.get("payment_intent", call.id, param="intent")
    return payments.cancel(world, intent, call.params.get("cancellation_reason"))


def _list_refunds(world: World, call: Call) -> Json:
    found = listing.matching(world.refunds.values(), call.params, ("charge", "payment_intent"))
    return listing.page(found, call.params, "/v1/refunds")


def _refund(world: World, call: Call) -> Json:
    return world.get("refund", call.id)


def _list_events(world: World, call: Call) -> Json:
    params = call.params
    if "type" in params and "types" in params:
        raise StripeProblem("You may only specify one of these parameters: type, types.")
    found = [
        event for event in listing.matching(world.events.values(), params, ()) if events.visible(world, event)
    ]
    if "type" in params:
        found = [event for event in found if fnmatch.fnmatchcase(event["type"], params["type"])]
    if "types" in params:
        found = [event for event in found if event["type"] in params["types"]]
    if "delivery_success" in params:
        found = [event for event in found if events.delivered(world, event) == params["delivery_success"]]
    return listing.page(_with_cursor(world, found, params), params, "/v1/events")


def _with_cursor(world: World, found: list[Json], params: Json) -> list[Json]:
    """The events found, and the cursor's own event in its place even if the filters leave it out."""
    cursor = params.get("ending_before") or params.get("starting_after")
    if cursor is None or cursor not in world.events or any(event["id"] == cursor for event in found):
        return found
    kept = {event["id"] for event in found} | {cursor}
    return [event for event in reversed(world.events.values()) if event["id"] in kept]


def _list_balance(world: World, call: Call) -> Json:
    found = listing.matching(world.balance_transactions.values(), call.params, ("source", "type", "currency"))
    return listing.page(found, call.params, "/v1/balance_transactions")


def _list_disputes(world: World, call: Call) -> Json:
    found = listing.matching(world.disputes.values(), call.params, ("charge", "payment_intent"))
    return listing.page(found, call.params, "/v1/disputes")


_SESSIONS = "/v1/checkout/sessions"
OPERATIONS = (
    Operation("GET", _SESSIONS, checkout.SessionListParams, _list_sessions),
    Operation(
        "POST",
        _SESSIONS,
        checkout.SessionCreateParams,
        lambda w, c: sessions.create(w, c.params, c.page_root),
    ),
    Operation("GET", f"{_SESSIONS}/{{session}}", checkout.SessionRetrieveParams, _session),
    Operation(
        "POST",
        f"{_SESSIONS}/{{session}}",
        checkout.SessionUpdateParams,
        lambda w, c: sessions.update(w, _session(w, c), c.params),
    ),
    Operation(
        "POST",
        f"{_SESSIONS}/{{session}}/expire",
        checkout.SessionExpireParams,
        lambda w, c: sessions.expire(w, _session(w, c)),
    ),
    Operation(
        "GET", f"{_SESSIONS}/{{session}}/line_items", checkout.SessionListLineItemsParams, _list_line_items
    ),
    Operation("GET", "/v1/payment_intents", sdk.PaymentIntentListParams, _list_intents),
    Operation(
        "GET",
        "/v1/payment_intents/{intent}",
        sdk.PaymentIntentRetrieveParams,
        lambda w, c: w.get("payment_intent", c.id, param="intent"),
    ),
    Operation("POST", "/v1/payment_intents/{intent}/cancel", sdk.PaymentIntentCancelParams, _cancel_intent),
    Operation("GET", "/v1/refunds", sdk.RefundListParams, _list_refunds),
    Operation("POST", "/v1/refunds", sdk.RefundCreateParams, lambda w, c: refunds.create(w, c.params)),
    Operation("GET", "/v1/refunds/{refund}", sdk.RefundRetrieveParams, _refund),
    Operation(
        "POST",
        "/v1/refunds/{refund}",
        sdk.RefundUpdateParams,
        lambda w, c: refunds.update(w, _refund(w, c), c.params),
    ),
    Operation(
        "POST",
        "/v1/refunds/{refund}/cancel",
        sdk.RefundCancelParams,
        lambda w, c: refunds.cancel(w, _refund(w, c)),
    ),
    Operation("GET", "/v1/events", sdk.EventListParams, _list_events),
    Operation("GET", "/v1/events/{id}", sdk.EventRetrieveParams, lambda w, c: w.get("event", c.id)),
    Operation("GET", "/v1/charges/{charge}", sdk.ChargeRetrieveParams, lambda w, c: w.get("charge", c.id)),
    Operation("GET", "/v1/balance_transactions", sdk.BalanceTransactionListParams, _list_balance),
    Operation(
        "GET",
        "/v1/balance_transactions/{id}",
        sdk.BalanceTransactionRetrieveParams,
        lambda w, c: w.get("balance_transaction", c.id),
    ),
    Operation("GET", "/v1/disputes", sdk.DisputeListParams, _list_disputes),
    Operation(
        "GET",
        "/v1/disputes/{dispute}",
        sdk.DisputeRetrieveParams,
        lambda w, c: w.get("dispute", c.id, param="dispute"),
    ),
)
