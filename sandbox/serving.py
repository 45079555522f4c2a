"""Loopback-only HTTP serving for the stand-ins: threaded, quiet, stopped by SIGTERM or Ctrl-C."""

import argparse
import ipaddress
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class QuietHandler(WSGIRequestHandler):
    """Answer requests without a log line each: a stand-in's output should show only what went wrong."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing for an answered request."""


def is_loopback(host: str) -> bool:
    """Whether the host is this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def loopback_host(value: str) -> str:
    """Argument type: a bind address, refused unless it is loopback."""
    if not is_loopback(value):
        raise argparse.ArgumentTypeError(
            f"{value} is not a loopback address; a stand-in serves this machine only"
        )
    return value


def serve(
    app: "WSGIApplication", *, name: str, host: str, port: int, on_stop: Callable[[], None] = lambda: None
) -> int:
    """Serve until SIGTERM or Ctrl-C, then call on_stop; the result is the process's exit status."""
    try:
        server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    except (OSError, SystemExit):  # werkzeug turns a port in use into SystemExit after printing a hint
        sys.stderr.write(f"{name}: cannot listen on {host}:{port}; is something else using that port?\n")
        on_stop()
        return 1
    signal.signal(signal.SIGTERM, _leave)
    try:
        server.serve_forever()
    finally:
        on_stop()
    return 0


def _leave(_signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
