"""Events: what the simulator tells about every change, and which of them go to the webhook endpoint."""

import copy
import fnmatch

import stripe

from sandbox.stripe import deliveries
from sandbox.stripe.problems import Json
from sandbox.stripe.response_schema import published
from sandbox.stripe.world import World, new_id

KEPT_SECONDS = 30 * 24 * 3600
"""Stripe lists events for 30 days."""


def emit(world: World, type: str, thing: Json, previous: Json | None = None) -> Json:
    """Record an event carrying the object as it is now, and put it in line for the webhook endpoint."""
    snapshot = copy.deepcopy(thing)
    published().check_object(snapshot)
    data: Json = {"object": snapshot}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": world.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": world.cause or {"id": None, "idempotency_key": None},
        "type": type,
    }
    world.add(event)
    if wanted(world, type):
        deliveries.schedule(world, event)
    return event


def wanted(world: World, type: str) -> bool:
    """Whether the webhook endpoint is subscribed to that kind of event."""
    if not world.settings["webhook_url"]:
        return False
    return any(fnmatch.fnmatchcase(type, pattern) for pattern in world.settings["webhook_events"])


def delivered(world: World, event: Json) -> bool:
    """Whether every delivery of the event was answered with 2xx."""
    return all(d["state"] == deliveries.DELIVERED for d in deliveries.of_event(world, event["id"]))


def visible(world: World, event: Json) -> bool:
    """Whether Stripe would still list the event."""
    created: int = event["created"]
    return created > world.now() - KEPT_SECONDS
