"""Starts the stand-ins for a test and talks to them.

    with running_simulator(webhook_url="http://127.0.0.1:5000/webhooks/stripe") as simulator:
        settings = {"STRIPE_API_BASE": simulator.url, ...}
        simulator.pay(session_id)                                # as a customer would, card 4242...
        simulator.pay(session_id, method="bank_transfer")       # then settle(session_id)
        simulator.pay(session_id, force=True, amount_total=1)    # even expired, with another amount
        simulator.deliver("lost")                                # normal twice reversed delayed hold ...
        simulator.fault("500", path="/v1/refunds", when="after")
        simulator.advance(hours=1)                               # sessions expire, events follow
        simulator.redeliver(event_id, times=10, at_once=True)    # -> [200, 200, ...]

    with running_inbox() as inbox:
        ... MAIL_URL = inbox.smtp_url ...
        mail = inbox.wait_for(to="ibu@example.id", subject="Pesanan")   # .html .text .headers .recipients
        inbox.faults(refuse=True); inbox.clear_faults()

Each runs as its own process on a free loopback port, starts in about a second and forgets everything when it
ends (unless given a state_file or a folder), so start one for a session of tests and `reset()`/`clear()` it
before each. Amounts are what Stripe counts: hundredths of a rupiah.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
DeliveryMode = Literal["normal", "twice", "reversed", "lost", "delayed", "hold", "wrong_secret", "stale"]
Signing = Literal["right", "wrong_secret", "stale", "rotated"]
FaultKind = Literal["429", "500", "409", "hang", "reset"]

ROOT = Path(__file__).parent.parent
SECRET_KEY = "sk_test_lapak"
WEBHOOK_SECRET = "whsec_sandbox"
START_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""A bell that is lost is rung again after ten seconds; a slow machine takes its time for all of it."""

_PORTS = range(30_000, 32_000)  # above `operations.ports`, below what the kernel hands out by itself


class ControlError(AssertionError):
    """A stand-in refused what the test asked of it; the message says why."""


@dataclass(frozen=True)
class ReceivedMail:
    """A mail in the inbox; `recipients` are those of the envelope, header names are as sent."""

    id: str
    at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]

    def header(self, name: str) -> str:
        """The first header of that name, empty if there is none."""
        return next((value for given, value in self.headers if given.lower() == name.lower()), "")


