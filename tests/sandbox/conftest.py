"""One simulator, one inbox and one webhook receiver for all tests here, emptied before each test."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.sandbox_client import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    Inbox,
    StripeSimulator,
    free_port,
    running_inbox,
    running_simulator,
)


class Receiver:
    """A webhook endpoint that checks signatures, remembers what came, and answers as a test tells it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.events: list[stripe.Event] = []
        self.refused: list[str] = []
        self.answers: list[int] = []
        """Statuses for the next events; 200 when it is empty."""
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the simulator delivers."""
        return f"http://127.0.0.1:{self.port}/webhook"

    @property
    def types(self) -> list[str]:
        """The types that came, in their order."""
        with self._lock:
            return [event.type for event in self.events]

    def clear(self) -> None:
        """Forget what came."""
        with self._lock:
            self.events.clear()
            self.refused.clear()
            self.answers.clear()

    def take(self, body: bytes, signature: str) -> int:
        """Note an event; the status to answer."""
        with self._lock:
            try:
                event = stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
            except stripe.SignatureVerificationError as problem:
                self.refused.append(str(problem))
                return 400
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                self.events.append(event)
            return status


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def _simulator(_receiver: Receiver) -> Iterator[StripeSimulator]:
    with running_simulator(webhook_url=_receiver.url) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _inbox() -> Iterator[Inbox]:
    with running_inbox() as inbox:
        yield inbox


@pytest.fixture
def simulator(_simulator: StripeSimulator) -> StripeSimulator:
    """The simulator with nothing in it."""
    _simulator.reset()
    return _simulator


@pytest.fixture
def receiver(_receiver: Receiver, simulator: StripeSimulator) -> Receiver:
    """The webhook endpoint the simulator delivers to, with nothing received."""
    simulator.webhook(url=_receiver.url, secret=WEBHOOK_SECRET)
    _receiver.clear()
    return _receiver


@pytest.fixture
def inbox(_inbox: Inbox) -> Inbox:
    """The inbox with no mail in it."""
    _inbox.clear()
    return _inbox


@pytest.fixture
def stripe_client(simulator: StripeSimulator) -> Iterator[stripe.StripeClient]:
    """The unmodified SDK, pointed at the simulator, without retries of its own."""
    http = stripe.RequestsClient(timeout=10)
    yield stripe.StripeClient(SECRET_KEY, base_addresses={"api": simulator.url}, http_client=http)
    http.close()  # type: ignore[no-untyped-call]
