"""The background threads: one carries deliveries to the webhook endpoint, one lets time pass and saves."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.stripe import deliveries, timers
from sandbox.stripe.problems import Json
from sandbox.stripe.world import World

ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 0.03
TICK_SECONDS = 0.25

log = logging.getLogger(__name__)


def post_event(url: str, body: bytes, signature: str) -> int | None:
    """POST a signed event; the status of the answer, None when there was none."""
    target = urlsplit(url)
    connection = HTTPConnection(target.hostname or "127.0.0.1", target.port or 80, timeout=ANSWER_SECONDS)
    try:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        connection.request("POST", target.path or "/", body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


class Courier:
    """Carries what is due, one after the other, so that the normal mode keeps the order of events."""

    def __init__(self, world: World, state_file: Path | None) -> None:
        self._world = world
        self._state_file = state_file
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._carry, name="courier", daemon=True),
            threading.Thread(target=self._tick, name="clockwork", daemon=True),
        ]

    def start(self) -> None:
        """Begin to deliver and to let time pass."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop both threads and save what is not saved yet."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=2)
        self._save()

    def works(self) -> bool:
        """Whether both threads live."""
        return all(thread.is_alive() for thread in self._threads)

    def redeliver(self, event: Json, *, times: int, at_once: bool, signing: str) -> list[int | None]:
        """Send the event so many times now, all at once or one after the other; the statuses answered."""
        with self._world.lock:
            made = [
                deliveries.add(self._world, event, state=deliveries.RESENT, due=time.time(), signing=signing)
                for _ in range(times)
            ]
        with ThreadPoolExecutor(max_workers=times if at_once else 1) as pool:
            return list(pool.map(self._attempt, made))

    def _carry(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            while not self._stopped.is_set():
                with self._world.lock:
                    delivery = deliveries.next_due(self._world)
                if delivery is None:
                    break
                self._attempt(delivery)

    def _attempt(self, delivery: Json) -> int | None:
        with self._world.lock:
            if delivery["id"] not in self._world.deliveries:  # the world was reset meanwhile
                return None
            event = self._world.events[delivery["event"]]
            url = self._world.settings["webhook_url"]
            body, signature = deliveries.signed(self._world, event, delivery["signing"])
        status = post_event(url, body, signature) if url else None
        with self._world.lock:
            if delivery["id"] in self._world.deliveries:
                deliveries.record(self._world, delivery, status)
        return status

    def _tick(self) -> None:
        pause = TICK_SECONDS
        while not self._stopped.wait(pause):
            with self._world.lock:
                timers.run_due(self._world)
            began = time.monotonic()
            self._save()
            # a large state takes long to write: spend at most a tenth of the time on it
            pause = max(TICK_SECONDS, 10 * (time.monotonic() - began))

    def _save(self) -> None:
        if self._state_file is None or not self._world.dirty:
            return
        try:
            self._world.save(self._state_file)
        except OSError as problem:
            log.warning("cannot write %s: %s", self._state_file, problem)