@dataclass(frozen=True)
class StripeSimulator:
    """A running Stripe simulator; `url` is the SDK's base address."""

    url: str
    webhook_secret: str
    process: "subprocess.Popen[bytes]"

    def pay(
        self,
        session_id: str,
        *,
        method: Literal["card", "bank_transfer"] = "card",
        card: str = "4242424242424242",
        amount_total: int | None = None,
        currency: str | None = None,
        force: bool = False,
        confirm: bool = True,
    ) -> str:
        """Pay: "paid", "declined", "asks_3ds" (only when not `confirm`) or "processing" (bank transfer).

        `force` pays even an expired session; `amount_total` (minor units) and `currency` replace those asked.
        """
        asked: Json = {"method": method, "card": card, "force": force, "confirm": confirm}
        if amount_total is not None:
            asked["amount_total"] = amount_total
        if currency is not None:
            asked["currency"] = currency
        outcome: str = self.post(f"/sessions/{session_id}/pay", asked)["outcome"]
        return outcome

    def settle(self, session_id: str, *, succeeded: bool = True) -> None:
        """The bank transfer arrives, or fails."""
        self.post(f"/sessions/{session_id}/settle", {"succeeded": succeeded})

    def deliver(self, mode: DeliveryMode, *, seconds: float = 0.0) -> None:
        """How events are delivered from now on; `seconds` for delayed."""
        self.post("/delivery", {"mode": mode, "seconds": seconds})

    def release(self, order: Literal["forward", "reversed"] | Sequence[str] = "forward") -> int:
        """Send the events held, in that order or in that of the event ids; how many."""
        released: int = self.post("/release", {"order": order if isinstance(order, str) else list(order)})[
            "released"
        ]
        return released

    def redeliver(
        self, event_id: str, *, times: int = 1, at_once: bool = False, signing: Signing = "right"
    ) -> list[int | None]:
        """Send an event again; the statuses the receiver answered, None where it did not."""
        asked = {"times": times, "at_once": at_once, "signing": signing}
        statuses: list[int | None] = self.post(f"/events/{event_id}/redeliver", asked)["statuses"]
        return statuses

    def deliveries(self, **filters: str) -> list[Json]:
        """Every delivery with its `state` and `attempts`, oldest first; filter by event, type or state."""
        found: list[Json] = self.get(f"/deliveries?{urlencode(filters)}")["data"]
        return found

    def wait_delivered(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until no delivery is under way; raises ControlError when it takes longer."""
        _until(lambda: not self.deliveries(state="waiting"), seconds, "deliveries are still waiting")

    def fault(
        self,
        kind: FaultKind,
        *,
        path: str = "*",
        method: str = "*",
        count: int = 1,
        when: Literal["before", "after"] = "before",
        seconds: float = 0.0,
        kept: bool = False,
    ) -> None:
        """Queue a fault for the next `count` requests that match (path pattern such as "/v1/refunds*").

        `when="after"`: the work is done, the answer lost; a retry with the same key gets the real answer, or
        the 500 again if it is `kept`. `seconds`: how long a hang lasts.
        """
        asked = {"kind": kind, "path": path, "method": method, "count": count}
        self.post("/faults", {**asked, "when": when, "seconds": seconds, "kept": kept})

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._call("DELETE", "/faults")

    def now(self) -> int:
        """The simulated time, seconds since 1970."""
        now: int = self.get("/clock")["now"]
        return now

    def advance(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> int:
        """Move the simulated clock on; whatever was due has happened when this returns the new time."""
        now: int = self.post("/clock", {"seconds": seconds + 60 * minutes + 3600 * hours})["now"]
        return now

    def webhook(
        self, *, url: str | None, secret: str | None = None, events: Sequence[str] | None = None
    ) -> None:
        """Point the webhooks elsewhere (None: nowhere)."""
        asked: Json = {"url": url}
        if secret is not None:
            asked["secret"] = secret
        if events is not None:
            asked["events"] = list(events)
        self.post("/webhook", asked)

    def refunds_become(self, status: Literal["succeeded", "pending", "requires_action", "failed"]) -> None:
        """What new refunds turn into."""
        self.post("/settings", {"refund_status": status})

    def refund(self, payment_intent: str, *, amount: int | None = None) -> Json:
        """Refund as somebody does in Stripe's Dashboard."""
        return self.post(
            "/refunds", {"payment_intent": payment_intent, **({"amount": amount} if amount else {})}
        )

    def succeed_refund(self, refund_id: str) -> None:
        """A pending refund goes through."""
        self.post(f"/refunds/{refund_id}/succeed", {})

    def fail_refund(self, refund_id: str, *, reason: str = "unknown") -> None:
        """A refund fails, even one that had succeeded."""
        self.post(f"/refunds/{refund_id}/fail", {"reason": reason})

    def dispute(self, payment_intent: str, *, reason: str = "fraudulent") -> str:
        """The bank takes the payment back; the dispute's id."""
        dispute_id: str = self.post("/disputes", {"payment_intent": payment_intent, "reason": reason})["id"]
        return dispute_id

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The bank decides."""
        self.post(f"/disputes/{dispute_id}/close", {"won": won})

    def state(self) -> Json:
        """Counts of everything, the settings and the faults not used up."""
        return self.get("/state")

    def reset(self) -> None:
        """Forget everything but the webhook endpoint."""
        self.post("/reset", {})

    def get(self, path: str) -> Json:
        """GET below /_control."""
        return self._call("GET", path)

    def post(self, path: str, asked: Json) -> Json:
        """POST below /_control."""
        return self._call("POST", path, asked)

    def _call(self, method: str, path: str, asked: Json | None = None) -> Json:
        return call(self.url, method, f"/_control{path}", asked)


@dataclass(frozen=True)
class Inbox:
    """A running mail inbox; `url` is its page, `smtp_url` where mail goes."""

    url: str
    smtp_port: int
    process: "subprocess.Popen[bytes]"

    @property
    def smtp_url(self) -> str:
        """As MAIL_URL wants it."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    def mails(self, *, to: str = "", subject: str = "") -> list[ReceivedMail]:
        """Newest first; to that address, with those words in the subject."""
        found = call(self.url, "GET", f"/api/mails?{urlencode({'to': to, 'subject': subject})}")["mails"]
        return [_mail(mail) for mail in found]

    def wait_for(self, *, to: str = "", subject: str = "", seconds: float = PATIENCE_SECONDS) -> ReceivedMail:
        """The newest such mail, as soon as there is one; raises ControlError when none comes."""
        _until(lambda: self.mails(to=to, subject=subject), seconds, f"no mail to {to!r} about {subject!r}")
        return self.mails(to=to, subject=subject)[0]

    def clear(self) -> None:
        """Throw every mail away and let everything go well again."""
        call(self.url, "DELETE", "/api/mails")
        self.clear_faults()

    def faults(
        self,
        *,
        refuse: bool = False,
        reject: Sequence[str] = (),
        busy: int = 0,
        drop_after: int = 0,
        drop_before: int = 0,
        delay_seconds: float = 0.0,
    ) -> None:
        """What goes wrong from now on.

        `refuse` connections; `reject` address patterns with 550; `busy`: so many mails get a 451;
        `drop_after`: so many are kept and the connection dropped before the reply; `drop_before`: dropped and
        not kept; `delay_seconds`: how long each mail takes.
        """
        asked: Json = {"refuse": refuse, "reject": list(reject), "busy": busy, "delay_seconds": delay_seconds}
        asked.update(drop_after=drop_after, drop_before=drop_before)
        call(self.url, "POST", "/_control/faults", asked)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        call(self.url, "DELETE", "/_control/faults")


@contextmanager
def running_simulator(
    *,
    webhook_url: str | None = None,
    webhook_secret: str = WEBHOOK_SECRET,
    state_file: Path | None = None,
    port: int | None = None,
    arguments: Sequence[str] = (),
) -> Iterator[StripeSimulator]:
    """A Stripe simulator process, stopped at the end of the block."""
    port = port or free_port()
    command = ["sandbox.stripe", "--port", str(port), "--webhook-secret", webhook_secret, *arguments]
    if webhook_url is not None:
        command += ["--webhook-url", webhook_url]
    if state_file is not None:
        command += ["--state-file", str(state_file)]
    url = f"http://127.0.0.1:{port}"
    with _running(command, url) as process:
        simulator = StripeSimulator(url=url, webhook_secret=webhook_secret, process=process)
        if webhook_url is None:
            simulator.webhook(url=None, secret=webhook_secret)
        yield simulator


@contextmanager
def running_inbox(
    *, folder: Path | None = None, smtp_port: int | None = None, http_port: int | None = None
) -> Iterator[Inbox]:
    """A mail inbox process, stopped at the end of the block; without a folder its mails are thrown away."""
    smtp_port, http_port = smtp_port or free_port(), http_port or free_port()
    url = f"http://127.0.0.1:{http_port}"
    with tempfile.TemporaryDirectory() as own:
        command = ["sandbox.inbox", "--smtp-port", str(smtp_port), "--http-port", str(http_port)]
        command += ["--folder", str(folder or own)]
        with _running(command, url) as process:
            yield Inbox(url=url, smtp_port=smtp_port, process=process)


def free_port() -> int:
    """A loopback port nobody listens on, and nobody else of this run is about to."""
    for port in islice(_own_ports(), 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ControlError("no free port found")


@cache
def _own_ports() -> Iterator[int]:
    """The ports of this worker of a run, each once before the first comes again."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = _PORTS[worker % 4 :: 4]
    return cycle(random.sample(ports, len(ports)))


def call(url: str, method: str, path: str, asked: Json | None = None) -> Json:
    """One JSON request; raises ControlError with the stand-in's sentence when it refuses."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        body = None if asked is None else json.dumps(asked)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ControlError(f"{method} {path}: {response.status} {answer.decode(errors='replace')[:500]}")
    found: Json = json.loads(answer)
    return found


@contextmanager
def _running(module: Sequence[str], url: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=environment)
    try:
        _until(lambda: _healthy(url, process), START_SECONDS, f"{module[0]} did not start")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _healthy(url: str, process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is not None:
        raise ControlError(f"the process ended with status {process.returncode}; its output says why")
    try:
        return call(url, "GET", "/healthz") == {"status": "ok"}
    except OSError:
        return False


def _until(done: Any, seconds: float, problem: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise ControlError(f"{problem} after {seconds:g} s")
        time.sleep(0.05)


def _mail(given: Json) -> ReceivedMail:
    return ReceivedMail(
        id=given["id"],
        at=given["at"],
        sender=given["sender"],
        recipients=tuple(given["recipients"]),
        subject=given["subject"],
        text=given["text"],
        html=given["html"],
        headers=tuple((name, value) for name, value in given["headers"]),
        attachments=tuple(given["attachments"]),
    )
