"""Deliveries: telling the webhook endpoint about an event, and the ways that can be made to go wrong."""

import json
import time
from typing import Final

import stripe

from sandbox.stripe.problems import Json
from sandbox.stripe.world import World, new_id

WAITING: Final = "waiting"
HELD: Final = "held"
LOST: Final = "lost"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
RESENT: Final = "resent"
"""Sent again by hand: tried once, never retried."""

MODES: Final = ("normal", "twice", "reversed", "lost", "delayed", "hold", "wrong_secret", "stale")
SIGNINGS: Final = ("right", "wrong_secret", "stale", "rotated")
"""Rotated: signed with an old secret and the right one, as while a secret is being replaced."""
REVERSED_WINDOW_SECONDS: Final = 0.5
"""Reversed deliveries wait until no other came for so long, then go newest first."""
STALE_SECONDS: Final = 3600
FIRST_RETRY_SECONDS: Final = 0.5
LAST_RETRY_SECONDS: Final = 60.0
MAX_ATTEMPTS: Final = 15


def schedule(world: World, event: Json) -> None:
    """Put the event in line as the current delivery mode says; in real time, not on the movable clock."""
    mode = world.settings["delivery_mode"]
    now = time.time()
    if mode == "reversed":
        for other in world.deliveries.values():
            if other["state"] == WAITING and other["reversed"]:
                other["due"] = now + REVERSED_WINDOW_SECONDS
    seconds = {"delayed": world.settings["delivery_seconds"], "reversed": REVERSED_WINDOW_SECONDS}.get(
        mode, 0.0
    )
    for _ in range(2 if mode == "twice" else 1):
        add(
            world,
            event,
            state={"lost": LOST, "hold": HELD}.get(mode, WAITING),
            due=now + seconds,
            signing=mode if mode in SIGNINGS else "right",
            backwards=mode == "reversed",
        )


def add(
    world: World, event: Json, *, state: str, due: float, signing: str = "right", backwards: bool = False
) -> Json:
    """Record one delivery of the event."""
    delivery: Json = {
        "id": new_id("dlv"),
        "event": event["id"],
        "type": event["type"],
        "state": state,
        "due": due,
        "signing": signing,
        "reversed": backwards,
        "number": world.next_number(),
        "attempts": [],
    }
    world.deliveries[delivery["id"]] = delivery
    event["pending_webhooks"] = 1
    world.dirty = True
    return delivery


def of_event(world: World, event_id: str) -> list[Json]:
    """Every delivery of that event, oldest first."""
    return [d for d in world.deliveries.values() if d["event"] == event_id]


def next_due(world: World) -> Json | None:
    """The delivery to try now, if any."""
    now = time.time()
    due = [d for d in world.deliveries.values() if d["state"] == WAITING and d["due"] <= now]
    return min(due, key=_turn, default=None)


def _turn(delivery: Json) -> tuple[float, int]:
    return (delivery["due"], -delivery["number"] if delivery["reversed"] else delivery["number"])


def release(world: World, order: str | list[str]) -> int:
    """Send what is held: "forward", "reversed", or in the given order of event ids; the number released."""
    held = [d for d in world.deliveries.values() if d["state"] == HELD]
    if order == "reversed":
        held.reverse()
    elif order != "forward":
        held = sorted((d for d in held if d["event"] in order), key=lambda d: order.index(d["event"]))
    now = time.time()
    for delivery in held:
        delivery.update(state=WAITING, due=now, number=world.next_number())
    world.dirty = True
    return len(held)


def record(world: World, delivery: Json, status: int | None) -> None:
    """Note an attempt's answer (None: no answer) and decide when to try again."""
    delivery["attempts"].append({"at": time.time(), "status": status})
    tried = len(delivery["attempts"])
    if status is not None and 200 <= status < 300:
        delivery["state"] = DELIVERED
    elif tried >= MAX_ATTEMPTS or delivery["state"] == RESENT:
        delivery["state"] = FAILED
    else:
        delivery["due"] = time.time() + min(FIRST_RETRY_SECONDS * 2 ** (tried - 1), LAST_RETRY_SECONDS)
    event = world.events.get(delivery["event"])
    if event is not None:
        event["pending_webhooks"] = int(any(d["state"] != DELIVERED for d in of_event(world, event["id"])))
    world.dirty = True


def signed(world: World, event: Json, signing: str) -> tuple[bytes, str]:
    """The body and its Stripe-Signature header; the stamp is real time, as the receiver's clock is."""
    payload = json.dumps(event, indent=2)
    secret = world.settings["webhook_secret"]
    wrong = f"{secret}-wrong"
    stamp = int(time.time()) - (STALE_SECONDS if signing == "stale" else 0)
    sign = stripe.WebhookSignature.generate_signature_header
    header: str = sign(payload, wrong if signing in {"wrong_secret", "rotated"} else secret, stamp)
    if signing == "rotated":
        header += "," + sign(payload, secret, stamp).split(",", 1)[1]
    return payload.encode(), header
