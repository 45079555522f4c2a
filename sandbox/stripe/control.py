"""The control API under /_control: what tests ask of the simulated world. JSON in, JSON out."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from sandbox.serving import is_loopback
from sandbox.stripe import cards, deliveries, disputes, payments, refunds, timers
from sandbox.stripe.courier import Courier
from sandbox.stripe.faults import Fault, FaultQueue
from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.world import World

MAX_REDELIVERIES = 100


class Refused(Exception):
    """The control API was asked for something that makes no sense; answered with 400 and the sentence."""


def check_webhook_url(url: str | None) -> None:
    """Raise Refused for an address beyond this machine."""
    if url is not None and (urlsplit(url).scheme != "http" or not is_loopback(urlsplit(url).hostname or "")):
        raise Refused(f"{url}: webhooks go to an http address on this machine only")


class Control:
    """Lets a test change the world."""

    def __init__(self, world: World, faults: FaultQueue, courier: Courier) -> None:
        self._world = world
        self._faults = faults
        self._courier = courier

    def blueprint(self) -> Blueprint:
        """The routes of the control API."""
        control = Blueprint("control", __name__, url_prefix="/_control")
        routes: dict[str, Callable[..., Any]] = {
            "GET /state": self.state,
            "GET /clock": self.clock,
            "POST /clock": self.move_clock,
            "POST /webhook": self.set_webhook,
            "POST /delivery": self.set_delivery,
            "POST /release": self.release,
            "GET /deliveries": self.list_deliveries,
            "POST /events/<id>/redeliver": self.redeliver,
            "GET /faults": self.list_faults,
            "POST /faults": self.add_fault,
            "DELETE /faults": self.clear_faults,
            "POST /sessions/<id>/pay": self.pay,
            "POST /sessions/<id>/settle": self.settle,
            "POST /settings": self.set_settings,
            "POST /refunds": self.dashboard_refund,
            "POST /refunds/<id>/succeed": self.succeed_refund,
            "POST /refunds/<id>/fail": self.fail_refund,
            "POST /disputes": self.open_dispute,
            "POST /disputes/<id>/close": self.close_dispute,
            "POST /reset": self.reset,
        }
        for route, act in routes.items():
            method, rule = route.split(" ")
            control.add_url_rule(rule, route, _locked(self._world, act), methods=[method])
        control.register_error_handler(Refused, _refused)
        control.register_error_handler(StripeProblem, _problem)
        return control

    def state(self) -> Json:
        """How much there is, and the settings."""
        world = self._world
        kinds = ("sessions", "payment_intents", "charges", "refunds", "disputes", "events", "deliveries")
        counts = {kind: len(getattr(world, kind)) for kind in kinds}
        return {"counts": counts, "settings": world.settings, "faults": self._faults.waiting()}

    def clock(self) -> Json:
        """The simulated time, and how far it is from the real one (seconds)."""
        return {"now": self._world.now(), "offset": self._world.clock_offset}

    def move_clock(self) -> Json:
        """Advance by `seconds` or jump to `now`; whatever was due happens at once."""
        asked = _asked("seconds", "now")
        if "now" in asked:
            self._world.clock_offset += _number(asked, "now") - self._world.now()
        else:
            self._world.clock_offset += _number(asked, "seconds")
        timers.run_due(self._world)
        return self.clock()

    def set_webhook(self) -> Json:
        """Set the endpoint: `url` (null for none), `secret`, `events` (patterns)."""
        asked = _asked("url", "secret", "events")
        if "url" in asked:
            check_webhook_url(asked["url"])
        self._world.settings.update({f"webhook_{name}": value for name, value in asked.items()})
        return self._world.settings

    def set_delivery(self) -> Json:
        """Set how events are delivered from now on: `mode`, and `seconds` for delayed."""
        asked = _asked("mode", "seconds")
        if asked.get("mode") not in deliveries.MODES:
            raise Refused(f"mode is one of {', '.join(deliveries.MODES)}")
        self._world.settings["delivery_mode"] = asked["mode"]
        self._world.settings["delivery_seconds"] = _number(asked, "seconds", 0.0)
        return self._world.settings

    def release(self) -> Json:
        """Send what is held, in `order`: "forward", "reversed" or a list of event ids."""
        order = _asked("order").get("order", "forward")
        if not isinstance(order, list) and order not in {"forward", "reversed"}:
            raise Refused("order is forward, reversed or a list of event ids")
        return {"released": deliveries.release(self._world, order)}

    def list_deliveries(self) -> Json:
        """Every delivery, oldest first; `?event=` and `?type=` filter."""
        found = [
            d
            for d in self._world.deliveries.values()
            if all(
                d[name] == value for name, value in request.args.items() if name in {"event", "type", "state"}
            )
        ]
        return {"data": found}

    def redeliver(self, id: str) -> Json:
        """Send an event `times` again, `at_once` or one after the other, signed right, wrong or stale."""
        asked = _asked("times", "at_once", "signing")
        times = int(_number(asked, "times", 1))
        signing = asked.get("signing", "right")
        if not 1 <= times <= MAX_REDELIVERIES or signing not in deliveries.SIGNINGS:
            raise Refused(
                f"times is 1 to {MAX_REDELIVERIES}, signing one of {', '.join(deliveries.SIGNINGS)}"
            )
        with self._world.lock:
            event = self._world.get("event", id)
            if not self._world.settings["webhook_url"]:
                raise Refused("no webhook endpoint is set")
        at_once = bool(asked.get("at_once", False))
        return {"statuses": self._courier.redeliver(event, times=times, at_once=at_once, signing=signing)}

    def list_faults(self) -> Json:
        """The faults not used up."""
        return {"data": self._faults.waiting()}

    def add_fault(self) -> Json:
        """Queue a fault: kind, path, method, count, when, seconds, kept."""
        try:
            self._faults.add(Fault(**_asked("kind", "path", "method", "count", "when", "seconds", "kept")))
        except (TypeError, ValueError) as problem:
            raise Refused(str(problem)) from problem
        return self.list_faults()

    def clear_faults(self) -> Json:
        """Let everything go well again."""
        self._faults.clear()
        return self.list_faults()

    def pay(self, id: str) -> Json:
        """Pay a session as a customer would, or as none could: by `card` number or `method` bank_transfer.

        `amount_total` and `currency` replace what was asked; `force` pays even an expired session;
        `confirm` (default true) answers a 3-D Secure question.
        """
        asked = _asked("method", "card", "amount_total", "currency", "force", "confirm")
        world = self._world
        session = world.get("checkout.session", id, param="session")
        amount = int(_number(asked, "amount_total")) if "amount_total" in asked else None
        payments.force(
            world,
            session,
            amount=amount,
            currency=asked.get("currency"),
            after_expiry=bool(asked.get("force")),
        )
        if asked.get("method", "card") == "bank_transfer":
            payments.start_transfer(world, session)
            return {"outcome": "processing", "session": session}
        card = cards.find(asked.get("card", "4242424242424242"))
        if card is None:
            raise Refused(f"{asked['card']} is not one of the test cards")
        outcome = payments.pay_by_card(world, session, card)
        if outcome == "asks_3ds" and asked.get("confirm", True):
            outcome = payments.pay_by_card(world, session, card, authenticated=True)
        return {"outcome": outcome, "session": session}

    def settle(self, id: str) -> Json:
        """A bank transfer arrives (`succeeded` true) or fails."""
        session = self._world.get("checkout.session", id, param="session")
        payments.settle_transfer(
            self._world, session, succeeded=bool(_asked("succeeded").get("succeeded", True))
        )
        return {"session": session}

    def set_settings(self) -> Json:
        """`refund_status` of new refunds; `bank_transfer_seconds` until transfers arrive (null: never)."""
        asked = _asked("refund_status", "bank_transfer_seconds")
        if asked.get("refund_status", "succeeded") not in refunds.STATUSES:
            raise Refused(f"refund_status is one of {', '.join(refunds.STATUSES)}")
        self._world.settings.update(asked)
        return self._world.settings

    def dashboard_refund(self) -> Json:
        """Refund as somebody does in Stripe's Dashboard: `payment_intent` or `charge`, `amount`, `reason`."""
        return refunds.create(self._world, _asked("payment_intent", "charge", "amount", "reason"))

    def succeed_refund(self, id: str) -> Json:
        """A pending refund goes through."""
        return refunds.succeed(self._world, self._world.get("refund", id))

    def fail_refund(self, id: str) -> Json:
        """A refund fails after all, for a `reason`."""
        refund = self._world.get("refund", id)
        return refunds.fail(self._world, refund, reason=_asked("reason").get("reason", "unknown"))

    def open_dispute(self) -> Json:
        """The bank takes a `charge` or `payment_intent` back."""
        asked = _asked("charge", "payment_intent", "reason")
        charge_id = asked.get("charge")
        if charge_id is None:
            intent = self._world.get(
                "payment_intent", asked.get("payment_intent", ""), param="payment_intent"
            )
            charge_id = intent["latest_charge"] or ""
        charge = self._world.get("charge", charge_id, param="charge")
        return disputes.open_dispute(self._world, charge, reason=asked.get("reason", "fraudulent"))

    def close_dispute(self, id: str) -> Json:
        """The bank decides: `won` or not."""
        dispute = self._world.get("dispute", id, param="dispute")
        return disputes.close(self._world, dispute, won=bool(_asked("won").get("won", False)))

    def reset(self) -> Json:
        """Forget everything but the webhook endpoint."""
        self._faults.clear()
        self._world.reset()
        return self.state()


def _locked(world: World, act: Callable[..., Any]) -> Callable[..., Response]:
    """The view of an action. Redelivering waits for the receiver, who may ask us meanwhile: no lock."""
    takes_its_own_lock = act.__name__ == "redeliver"

    def view(**ids: str) -> Response:
        if takes_its_own_lock:
            return jsonify(act(**ids))
        with world.lock:
            answer = jsonify(act(**ids))
            world.dirty = True
            return answer

    return view


def _asked(*names: str) -> Json:
    body = request.get_json(silent=True) if request.content_length else {}
    if not isinstance(body, dict) or body.keys() - set(names):
        raise Refused(f"send a JSON object with any of: {', '.join(names)}")
    return body


def _number(asked: Json, name: str, default: float | None = None) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{name} must be a number")
    return value


def _refused(problem: Refused) -> tuple[Response, int]:
    return jsonify({"error": str(problem)}), 400


def _problem(problem: StripeProblem) -> tuple[Response, int]:
    return jsonify({"error": problem.message}), problem.status
