"""How to tell that a program is ready to work."""

import http.client
import logging
from collections.abc import Callable

from celery import Celery
from kombu.exceptions import OperationalError

from operations.processes import Process

Ready = Callable[[Process], bool]


def answers(host: str, port: int, path: str = "/healthz") -> Ready:
    """Ready when a GET on the path is answered with 200."""

    def ready(_: Process) -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def pongs(broker_url: str, node: str) -> Ready:
    """Ready when this Celery worker answers a ping over the broker."""
    celery = Celery(broker=broker_url)
    logging.getLogger("kombu").setLevel(logging.CRITICAL)

    def ready(_: Process) -> bool:
        try:
            return bool(celery.control.ping(destination=[node], timeout=0.5))
        except OperationalError:
            return False

    return ready


def wrote(words: str) -> Ready:
    """Ready when its log says so."""

    def ready(process: Process) -> bool:
        return words in process.output()

    return ready
