"""What the shop consists of while it runs: web, worker and beat, and the sandbox for what is not real yet."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kernel.config import Config
from operations.environment import (
    catches_mail,
    inbox_port,
    simulates_stripe,
    smtp_port,
    stripe_port,
)
from operations.processes import Process, Program
from operations.readiness import Ready, answers, pongs, wrote
from operations.schema import PROJECT

_LOOPBACK = "127.0.0.1"


def sandbox(
    environ: Mapping[str, str], config: Config, folder: Path, *, full: Mapping[str, str]
) -> list[tuple[Process, Ready]]:
    """The stand-ins for what `environ`, the person's own settings, does not name; none in production."""
    if config.is_production:
        return []
    programs = []
    if simulates_stripe(environ):
        port = stripe_port(config.port)
        simulator = _python(
            "stripe",
            folder,
            full,
            *("-m", "sandbox.stripe", "--port", str(port), "--state-file", str(folder / "stripe.json")),
            *("--webhook-url", f"http://{_LOOPBACK}:{config.port}/webhooks/stripe"),
        )
        programs.append((simulator, answers(_LOOPBACK, port)))
    if catches_mail(environ):
        port = inbox_port(config.port)
        inbox = _python(
            "inbox",
            folder,
            full,
            *("-m", "sandbox.inbox", "--smtp-port", str(smtp_port(config.port)), "--http-port", str(port)),
            *("--folder", str(folder / "mail")),
        )
        programs.append((inbox, answers(_LOOPBACK, port)))
    return programs


def shop(config: Config, folder: Path, *, full: Mapping[str, str]) -> list[tuple[Process, Ready]]:
    """Web server, Celery worker and beat."""
    node = f"lapak-{os.getpid()}@localhost"
    door = "operations.development:app" if config.environment == "development" else "storefront.wsgi:app"
    celery = ("-m", "celery", "-A", "worker.celery_app:celery")
    web = _python(
        "web",
        folder,
        full,
        *("-m", "gunicorn", door, "--bind", f"{config.host}:{config.port}", "--preload"),
        *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
        *("--graceful-timeout", "10", "--no-control-socket"),
        *("--limit-request-line", "8190"),  # its most: what is longer gets its own bare page, not ours
    )
    worker = _python(
        "worker",
        folder,
        full,
        *(*celery, "worker", "--concurrency", "2", "--hostname", node, "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),  # there is no other worker to talk to
    )
    beat = _python(
        "beat",
        folder,
        full,
        *(*celery, "beat", "--schedule", str(folder / "beat-schedule"), "--pidfile=", "--loglevel", "INFO"),
    )
    # A server that listens on every address is asked on this machine's own.
    host = config.host if config.host not in ("0.0.0.0", "::") else "localhost"  # noqa: S104
    return [
        (web, answers(host, config.port)),
        (worker, pongs(config.broker_url, node)),
        (beat, wrote("beat: Starting")),
    ]


def _python(name: str, folder: Path, environ: Mapping[str, str], *arguments: str) -> Process:
    log = folder / "log" / f"{name}.log"
    return Process(Program(name, (sys.executable, *arguments), environ, PROJECT, log))
