"""The simulated account: every object, the movable clock, and its file when it should survive a restart."""

import json
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.stripe.problems import Json, missing

_KINDS = {
    "checkout.session": "sessions",
    "payment_intent": "payment_intents",
    "charge": "charges",
    "refund": "refunds",
    "balance_transaction": "balance_transactions",
    "dispute": "disputes",
    "event": "events",
}
_SAVED = (
    *_KINDS.values(),
    "private",
    "answers",
    "deliveries",
    "timers",
    "settings",
    "clock_offset",
    "sequence",
)


def default_settings() -> Json:
    """How the simulator behaves until a test asks otherwise."""
    return {
        "webhook_url": None,
        "webhook_secret": "",
        "webhook_events": ["checkout.session.*", "refund.*", "charge.dispute.*"],
        "delivery_mode": "normal",
        "delivery_seconds": 0.0,
        "refund_status": "succeeded",
        "bank_transfer_seconds": None,
    }


@dataclass
class World:
    """All state. Whoever reads or writes it holds `lock`."""

    sessions: dict[str, Json] = field(default_factory=dict)
    payment_intents: dict[str, Json] = field(default_factory=dict)
    charges: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    balance_transactions: dict[str, Json] = field(default_factory=dict)
    disputes: dict[str, Json] = field(default_factory=dict)
    events: dict[str, Json] = field(default_factory=dict)
    private: dict[str, Json] = field(default_factory=dict)
    """What Stripe knows of an object and does not show: line items, payment_intent_data, the card."""
    answers: dict[str, Json] = field(default_factory=dict)
    """Kept answers by idempotency key."""
    deliveries: dict[str, Json] = field(default_factory=dict)
    timers: list[Json] = field(default_factory=list)
    """What will happen by itself when the clock gets there: {"at", "action", "id"}."""
    settings: Json = field(default_factory=default_settings)
    clock_offset: float = 0.0
    sequence: int = 0
    cause: Json | None = None
    """The API request being worked on, which the events it makes will name."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    dirty: bool = False

    def now(self) -> int:
        """The simulated time, seconds since 1970 (UTC)."""
        return int(time.time() + self.clock_offset)

    def next_number(self) -> int:
        """A number larger than every earlier one."""
        self.sequence += 1
        return self.sequence

    def add(self, thing: Json) -> Json:
        """Keep a new object under its id."""
        self.of_kind(thing["object"])[thing["id"]] = thing
        self.dirty = True
        return thing

    def of_kind(self, kind: str) -> dict[str, Json]:
        """Every object of that kind, oldest first."""
        found: dict[str, Json] = getattr(self, _KINDS[kind])
        return found

    def get(self, kind: str, id: str, *, param: str = "id", status: int = 404) -> Json:
        """The object; raises StripeProblem resource_missing."""
        try:
            return self.of_kind(kind)[id]
        except KeyError:
            raise missing(
                kind.replace("checkout.session", "checkout session"), id, param=param, status=status
            ) from None

    def save(self, path: Path) -> None:
        """Write the state in one step: a reader sees the old file or the new one, never half."""
        with self.lock:
            text = json.dumps({name: getattr(self, name) for name in _SAVED})
            self.dirty = False
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def load(self, path: Path) -> None:
        """Take over the state saved earlier."""
        saved = json.loads(path.read_text(encoding="utf-8"))
        for name in _SAVED:
            setattr(self, name, saved[name])

    def reset(self) -> None:
        """Forget every object and go back to the real time; the webhook endpoint stays."""
        kept = {name: self.settings[name] for name in ("webhook_url", "webhook_secret", "webhook_events")}
        fresh = World()
        for name in _SAVED:
            setattr(self, name, getattr(fresh, name))
        self.settings.update(kept)
        self.dirty = True


def new_id(prefix: str) -> str:
    """A random id such as Stripe makes, `re_...`."""
    return f"{prefix}_{secrets.token_hex(12)}"
